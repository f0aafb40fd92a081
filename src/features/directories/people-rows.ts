// Whom a sync knows, asked for by the hundred; and whose record of the desk is somebody's already.
import { sql } from 'kysely';
import type { Decision, Holder } from '#domain/sync/match-person.ts';
import type { KnownPerson } from '#domain/sync/plan-page.ts';
import type { SyncTarget } from '#domain/sync/settings.ts';
import type { Db, Tx } from '#store/db.ts';

type Row = {
  readonly entry_id: string;
  readonly state: KnownPerson['state'];
  readonly desk_id: number | null;
  readonly name: string;
  readonly dn: string;
  readonly place_id: number;
};

export async function findKnown(
  db: Db | Tx,
  syncId: number,
  target: SyncTarget,
  ids: readonly string[],
): Promise<ReadonlyMap<string, KnownPerson>> {
  if (ids.length === 0) return new Map();
  const { rows } = await knownRows(syncId, target, ids).execute(db);
  return new Map(rows.map((row) => [row.entry_id, knownFrom(row)]));
}

export function knownRows(syncId: number, target: SyncTarget, ids: readonly string[]) {
  return sql<Row>`
    select entry_id, state, desk_id, name, dn, place_id from sync_people
    where sync_id = ${syncId} and target = ${target} and entry_id = any(${ids}::uuid[])`;
}

/** Those that are planned again whatever the directory says of them. */
export async function findDue(
  db: Db | Tx,
  syncId: number,
  target: SyncTarget,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('sync_people')
    .select('entry_id')
    .where('sync_id', '=', syncId)
    .where('target', '=', target)
    .where('due', '=', true)
    .execute();
  return rows.map(({ entry_id }) => entry_id);
}

function knownFrom(row: Row): KnownPerson {
  return {
    ...{ entryId: row.entry_id, state: row.state, deskId: row.desk_id, name: row.name },
    ...{ dn: row.dn, placeId: row.place_id },
  };
}

/** Whose a record is, by its id: of any sync that writes to the same desk. */
export async function findTaken(
  db: Db | Tx,
  { deskConnectionId }: { readonly deskConnectionId: string | null },
  target: SyncTarget,
  deskIds: readonly number[],
): Promise<ReadonlyMap<number, Holder>> {
  if (deskIds.length === 0) return new Map();
  const { rows } = await sql<{ desk_id: number; entry_id: string; is_gone: boolean }>`
    select p.desk_id, p.entry_id, p.state = 'gone' as is_gone from sync_people p
    join directory_syncs s on s.id = p.sync_id and s.desk_connection_id is not distinct from ${deskConnectionId}
    where p.target = ${target} and p.desk_id = any(${deskIds}::integer[])
      and p.state in ('linked', 'gone')
    -- Whoever is there comes last, and counts.
    order by is_gone desc`.execute(db);
  return new Map(rows.map((row) => [row.desk_id, { entryId: row.entry_id, isGone: row.is_gone }]));
}

/** Records of these entries that somebody else has who is there, of this reading or of any sync of the desk. */
export async function findHeld(
  db: Db | Tx,
  {
    id: syncId,
    deskConnectionId,
  }: { readonly id: number; readonly deskConnectionId: string | null },
  runId: string,
  target: SyncTarget,
  gone: readonly KnownPerson[],
): Promise<ReadonlySet<number>> {
  const deskIds = gone.flatMap(({ deskId }) => deskId ?? []);
  if (deskIds.length === 0) return new Set();
  const ids = gone.map(({ entryId }) => entryId);
  const { rows } = await sql<{ desk_id: number }>`
    select p.desk_id from sync_people p
    join directory_syncs s on s.id = p.sync_id and s.desk_connection_id is not distinct from ${deskConnectionId}
    where p.target = ${target} and p.desk_id = any(${deskIds}::integer[]) and p.state = 'linked'
      and not (p.sync_id = ${syncId} and (p.entry_id = any(${ids}::uuid[]) or exists (
        select from sync_seen g where g.sync_run_id = ${runId} and g.target = p.target
          and g.entry_id = p.entry_id and g.state = 'gone')))
    union
    ${seenWith(runId, target, deskIds)}`.execute(db);
  return new Set(rows.map(({ desk_id }) => desk_id));
}

/** Which of these records a reading paired. Each is looked up by itself, or all that was read would be gone through. */
export function seenWith(runId: string, target: SyncTarget, deskIds: readonly number[]) {
  return sql<{ desk_id: number }>`
    select seen.desk_id from unnest(${[...deskIds]}::integer[]) as asked (id) cross join lateral (
      select desk_id from sync_seen where desk_id = asked.id and sync_run_id = ${runId}::uuid
        and target = ${target} and state = 'linked' offset 0) seen`;
}

export async function hasDecisions(db: Db | Tx, syncId: number): Promise<boolean> {
  const row = await db
    .selectFrom('sync_disputes')
    .select('id')
    .where('sync_id', '=', syncId)
    .where('decision', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function findDecisions(
  db: Db | Tx,
  syncId: number,
  target: SyncTarget,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Decision>> {
  const { rows } = await sql<{
    entry_id: string;
    decision: Decision['decision'];
    desk_id: number | null;
  }>`
    select entry_id, decision, desk_id from sync_disputes
    where sync_id = ${syncId} and target = ${target} and decision is not null
      and entry_id = any(${ids}::uuid[])`.execute(db);
  return new Map(
    rows.flatMap((row) => {
      const decision = decisionFrom(row.decision, row.desk_id);
      return decision === undefined ? [] : [[row.entry_id, decision] as const];
    }),
  );
}

function decisionFrom(decision: Decision['decision'], deskId: number | null): Decision | undefined {
  if (decision !== 'link') return { decision, deskId: null };
  return deskId === null ? undefined : { decision, deskId };
}
