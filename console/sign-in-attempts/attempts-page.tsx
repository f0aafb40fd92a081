// Sign-ins through other systems: how the last day went, and every attempt, the newest first.
import { Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { TextLink } from '#console/shell/link.tsx';
import { Loaded } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import type { SsoAttemptWire } from '#features/sso/attempts/wire.ts';
import { attemptsQuery, tallyQuery } from './queries.ts';
import { firstLine, statuses, statusNames } from './words.ts';

const here = getRouteApi('/sign-in-attempts');

export function AttemptsPage() {
  useDocumentTitle('Sign-in attempts · Sundog');
  const search = here.useSearch();
  return (
    <Stack gap="xl">
      <Loaded query={useQuery(tallyQuery)}>
        {(tally) => <h1 className="lead">{firstLine(tally)}</h1>}
      </Loaded>
      <Filter />
      <Loaded query={useQuery(attemptsQuery(search))}>
        {({ items, next }) => (
          <>
            {items.length === 0 ? (
              <Text c="dimmed">
                {search.status === ''
                  ? 'Nobody has signed in through another system yet.'
                  : 'No attempt ended like that.'}
              </Text>
            ) : (
              <Attempts attempts={items} />
            )}
            <Pages next={next} />
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function Filter() {
  const { status } = here.useSearch();
  const navigate = here.useNavigate();
  return (
    <Group>
      <NativeSelect
        label="How it ended"
        value={status}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          void navigate({ search: (before) => ({ ...before, status: chosen, below: '' }) });
        }}
        data={[
          { value: '', label: 'In any way' },
          ...statusNames.map((name) => ({ value: name, label: statuses[name].word })),
        ]}
      />
    </Group>
  );
}

function Attempts({ attempts }: { readonly attempts: readonly SsoAttemptWire[] }) {
  return (
    <table className="plain stacked">
      <thead>
        <tr>
          <th scope="col">What became of it</th>
          <th scope="col">Through</th>
          <th scope="col">How it ended</th>
          <th scope="col">When</th>
        </tr>
      </thead>
      <tbody>
        {attempts.map((attempt) => (
          <tr key={attempt.id}>
            <td>
              <TextLink
                to="/sign-in-attempts/$attemptId"
                params={{ attemptId: String(attempt.id) }}
                underline="hover"
              >
                {attempt.result}
              </TextLink>
              <Text size="sm" c="dimmed">
                Attempt {attempt.id}
                {attempt.userInfo === null ? '' : ` · ${attempt.userInfo}`}
              </Text>
            </td>
            <td>{attempt.application.name}</td>
            <td>
              <State tone={statuses[attempt.status].tone}>{statuses[attempt.status].word}</State>
            </td>
            <td>
              <Time at={attempt.at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Pages({ next }: { readonly next: string | null }) {
  const { below } = here.useSearch();
  return (
    <Group>
      {below === '' ? null : (
        <TextLink to="/sign-in-attempts" search={(before) => ({ ...before, below: '' })}>
          Newest
        </TextLink>
      )}
      {next === null ? null : (
        <TextLink to="/sign-in-attempts" search={(before) => ({ ...before, below: next })}>
          Older
        </TextLink>
      )}
    </Group>
  );
}
