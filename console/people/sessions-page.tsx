// One's own account: where one is signed in, who acted as oneself, the way to another password.
import { Button, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { remove } from '#console/api.ts';
import { Loaded, Refusal } from '#console/shell/loaded.tsx';
import { meQuery } from '#console/shell/me.ts';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import { browserOf } from './browser-of.ts';
import { History } from './history.tsx';
import { ofMeQuery, sessionsQuery } from './queries.ts';

export function SessionsPage() {
  useDocumentTitle('Sessions · Sundog');
  const { data: me } = useQuery(meQuery);
  return (
    <Loaded query={useQuery(sessionsQuery)}>
      {({ items }) => (
        <Stack gap="xl">
          <h1 className="lead">{firstLine(items.length)}</h1>
          <section>
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
          </section>
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
            <Button
              component="a"
              href="/auth/password?return=/sessions"
              variant="default"
              size="xs"
            >
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

function firstLine(count: number): string {
  if (count === 1) return 'You are signed in here and nowhere else.';
  return `You are signed in at ${count} places.`;
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
