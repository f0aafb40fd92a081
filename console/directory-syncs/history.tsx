// What a sync did before: its runs, the newest first, each in a sentence.
import { Text, Title } from '@mantine/core';
import { TextLink } from '#console/shell/link.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import type { SyncRun } from './queries.ts';
import { askedWords, runState } from './words.ts';

export function History({ runs }: { readonly runs: readonly SyncRun[] }) {
  return (
    <section aria-labelledby="history">
      <Title order={2} size="h4" id="history" mb="sm">
        History
      </Title>
      {runs.length === 0 ? (
        <Text c="dimmed">It has not run yet; “Sync now” makes its first plan.</Text>
      ) : (
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
      )}
    </section>
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
        {counts.read}
      </td>
      <td className="number" data-label="planned">
        {counts.planned}
      </td>
    </tr>
  );
}
