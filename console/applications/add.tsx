// Lets another program in: its name, how it proves itself, and what it may do.
import { Button, Group, NativeSelect, Stack, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import { post } from '#console/api.ts';
import { Refusal } from '#console/shell/loaded.tsx';
import { applicationKinds } from '#features/applications/model.ts';
import { MadeWire } from '#features/applications/wire.ts';
import type { Told } from './once.tsx';
import { kindWords } from './words.ts';

const nothing = { name: '', kind: 'client-secret', scopes: 'all:standard', redirect: '' };

export function AddApplication({
  close,
  tell,
}: {
  readonly close: () => void;
  readonly tell: (told: Told) => void;
}) {
  const client = useQueryClient();
  const [given, setGiven] = useState(nothing);
  const set = (name: keyof typeof nothing, value: string) =>
    setGiven((before) => ({ ...before, [name]: value }));
  const add = useMutation({
    mutationFn: () => post('/v1/applications', bodyOf(given), MadeWire),
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: ['applications'] });
      tell(toldOf(made));
      close();
    },
  });
  return (
    <form
      aria-labelledby="add-application"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Stack gap="md" className="narrow">
        <Title order={2} size="h4" id="add-application">
          Another application
        </Title>
        <TextInput
          label="Name"
          required
          maxLength={200}
          autoFocus
          value={given.name}
          onChange={(event) => set('name', event.currentTarget.value)}
        />
        <NativeSelect
          label="It proves itself by"
          value={given.kind}
          data={applicationKinds.map((kind) => ({ value: kind, label: kindWords[kind] }))}
          onChange={(event) => set('kind', event.currentTarget.value)}
        />
        <TextInput
          label="Scopes"
          description="Separated by spaces: all:standard, read:tickets, edit:customers, admin …"
          required
          spellCheck={false}
          value={given.scopes}
          onChange={(event) => set('scopes', event.currentTarget.value)}
        />
        {given.kind === 'authorization-code' ? (
          <TextInput
            label="Redirect address"
            required
            spellCheck={false}
            value={given.redirect}
            onChange={(event) => set('redirect', event.currentTarget.value)}
          />
        ) : null}
        {add.error === null ? null : <Refusal error={add.error} />}
        <Group gap="sm">
          <Button variant="default" onClick={close}>
            Back
          </Button>
          <Button type="submit" loading={add.isPending}>
            Add the application
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function bodyOf({ name, kind, scopes, redirect }: typeof nothing) {
  return {
    name,
    kind,
    scopes: scopes.split(/[\s,]+/).filter((scope) => scope !== ''),
    redirectUris: redirect.trim() === '' ? [] : [redirect.trim()],
  };
}

function toldOf({ application, clientSecret, apiKey }: z.infer<typeof MadeWire>): Told {
  const { name, clientId } = application;
  return {
    title: `${name} may call now`,
    values: [
      ...(apiKey === undefined ? [{ name: 'Client id', value: clientId }] : []),
      ...(clientSecret === undefined ? [] : [{ name: 'Client secret', value: clientSecret }]),
      ...(apiKey === undefined ? [] : [{ name: 'API key', value: apiKey }]),
    ],
  };
}
