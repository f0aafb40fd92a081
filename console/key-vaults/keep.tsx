// Names a secret of the vault as the secret of a connection: the stored one goes once the vault has given this one.
import { Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { patch } from '#console/api.ts';
import { Refusal } from '#console/shell/loaded.tsx';
import type { KeyVaultWire } from '#features/key-vaults/wire.ts';
import { ConnectionRow, connectionsQuery, namesQuery } from './queries.ts';

export function KeepSecret({
  vault,
  close,
}: {
  readonly vault: KeyVaultWire;
  readonly close: () => void;
}) {
  const client = useQueryClient();
  const connections = useQuery(connectionsQuery);
  const names = useQuery(namesQuery(vault.id));
  const list = useId();
  const [connectionId, setConnectionId] = useState('');
  const [secret, setSecret] = useState('');
  const keep = useMutation({
    mutationFn: () => {
      const body = { secret: { vault: vault.id, secret: secret.trim() } };
      return patch(`/v1/connections/${connectionId}`, body, ConnectionRow);
    },
    onSuccess: async () => {
      await client.invalidateQueries();
      close();
    },
  });
  const fitting = (connections.data?.items ?? []).filter(
    ({ clientId }) => vault.clientId === null || vault.clientId === clientId,
  );
  const chosen = fitting.find(({ id }) => id === connectionId);
  return (
    <form
      className="keep"
      onSubmit={(event) => {
        event.preventDefault();
        keep.mutate();
      }}
    >
      <Stack gap="sm">
        <Group align="end" gap="md" className="fields">
          <NativeSelect
            label="The secret of the connection"
            required
            value={connectionId}
            onChange={(event) => setConnectionId(event.currentTarget.value)}
            data={[
              { value: '', label: 'Choose a connection' },
              ...fitting.map(({ id, name, kind }) => ({ value: id, label: `${name} (${kind})` })),
            ]}
            autoFocus
          />
          <TextInput
            label="is called in the vault"
            required
            className="wide"
            value={secret}
            onChange={(event) => setSecret(event.currentTarget.value)}
            list={list}
            maxLength={127}
            autoComplete="off"
            spellCheck={false}
          />
          <datalist id={list}>
            {(names.data?.items ?? [])
              .filter(({ enabled }) => enabled)
              .map(({ name }) => (
                <option key={name} value={name} />
              ))}
          </datalist>
        </Group>
        <Text size="sm" className="prose">
          The hub fetches it once to see that it is there. Then a secret that is stored for the
          connection is destroyed; nothing is written to the vault.
        </Text>
        {keep.error === null ? null : <Refusal error={keep.error} />}
        <Group gap="sm">
          <Button variant="default" onClick={close}>
            Back
          </Button>
          <Button
            type="submit"
            loading={keep.isPending}
            disabled={chosen === undefined || secret.trim() === ''}
          >
            {chosen === undefined
              ? 'Keep its secret here'
              : `Keep the secret of ${chosen.name} here`}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
