// Records of the desk that nobody of the directory has: the other direction of a drift report.
import { sql } from 'kysely';
import type { SyncTarget } from '#domain/sync/settings.ts';
import { given } from '#store/db.ts';
import { seenWith } from './people-rows.ts';
import type { DeskRecord } from './ports.ts';
import { type Reading, report } from './reading.ts';
import { whileReading } from './run-rows.ts';

const pageSize = 1_000;

/** Those active at the sites of the places, and the agents where the sync has any; gives how many. */
export async function findOrphans(reading: Reading): Promise<number> {
  const { desk, rules } = reading;
  const position = { next: await countDrift(reading) };
  let count = 0;
  for (const { target, places } of rules) {
    const siteIds = places.flatMap(({ siteId }) => siteId ?? []);
    for (let after = 0; ; ) {
      const page = await desk.listRecords(target, { siteIds, after, limit: pageSize });
      const without = await withoutEntry(reading, target, page);
      count += without.length;
      await keep(reading, target, without, position);
      await report(reading);
      const last = page.at(-1);
      if (last === undefined || page.length < pageSize) break;
      after = last.id;
    }
  }
  return count;
}

async function withoutEntry(
  { ports, sync, runId }: Reading,
  target: SyncTarget,
  page: readonly DeskRecord[],
): Promise<readonly DeskRecord[]> {
  if (page.length === 0) return [];
  const ids = page.map(({ id }) => id);
  const { rows } = await sql<{ desk_id: number }>`
    select desk_id from sync_people where target = ${target} and desk_id = any(${ids}::integer[])
      and sync_id = ${sync.id} and state = 'linked'
    union ${seenWith(runId, target, ids)}`.execute(ports.db);
  const paired = new Set(rows.map(({ desk_id }) => desk_id));
  return page.filter(({ id }) => !paired.has(id));
}

async function countDrift({ ports, runId }: Reading): Promise<number> {
  const row = await ports.db
    .selectFrom('sync_drift')
    .select((is) => is.fn.max('position').as('last'))
    .where('sync_run_id', '=', runId)
    .executeTakeFirst();
  return (row?.last ?? 0) + 1;
}

async function keep(
  { ports, runId, attempt }: Reading,
  target: SyncTarget,
  records: readonly DeskRecord[],
  position: { next: number },
): Promise<void> {
  if (records.length === 0) return;
  const rows = records.map(({ id, name }) => {
    const at = position.next;
    position.next += 1;
    return {
      ...{ sync_run_id: runId, position: at, target, entry_id: null, name, kind: 'orphan' },
      ...{ code: null, sentence: 'Nobody of the directory has this record.', desk_id: id },
      ...{ before: {}, after: {} },
    };
  });
  await whileReading(ports.db, { id: runId, attempt }, async (tx) => {
    await tx
      .insertInto('sync_drift')
      .expression((from) => from.selectFrom(given('sync_drift', rows, 'row')).selectAll())
      .execute();
  });
}
