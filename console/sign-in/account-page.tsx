// One's own sign-in: second factors, where one is signed in, who acted as oneself, the way to another password.
import { Button, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { remove } from '#console/api.ts';
import { browserOf } from '#console/people/browser-of.ts';
import { History } from '#console/people/history.tsx';
import { ofMeQuery, type Session, sessionsQuery } from '#console/people/queries.ts';
import { Loaded, Refusal } from '#console/shell/loaded.tsx';
import { meQuery } from '#console/shell/me.ts';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import type { SecondFactorsWire } from '#features/sign-in/wire.ts';
import { factorsQuery } from './queries.ts';
import { SecondFactors } from './second-factors.tsx';

export function AccountPage() {
  useDocumentTitle('Your sign-in · Sundog');
  const { data: me } = useQuery(meQuery);
  const sessions = useQuery(sessionsQuery);
  return (
    <Loaded query={useQuery(factorsQuery)}>
      {(factors) => (
        <Stack gap="xl">
          <h1 className="lead">{firstLine(factors)}</h1>
          <section>
            <Title order={2} size="h4" mb="sm">
              Beside the password
            </Title>
            <SecondFactors factors={factors} />
          </section>
          <Loaded query={sessions}>{({ items }) => <Sessions items={items} />}</Loaded>
          <section>
            <Title order={2} size="h4" mb="xs">
              Who acted as you
            </Title>
            <OfMe />
          </section>
          <section>
            <Title order={2} size="h4" mb="xs">
              Password
            </Title>
            <Text mb="sm">
              You sign in as {me?.email ?? me?.name}. A new password ends every other session.
            </Text>
            <Button component="a" href="/auth/password?return=/account" variant="default" size="xs">
              Change my password
            </Button>
          </section>
          {me?.kind === 'user' && me.csrfToken !== undefined ? (
            <SelfService csrf={me.csrfToken} />
          ) : null}
        </Stack>
      )}
    </Loaded>
  );
}

/** Where a user sets up questions and a second factor; whether that is on, its own pages say. */
function SelfService({ csrf }: { readonly csrf: string }) {
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        Forgotten passwords
      </Title>
      <Text mb="sm">
        With security questions and a second factor you reset a forgotten password by yourself.
      </Text>
      <form method="post" action="/reset/enrol/me">
        <input type="hidden" name="csrf" value={csrf} />
        <Button type="submit" variant="default" size="xs">
          Set up security questions
        </Button>
      </form>
    </section>
  );
}

function firstLine({ app, passkeys, hasPassword }: Factors): string {
  if (!hasPassword) return 'Another system vouches for you when you sign in.';
  const beside = [
    ...(passkeys.length === 0 ? [] : [passkeys.length === 1 ? 'a passkey' : 'passkeys']),
    ...(app ? ['an app that shows codes'] : []),
  ];
  if (beside.length === 0) return 'You sign in with a password alone: whoever learns it comes in.';
  return `You sign in with a password and ${beside.join(' or ')}.`;
}

type Factors = z.infer<typeof SecondFactorsWire>;

function Sessions({ items }: { readonly items: readonly Session[] }) {
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        Where you are signed in
      </Title>
      <table className="plain persons">
        <thead>
          <tr>
            <th scope="col">Browser</th>
            <th scope="col">Signed in</th>
            <th scope="col">Last seen</th>
            <th scope="col">
              <span className="aside">What you can do</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((session) => (
            <tr key={session.id}>
              <td>
                {browserOf(session.browser)}
                <Text size="sm" c="dimmed">
                  from {session.address}
                </Text>
              </td>
              <td>
                <Time at={session.startedAt} />
              </td>
              <td>
                {session.current ? (
                  <State tone="done">this one</State>
                ) : (
                  <Time at={session.seenAt} />
                )}
              </td>
              <td>{session.current ? null : <End id={session.id} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {items.length > 1 ? <EndOthers count={items.length - 1} /> : null}
    </section>
  );
}

function EndOthers({ count }: { readonly count: number }) {
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () => remove('/v1/sessions'),
    onSettled: () => client.invalidateQueries({ queryKey: ['sessions'] }),
  });
  const words = count === 1 ? 'Sign out the other one' : `Sign out the other ${count}`;
  return (
    <>
      <Button
        mt="sm"
        size="xs"
        variant="default"
        loading={end.isPending}
        onClick={() => end.mutate()}
      >
        {words}
      </Button>
      {end.error === null ? null : <Refusal error={end.error} />}
    </>
  );
}

function OfMe() {
  return (
    <Loaded query={useQuery(ofMeQuery)}>
      {({ items }) =>
        items.length === 0 ? <Text c="dimmed">Nobody did.</Text> : <History items={items} />
      }
    </Loaded>
  );
}

function End({ id }: { readonly id: string }) {
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () => remove(`/v1/sessions/${id}`),
    onSettled: () => client.invalidateQueries({ queryKey: ['sessions'] }),
  });
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        loading={end.isPending}
        onClick={() => end.mutate()}
      >
        Sign out there
      </Button>
      {end.error === null ? null : <Refusal error={end.error} />}
    </>
  );
}
