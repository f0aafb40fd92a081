// A report of what differs between directory and desk, in both directions; it changes nothing.
import { Button, Group, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Refusal } from '#console/shell/loaded.tsx';
import { Time } from '#console/shell/time.tsx';
import { Differences } from './differences.tsx';
import { type Drift, driftQuery, reportQuery, type Sync, type SyncRun } from './queries.ts';
import { kindWords } from './words.ts';

export function DriftReport({
  sync,
  busy,
  start,
}: {
  readonly sync: Sync;
  readonly busy: boolean;
  readonly start: () => void;
}) {
  const { data, error } = useQuery(reportQuery(sync.id));
  const [run] = data?.items ?? [];
  return (
    <section aria-labelledby="drift">
      <Title order={2} size="h4" id="drift" mb="sm">
        What differs
      </Title>
      {error === null ? null : <Refusal error={error} />}
      {run === undefined ? null : <Report sync={sync} run={run} />}
      {data === undefined || run !== undefined ? null : (
        <Text className="prose" c="dimmed">
          A report compares everybody in both directions and changes nothing.
        </Text>
      )}
      <Group mt="sm">
        <Button
          variant="default"
          disabled={busy || sync.settings.places.length === 0}
          onClick={start}
        >
          Report what differs
        </Button>
      </Group>
    </section>
  );
}

function Report({ sync, run }: { readonly sync: Sync; readonly run: SyncRun }) {
  const { data, error } = useQuery(driftQuery(sync.id, run.id));
  if (error !== null) return <Refusal error={error} />;
  const items = data?.items ?? [];
  return (
    <>
      <Text className="prose">{run.sentence}</Text>
      <Text size="sm" c="dimmed">
        As it was <Time at={run.createdAt} />.
      </Text>
      {items.length === 0 ? null : (
        <details className="folded">
          <summary>
            {data?.next == null ? `All ${items.length}` : `The first ${items.length}`}, one by one
          </summary>
          {items.map((row) => (
            <Row key={row.position} row={row} />
          ))}
        </details>
      )}
    </>
  );
}

function Row({ row }: { readonly row: Drift }) {
  return (
    <article className="change" aria-label={row.name}>
      <Text>
        <strong title={row.entryId ?? String(row.deskId ?? '')}>{row.name}</strong>{' '}
        {kindWords[row.kind] ?? row.kind}
      </Text>
      {row.sentence === null || row.sentence === '' ? null : (
        <Text size="sm" c="dimmed" className="prose">
          {row.sentence}
        </Text>
      )}
      <Differences before={row.before} after={row.after} />
    </article>
  );
}
