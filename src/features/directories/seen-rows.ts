// What a reading saw of people, put into the database by COPY, a page at a time.
import type { PlannedEntry } from '#domain/sync/plan-page.ts';
import { arrayText, type CopiedValue, copyIn } from '#store/copy-in.ts';
import type { Reading } from './reading.ts';
import { whileReading } from './run-rows.ts';

const columns = [
  ...['sync_run_id', 'target', 'entry_id', 'digest', 'dn', 'name', 'place_id', 'state', 'desk_id'],
  ...['change_id', 'manager_dn', 'manager_was', 'keys', 'fresh', 'joins', 'changes', 'dispute'],
];

export async function copySeen(
  { ports, runId, attempt }: Reading,
  planned: readonly PlannedEntry[],
): Promise<void> {
  if (planned.length === 0) return;
  await whileReading(ports.db, { id: runId, attempt }, (tx) =>
    copyIn(tx, 'sync_seen', columns, rowsOf(runId, planned)),
  );
}

function* rowsOf(
  runId: string,
  planned: readonly PlannedEntry[],
): Generator<readonly CopiedValue[]> {
  for (const { seen, person } of planned) {
    yield [
      ...[runId, seen.target, seen.entryId, seen.digest, seen.dn, seen.name, seen.placeId],
      ...[seen.state, seen.deskId, seen.changeId, seen.managerDn, seen.managerWas],
      ...[arrayText(seen.keys), seen.fresh, seen.joins],
      ...[person !== undefined && person.changes.length > 0, seen.dispute],
    ];
  }
}
