// The latest attempts: who was named, from where, and how far it went.
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Loaded } from '#console/shell/loaded.tsx';
import { State, type Tone } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import type { SelfServiceAttemptWire as Attempt } from '#features/password-reset/console-wire.ts';
import { attemptsQuery } from './queries.ts';

export function Attempts() {
  return (
    <Loaded query={useQuery(attemptsQuery)}>
      {({ items }) =>
        items.length === 0 ? (
          <Text c="dimmed">Nobody has tried yet.</Text>
        ) : (
          <table className="plain stacked">
            <thead>
              <tr>
                <th scope="col">Who was named</th>
                <th scope="col">How far it went</th>
                <th scope="col">When</th>
                <th scope="col">From</th>
              </tr>
            </thead>
            <tbody>
              {items.map((attempt) => (
                <tr key={attempt.id}>
                  <td>
                    {attempt.person?.name ?? 'a login that nobody has'}
                    <Text size="sm" c="dimmed">
                      {attempt.factor === 'app' ? 'with an app' : 'with a code by mail'}
                      {attempt.person !== null && !attempt.may ? ', which was not set up' : ''}
                    </Text>
                  </td>
                  <td>
                    <State tone={stateOf(attempt).tone}>{stateOf(attempt).word}</State>
                  </td>
                  <td>
                    <Time at={attempt.at} />
                  </td>
                  <td>{attempt.address}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )
      }
    </Loaded>
  );
}

function stateOf({ state, tries, wanted }: Attempt): { tone: Tone; word: string } {
  switch (state) {
    case 'asked':
      if (tries === 0) return { tone: 'quiet', word: 'only asked' };
      return { tone: 'failed', word: `did not fit, ${tries === 1 ? 'once' : `${tries} times`}` };
    case 'proven':
      return { tone: 'waiting', word: 'proven' };
    case 'started':
      return { tone: 'running', word: 'under way' };
    case 'done':
      return { tone: 'done', word: wanted === 'unlock' ? 'unlocked' : 'reset' };
    case 'over':
      return { tone: 'final', word: 'barred' };
    default:
      return { tone: 'failed', word: 'refused by the directory' };
  }
}
