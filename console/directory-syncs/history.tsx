// What a sync did before: its runs, the newest first, each in a sentence.
import { Group, Text, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { TextLink } from '#console/shell/link.tsx';
import { Refusal } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import { runsQuery, type SyncRun } from './queries.ts';
import { askedWords, number, runState } from './words.ts';

const here = getRouteApi('/directory-syncs/$syncId');

export function History({ syncId }: { readonly syncId: number }) {
  const { below } = here.useSearch();
  const query = { ...runsQuery(syncId, below), placeholderData: keepPreviousData };
  const { data, error, isPlaceholderData } = useQuery(query);
  return (
    <section aria-labelledby="history" aria-busy={isPlaceholderData}>
      <Title order={2} size="h4" id="history" mb="sm">
        {below === '' ? 'History' : 'History, further back'}
      </Title>
      {error === null ? null : <Refusal error={error} />}
      {data === undefined ? null : <Runs runs={data.items} below={below} />}
      <Pages below={below} next={data?.next ?? null} />
    </section>
  );
}

function Runs({ runs, below }: { readonly runs: readonly SyncRun[]; readonly below: string }) {
  if (runs.length === 0) {
    return (
      <Text c="dimmed">
        {below === ''
          ? 'It has not run yet; “Sync now” makes its first plan.'
          : 'There are no older runs.'}
      </Text>
    );
  }
  return (
    <table className="plain stacked">
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">State</th>
          <th scope="col">Began</th>
          <th scope="col" className="number">
            Read
          </th>
          <th scope="col" className="number">
            Planned
          </th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <Row key={run.id} run={run} />
        ))}
      </tbody>
    </table>
  );
}

/** The rest of the page stays where it is while one leafs. */
function Pages({ below, next }: { readonly below: string; readonly next: string | null }) {
  if (below === '' && next === null) return null;
  const to = '/directory-syncs/$syncId';
  return (
    <Group component="nav" aria-label="Pages of the history" mt="sm">
      {below === '' ? null : (
        <TextLink from={to} to={to} search={{ below: '' }} resetScroll={false}>
          Newest
        </TextLink>
      )}
      {next === null ? null : (
        <TextLink from={to} to={to} search={{ below: next }} resetScroll={false}>
          Older
        </TextLink>
      )}
    </Group>
  );
}

function Row({ run }: { readonly run: SyncRun }) {
  const { sentence, code, planId, applyRunId, counts, createdAt, startedBy } = run;
  const said = runState(run);
  return (
    <tr>
      <td>
        {askedWords(run)}
        {sentence === '' ? null : (
          <Text size="sm" c="dimmed" className="breaks" {...(code === null ? {} : { title: code })}>
            {sentence}
          </Text>
        )}
        {run.references.length === 0 ? null : (
          <Text size="sm" c="dimmed" className="breaks">
            Parts of the directory are on other servers: {run.references.join(', ')}.
          </Text>
        )}
        <Text size="sm">
          {planId === null ? null : (
            <TextLink to="/plans/$planId" params={{ planId }} inherit>
              the plan
            </TextLink>
          )}
          {applyRunId === null ? null : (
            <>
              {planId === null ? '' : ' · '}
              <TextLink to="/runs/$runId" params={{ runId: applyRunId }} inherit>
                what became of it
              </TextLink>
            </>
          )}
        </Text>
      </td>
      <td>
        <State tone={said.tone}>{said.word}</State>
      </td>
      <td>
        <Time at={createdAt} />
        <Text size="sm" c="dimmed">
          by {startedBy}
        </Text>
      </td>
      <td className="number" data-label="read">
        {number(counts.read)}
      </td>
      <td className="number" data-label="planned">
        {number(counts.planned)}
      </td>
    </tr>
  );
}
