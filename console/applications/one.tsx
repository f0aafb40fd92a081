// One application: what it may do, its keys with their end and last use, and what can be done with it.
import { Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { z } from 'zod';
import { post, remove } from '#console/api.ts';
import { DeleteDialog } from '#console/shell/delete-dialog.tsx';
import { Refusal } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import type { Told } from './once.tsx';
import type { Application } from './queries.ts';
import { kindWords } from './words.ts';

type Of = { readonly application: Application; readonly tell: (told: Told) => void };

const Secret = z.object({ clientSecret: z.string() });
const Key = z.object({ apiKey: z.string() });

export function OneApplication({ application, tell }: Of) {
  const client = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  const { id, name, kind, enabled } = application;
  const path = `/v1/applications/${id}`;
  const act = useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onSettled: () => client.invalidateQueries({ queryKey: ['applications'] }),
  });
  const renewSecret = async () => {
    const { clientSecret } = await post(`${path}/secret`, {}, Secret);
    tell({
      title: `${name} has another secret`,
      values: [{ name: 'Client secret', value: clientSecret }],
    });
  };
  const toggle = () => post(`${path}/${enabled ? 'disable' : 'enable'}`, {}, z.unknown());
  return (
    <section aria-labelledby={`application-${id}`} className="automation">
      <div>
        <Group gap="sm" mb={4}>
          <Title order={2} size="h4" id={`application-${id}`}>
            {name}
          </Title>
          <State tone={enabled ? 'done' : 'quiet'}>{enabled ? 'enabled' : 'disabled'}</State>
        </Group>
        <Text className="prose">{kindWords[kind]}.</Text>
        <Text className="prose">May: {application.scopes.join(', ')}.</Text>
        <Text size="sm" c="dimmed" mt={4}>
          Client id{' '}
          <Text span ff="monospace" size="sm">
            {application.clientId}
          </Text>{' '}
          · made <Time at={application.createdAt} />
        </Text>
        {kind === 'api-key' ? <Keys application={application} tell={tell} /> : null}
        {act.error === null ? null : <Refusal error={act.error} />}
      </div>
      <Stack gap="xs" className="automation-keys">
        {application.hasSecret ? (
          <Button
            variant="default"
            onClick={() => act.mutate(renewSecret)}
            aria-label={`Renew the secret: ${name}`}
          >
            Renew the secret
          </Button>
        ) : null}
        <Button
          variant="default"
          onClick={() => act.mutate(toggle)}
          aria-label={`${enabled ? 'Disable' : 'Enable'}: ${name}`}
        >
          {enabled ? 'Disable' : 'Enable'}
        </Button>
        <Button variant="default" onClick={() => setDeleting(true)} aria-label={`Delete…: ${name}`}>
          Delete…
        </Button>
      </Stack>
      <DeleteDialog
        name={name}
        opened={deleting}
        close={() => setDeleting(false)}
        work={() => {
          act.mutate(() => remove(path));
          setDeleting(false);
        }}
        keys={{ back: 'Keep it' }}
      >
        <Text>Its tokens and keys stop working at once, and it does not come back.</Text>
      </DeleteDialog>
    </section>
  );
}

function Keys({ application, tell }: Of) {
  const client = useQueryClient();
  const { id, name, keys } = application;
  const [ends, setEnds] = useState('');
  const renew = useMutation({
    mutationFn: async (slot: number) => {
      const body = ends === '' ? {} : { expiresAt: `${ends}T00:00:00Z` };
      const { apiKey } = await post(`/v1/applications/${id}/keys/${slot}`, body, Key);
      tell({ title: `${name} has another key`, values: [{ name: `Key ${slot}`, value: apiKey }] });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['applications'] }),
  });
  const drop = useMutation({
    mutationFn: (slot: number) => remove(`/v1/applications/${id}/keys/${slot}`),
    onSettled: () => client.invalidateQueries({ queryKey: ['applications'] }),
  });
  const error = renew.error ?? drop.error;
  return (
    <>
      {[1, 2].map((slot) => {
        const key = keys.find((one) => one.slot === slot);
        return (
          <Group key={slot} gap="sm" mt="sm">
            <Text size="sm">
              Key {slot}: {key === undefined ? 'none' : <KeyTold one={key} />}
            </Text>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => renew.mutate(slot)}
              aria-label={`${key === undefined ? 'Make' : 'Renew'} key ${slot}: ${name}`}
            >
              {key === undefined ? 'Make' : 'Renew'}
            </Button>
            {key === undefined ? null : (
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => drop.mutate(slot)}
                aria-label={`Remove key ${slot}: ${name}`}
              >
                Remove
              </Button>
            )}
          </Group>
        );
      })}
      <TextInput
        mt="sm"
        type="date"
        size="xs"
        className="narrow"
        label="A new key ends on"
        description="Leave it empty for one that does not end."
        value={ends}
        onChange={(event) => setEnds(event.currentTarget.value)}
      />
      {error === null ? null : <Refusal error={error} />}
    </>
  );
}

function KeyTold({ one }: { readonly one: Application['keys'][number] }) {
  return (
    <>
      made <Time at={one.generatedAt} />,{' '}
      {one.expiresAt === null ? (
        'without an end'
      ) : (
        <>
          ends <Time at={one.expiresAt} />
        </>
      )}
      ,{' '}
      {one.lastUsedAt === null ? (
        'never used'
      ) : (
        <>
          last used <Time at={one.lastUsedAt} /> from {one.lastUsedFrom}
        </>
      )}
    </>
  );
}
