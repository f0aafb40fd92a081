// The settings of a directory sync: in words, tried and previewed; and the form that changes them.
import { Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { patch } from '#console/api.ts';
import { Refusal } from '#console/shell/loaded.tsx';
import { DeleteSync } from './delete.tsx';
import { bodyOf, draftOf } from './draft.ts';
import { Look } from './look.tsx';
import { Mappings } from './mappings.tsx';
import { People } from './people-fields.tsx';
import { Places } from './places.tsx';
import { DirectorySyncWire, type Sync, syncsKey } from './queries.ts';
import { Timing } from './timing.tsx';
import { matchingWords, nameOfDn, scheduleWords, targetWords } from './words.ts';

type Of = { readonly sync: Sync };

export function Settings({ sync }: Of) {
  const [editing, setEditing] = useState(false);
  return (
    <section aria-labelledby="settings">
      <Title order={2} size="h4" id="settings" mb="sm">
        Settings
      </Title>
      {editing ? (
        <Editor sync={sync} close={() => setEditing(false)} />
      ) : (
        <>
          <Told sync={sync} />
          <Look
            sync={sync}
            first={
              <Button variant="default" onClick={() => setEditing(true)}>
                Change the settings…
              </Button>
            }
            last={<DeleteSync sync={sync} />}
          />
        </>
      )}
    </section>
  );
}

function Told({ sync: { settings, active } }: Of) {
  const { places, fields, schedule, leavers } = settings;
  return (
    <>
      {places.length === 0 ? (
        <Text>There is no place yet: a container or a group whose people it reads.</Text>
      ) : (
        <ul className="does">
          {places.map((place) => (
            <li key={place.id} className="breaks" title={place.dn}>
              {place.kind === 'group' ? 'Members of the group ' : 'Everybody in '}
              {nameOfDn(place.dn)}
              {place.recursive || place.kind === 'group' ? '' : ' itself'} become{' '}
              {targetWords[place.target]}
              {place.filter === '' ? '' : `, as far as ${place.filter}`}
            </li>
          ))}
        </ul>
      )}
      <Text className="prose">
        {fields.length === 0 ? 'No field is' : `${fields.length} fields are`} filled from the
        directory. {matchingWords(settings)}
      </Text>
      <Text className="prose">
        Whoever is gone from the directory{' '}
        {leavers.gone === 'deactivate' ? 'is deactivated' : 'waits for your decision'}; whoever is
        disabled there {leavers.disabled === 'deactivate' ? 'is deactivated too' : 'stays active'}.
      </Text>
      <Text className="prose">
        {scheduleWords(schedule)} {schedule === null || active ? '' : 'It is paused.'}
      </Text>
    </>
  );
}

function Editor({ sync, close }: Of & { readonly close: () => void }) {
  const client = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(sync));
  const save = useMutation({
    mutationFn: () => patch(`/v1/directory-syncs/${sync.id}`, bodyOf(draft), DirectorySyncWire),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: syncsKey });
      close();
    },
  });
  const editing = {
    draft,
    set: (change: Partial<typeof draft>) => setDraft((before) => ({ ...before, ...change })),
  };
  return (
    <form
      aria-labelledby="settings"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack gap="lg">
        <div className="narrow">
          <TextInput
            label="Name"
            required
            maxLength={100}
            value={draft.name}
            onChange={(event) => editing.set({ name: event.currentTarget.value })}
          />
        </div>
        <Places {...editing} syncId={sync.id} />
        <Mappings {...editing} />
        <People {...editing} />
        <Timing {...editing} />
        {save.error === null ? null : <Refusal error={save.error} />}
        <Group gap="sm">
          <Button variant="default" onClick={close}>
            Back
          </Button>
          <Button type="submit" loading={save.isPending}>
            Save the settings
          </Button>
          <Text size="sm" c="dimmed">
            New settings plan everybody anew.
          </Text>
        </Group>
      </Stack>
    </form>
  );
}
