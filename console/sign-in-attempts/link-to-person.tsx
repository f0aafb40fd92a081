// From a refused sign-on whose identity was proven: whose it is, said by hand.
import { Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '#console/api.ts';
import { agentsQuery, usersQuery } from '#console/people/queries.ts';
import { Refusal } from '#console/shell/loaded.tsx';
import type { SsoAttemptDetailWire } from '#features/sso/attempts/wire.ts';
import { SsoLinkWire as Link, type SsoLinkWire } from '#features/sso/linking/wire.ts';

const shownMax = 6;
const typingMs = 250;

type Owner = Pick<SsoLinkWire['owner'], 'kind' | 'id' | 'name'>;

export function LinkToPerson({ attempt }: { readonly attempt: SsoAttemptDetailWire }) {
  const [find, setFind] = useState('');
  const [wanted] = useDebouncedValue(find.trim(), typingMs);
  const link = useMutation({
    mutationFn: ({ kind, id }: Owner) =>
      post(
        `/v1/sso-applications/${attempt.application.id}/links`,
        { attempt: attempt.id, owner: { kind, id } },
        Link,
      ),
  });
  return (
    <section>
      <Title order={2} size="h4" mb={4}>
        Whose it is
      </Title>
      {link.data === undefined ? (
        <Stack gap="sm" align="start">
          <Text className="prose">
            The provider proved this identity. If you know whose it is, link it: from then on it
            signs in as that person.
          </Text>
          <TextInput
            label="Find the person"
            description="By name or address"
            value={find}
            onChange={(event) => setFind(event.currentTarget.value)}
          />
          {wanted.length < 2 ? null : (
            <Found find={wanted} busy={link.isPending} onChoose={(owner) => link.mutate(owner)} />
          )}
          {link.error === null ? null : <Refusal error={link.error} />}
        </Stack>
      ) : (
        <Text role="status">
          Linked to {link.data.owner.name}. They can sign in now; the link is recorded in the audit
          trail.
        </Text>
      )}
    </section>
  );
}

function Found({
  find,
  busy,
  onChoose,
}: {
  readonly find: string;
  readonly busy: boolean;
  readonly onChoose: (owner: Owner) => void;
}) {
  const agents = useQuery(agentsQuery(find)).data?.results ?? [];
  const users = useQuery(usersQuery(find, 1)).data?.users ?? [];
  const people = [
    ...agents
      .filter((agent) => agent.isdisabled !== true)
      .map(({ id, name }) => ({ kind: 'agent' as const, id, name, where: 'agent' })),
    ...users
      .filter((user) => user.inactive !== true)
      .map(({ id, name, client_name: client }) => ({
        kind: 'user' as const,
        id,
        name,
        where: client ?? 'user',
      })),
  ].slice(0, shownMax);
  if (people.length === 0) return <Text c="dimmed">Nobody is called like that.</Text>;
  return (
    <Group gap="xs">
      {people.map((person) => (
        <Button
          key={`${person.kind} ${person.id}`}
          size="xs"
          variant="default"
          disabled={busy}
          onClick={() => onChoose(person)}
        >
          Link to {person.name} ({person.where})
        </Button>
      ))}
    </Group>
  );
}
