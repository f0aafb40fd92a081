// Begins a directory sync on a directory's connection that is there; places and all else follow on its page.
import { Button, Group, NativeSelect, Stack, Text, TextInput, Title } from '@mantine/core';
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { z } from 'zod';
import { get, post } from '#console/api.ts';
import { Refusal } from '#console/shell/loaded.tsx';
import { defaultMappings } from '#features/directories/default-mappings.ts';
import { DirectorySyncWire, type Sync, syncsKey } from './queries.ts';

const Connection = z.looseObject({ id: z.string(), kind: z.string(), name: z.string() });
const connectionsQuery = queryOptions({
  queryKey: ['connections', 'to-choose'],
  queryFn: () => get('/v1/connections?limit=200', z.object({ items: z.array(Connection) })),
});

export function AddSync({
  taken,
  close,
}: {
  readonly taken: readonly Sync[];
  readonly close: () => void;
}) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const connections = useQuery(connectionsQuery);
  const free = (connections.data?.items ?? []).filter(
    ({ id, kind }) => kind === 'ldap' && taken.every(({ connectionId }) => connectionId !== id),
  );
  const [chosen, setChosen] = useState('');
  const [name, setName] = useState('');
  const connectionId = chosen || (free[0]?.id ?? '');
  const add = useMutation({
    mutationFn: () => {
      const fields = (['user', 'agent'] as const).flatMap(defaultMappings);
      const settings = { name: name.trim(), fields };
      return post('/v1/directory-syncs', { connectionId, settings }, DirectorySyncWire);
    },
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: syncsKey });
      await navigate({ to: '/directory-syncs/$syncId', params: { syncId: String(id) } });
    },
  });
  return (
    <form
      aria-labelledby="add-sync"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Stack gap="md" className="narrow">
        <Title order={2} size="h4" id="add-sync">
          A new directory sync
        </Title>
        {connections.error === null ? null : <Refusal error={connections.error} />}
        {connections.data !== undefined && free.length === 0 ? (
          <Text className="prose">
            Every connection of the kind ldap has a sync already. Make another connection over the
            API (<code>POST /v1/connections</code>) first.
          </Text>
        ) : (
          <>
            <NativeSelect
              label="The directory’s connection"
              value={connectionId}
              data={free.map((one) => ({ value: one.id, label: one.name }))}
              onChange={(event) => setChosen(event.currentTarget.value)}
            />
            <TextInput
              label="Name"
              placeholder="People of Larkfield"
              required
              maxLength={100}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Text size="sm" c="dimmed">
              It gets the usual fields, and runs by hand until it has a schedule. Nothing is read
              before it has a place.
            </Text>
          </>
        )}
        {add.error === null ? null : <Refusal error={add.error} />}
        <Group gap="sm">
          <Button variant="default" onClick={close}>
            Back
          </Button>
          <Button type="submit" loading={add.isPending} disabled={connectionId === ''}>
            Add the sync
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
