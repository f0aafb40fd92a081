// The second pass: who reports to whom, found set-wise among those just read and those known before.
import type pg from 'pg';
import type { PlannedPerson } from '#domain/plan.ts';
import { planManager, type Reporting } from '#domain/sync/plan-managers.ts';
import type { Rules } from '#domain/sync/rules.ts';
import { addUp } from '#domain/totals.ts';
import { type Reading, report } from './reading.ts';

const pageSize = 2_000;

export async function planManagers(reading: Reading, did: 'whole' | 'changes'): Promise<void> {
  for (const rules of reading.rules) {
    if (rules.managers === undefined) continue;
    const client = await reading.ports.pool.connect();
    try {
      await planFor(reading, rules, client, did);
    } finally {
      client.release();
    }
  }
}

type Row = {
  readonly entry_id: string;
  readonly name: string;
  readonly desk_id: number | null;
  readonly change_id: string | null;
  readonly manager_was: number | null;
  /** Somebody who was not read anew: whom the desk has as their manager is yet to be asked. */
  readonly unread: boolean;
  readonly manager_entry: string | null;
  readonly manager_desk: number | null;
  readonly manager_name: string | null;
};

async function planFor(
  reading: Reading,
  rules: Rules,
  client: pg.PoolClient,
  did: 'whole' | 'changes',
): Promise<void> {
  await client.query('begin');
  try {
    // Of a whole directory each table is read once; of some changes nothing is read but those.
    await client.query(
      did === 'whole'
        ? 'set local enable_nestloop = off'
        : 'set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_seqscan = off',
    );
    await client.query(`set local work_mem = '64MB'`);
    // A cursor takes parameters of the statement that opens it.
    await client.query(reportingOf(did), [reading.runId, rules.target, reading.sync.id]);
    for (;;) {
      const { rows } = await client.query<Row>(`fetch ${pageSize} from reporting`);
      if (rows.length === 0) break;
      await plan(reading, rules, rows);
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/**
 * Managers are named by DN: by the one just read, else by the one known, if that entry was not read anew. Of a
 * whole directory the tables are joined as a whole; of some changes each is looked up by itself.
 */
export function reportingOf(did: 'whole' | 'changes'): string {
  const each = did === 'changes';
  return `
  declare reporting no scroll cursor for
  with seen as (
    select * from sync_seen where sync_run_id = $1::uuid and target = $2
  ), people as (
    select entry_id, name, desk_id, change_id, manager_was, false as unread, manager_dn
    from seen where state = 'linked'
    union all
    select p.entry_id, p.name, p.desk_id, null, null, true, p.manager_dn
    from seen m ${each ? `cross join lateral (${known('manager_dn', 'm.dn')} offset 0) p` : `join sync_people p on ${knownBy('manager_dn', 'm.dn', 'p.')}`}
    where (m.joins or m.change_id is not null) and m.state = 'linked'
      and not exists (select from seen s where s.entry_id = p.entry_id)
      -- The name may have been somebody's who is there under another by now: it is them whom their reports mean.
      and not exists (select from (${known('dn', 'm.dn')} offset 0) was
        join seen s on s.entry_id = was.entry_id and s.state <> 'gone'
        where was.entry_id <> m.entry_id)
  )
  select people.entry_id, people.name, people.desk_id, people.change_id, people.manager_was,
    people.unread, coalesce(m.entry_id, k.entry_id) as manager_entry,
    coalesce(m.desk_id, k.desk_id) as manager_desk, coalesce(m.name, k.name) as manager_name
  from people
  left join seen m on m.state = 'linked' and lower(m.dn) = lower(people.manager_dn)
  left join ${each ? `lateral (${known('dn', 'people.manager_dn')} limit 1) k on` : `sync_people k on ${knownBy('dn', 'people.manager_dn', 'k.')} and`}
    m.entry_id is null and not exists (select from seen s where s.entry_id = k.entry_id)
  where people.manager_dn is not null or people.manager_was is not null`;
}

function known(column: 'dn' | 'manager_dn', dn: string): string {
  return `select entry_id, name, desk_id, manager_dn from sync_people where ${knownBy(column, dn)}`;
}

/** As each is indexed: few have one name, many report to one (0062). */
function knownBy(column: 'dn' | 'manager_dn', dn: string, of = ''): string {
  const isTheirs =
    column === 'dn'
      ? `lower(${of}dn) = lower(${dn})`
      : `md5(lower(${of}manager_dn)) = md5(lower(${dn}))`;
  return `${of}sync_id = $3::integer and ${of}target = $2 and ${of}state = 'linked' and ${isTheirs}`;
}

async function plan(reading: Reading, rules: Rules, rows: readonly Row[]): Promise<void> {
  const { desk, sink, tally } = reading;
  const unread = rows.flatMap((row) => (row.unread && row.desk_id !== null ? [row.desk_id] : []));
  const asked = unread.length === 0 ? [] : await desk.find(rules.target, unread, ['manager']);
  const wasOf = new Map(
    asked.map(({ id, fields }) => [id, Number(fields.manager?.[0] ?? 0) || null]),
  );
  const withWas = rows.map((row) => ({
    ...row,
    was: row.unread ? (wasOf.get(row.desk_id ?? 0) ?? null) : row.manager_was,
  }));
  const leaving = withWas.filter(({ was, manager_desk }) => was !== null && was !== manager_desk);
  const names = await namesOf(
    reading,
    rules,
    leaving.flatMap(({ was }) => was ?? []),
  );
  const people: PlannedPerson[] = [];
  for (const row of withWas) {
    const person = planManager(rules, reportingFrom(row, row.was, names));
    if (person !== undefined) people.push(person);
  }
  if (people.length === 0) return;
  tally.planned += people.length;
  for (const { changes } of people) tally.totals = addUp(tally.totals, changes);
  await sink.add(people);
  await report(reading);
}

function reportingFrom(
  row: Row,
  was: number | null,
  names: ReadonlyMap<number, string>,
): Reporting {
  return {
    ...{ entryId: row.entry_id, name: row.name, deskId: row.desk_id, changeId: row.change_id },
    ...{ was, wasName: names.get(was ?? 0) ?? '' },
    manager:
      row.manager_entry === null
        ? null
        : {
            ...{ entryId: row.manager_entry, deskId: row.manager_desk },
            name: row.manager_name ?? '',
          },
  };
}

async function namesOf(
  { desk }: Reading,
  rules: Rules,
  ids: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (ids.length === 0) return new Map();
  const people = await desk.find(rules.target, [...new Set(ids)], ['name']);
  return new Map(people.map(({ id, name }) => [id, name]));
}
