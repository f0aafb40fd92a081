// People and what they have set up; a link is sent to them, never shown here.
import { Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { z } from 'zod';
import { post, remove } from '#console/api.ts';
import { Dialog } from '#console/shell/dialog.tsx';
import { Loaded, Refusal } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import type { SelfServicePersonWire as Person } from '#features/password-reset/console-wire.ts';
import { peopleQuery } from './queries.ts';

const Whose = z.enum(['', 'true', 'false']);
const searchMs = 250;

export function People({ isOn }: { readonly isOn: boolean }) {
  const [find, setFind] = useState('');
  const [enrolled, setEnrolled] = useState<z.infer<typeof Whose>>('');
  const search = useDebouncedCallback(setFind, searchMs);
  const query = useQuery({ ...peopleQuery(find, enrolled), placeholderData: keepPreviousData });
  return (
    <Stack>
      <Group gap="sm" align="flex-end">
        <TextInput
          type="search"
          label="Search people"
          placeholder="Name or address"
          w={280}
          onChange={(event) => search(event.currentTarget.value)}
        />
        <NativeSelect
          label="Who"
          data={[
            { value: '', label: 'Everybody' },
            { value: 'true', label: 'Who can reset' },
            { value: 'false', label: 'Who cannot yet' },
          ]}
          value={enrolled}
          onChange={(event) => setEnrolled(Whose.catch('').parse(event.currentTarget.value))}
        />
      </Group>
      <Loaded query={query}>
        {({ items, next }) =>
          items.length === 0 ? (
            <Text c="dimmed">Nobody fits.</Text>
          ) : (
            <>
              <PeopleTable people={items} isOn={isOn} />
              {next === null ? null : (
                <Text size="sm" c="dimmed">
                  The first hundred are shown; search for the others.
                </Text>
              )}
            </>
          )
        }
      </Loaded>
    </Stack>
  );
}

function PeopleTable({
  people,
  isOn,
}: {
  readonly people: readonly Person[];
  readonly isOn: boolean;
}) {
  return (
    <table className="plain persons">
      <thead>
        <tr>
          <th scope="col">Person</th>
          <th scope="col">Has set up</th>
          <th scope="col">State</th>
          <th scope="col">
            <span className="aside">What you can do</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {people.map((person) => (
          <tr key={person.id}>
            <td>
              {person.name}
              <Text size="sm" c="dimmed" className="breaks">
                {person.email ?? 'no mail address'} · {person.client}
              </Text>
            </td>
            <td>{setUp(person)}</td>
            <td>
              <Standing person={person} />
            </td>
            <td>
              <Group gap="xs" justify="flex-end" wrap="nowrap">
                {person.barred === null ? <SendLink person={person} isOn={isOn} /> : null}
                {person.questions > 0 || person.hasApp || person.outside !== null ? (
                  <Remove person={person} />
                ) : null}
              </Group>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function setUp({ questions, hasApp, outside }: Person): string {
  const parts = [
    ...(questions === 0 ? [] : [`${questions} questions`]),
    ...(hasApp ? ['an app'] : []),
    ...(outside === null ? [] : [outside]),
  ];
  return parts.length === 0 ? 'nothing yet' : parts.join(', ');
}

function Standing({ person }: { readonly person: Person }) {
  if (person.barred === 'agent') return <State tone="final">never: an agent</State>;
  if (person.barred !== null) return <State tone="final">{`never: ${person.barred}`}</State>;
  if (person.isEnrolled) return <State tone="done">can reset</State>;
  if (person.invitedAt === null) return <State tone="quiet">not enrolled</State>;
  return (
    <>
      <State tone="waiting">link sent</State>{' '}
      <Text span size="sm" c="dimmed">
        <Time at={person.invitedAt} />
      </Text>
    </>
  );
}

const Told = z.object({ sentence: z.string() });

function SendLink({ person, isOn }: { readonly person: Person; readonly isOn: boolean }) {
  const client = useQueryClient();
  const send = useMutation({
    mutationFn: () => post(`/v1/self-service/people/${person.id}/invite`, {}, Told),
    onSuccess: () => client.invalidateQueries({ queryKey: ['self-service'] }),
  });
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        disabled={!isOn || person.email === null}
        loading={send.isPending}
        onClick={() => send.mutate()}
        aria-label={`Send a link to ${person.name}`}
      >
        Send a link
      </Button>
      <Dialog
        opened={send.error !== null}
        close={send.reset}
        title={`No link was sent to ${person.name}`}
      >
        {send.error === null ? null : <Refusal error={send.error} />}
      </Dialog>
    </>
  );
}

function Remove({ person }: { readonly person: Person }) {
  const client = useQueryClient();
  const [opened, { open, close }] = useDisclosure(false);
  const take = useMutation({
    mutationFn: () => remove(`/v1/self-service/people/${person.id}`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['self-service'] });
      close();
    },
  });
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        onClick={open}
        aria-label={`Remove what ${person.name} has set up…`}
      >
        Remove…
      </Button>
      <Dialog opened={opened} close={close} title={`Remove what ${person.name} has set up?`}>
        <Stack>
          <Text>
            The questions, the app and the outside address of {person.name} are removed, and they
            are told by mail. They can reset nothing until they have enrolled again.
          </Text>
          {take.error === null ? null : <Refusal error={take.error} />}
          <Button color="red" loading={take.isPending} onClick={() => take.mutate()}>
            Remove the enrolment of {person.name}
          </Button>
        </Stack>
      </Dialog>
    </>
  );
}
