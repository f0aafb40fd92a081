// The audit trail's cost: of a write, of verifying it, of reading a page of millions; and a thousand tampers.
import { hash } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { theHub } from '#domain/actor.ts';
import { listRecords } from '#features/audit/queries.ts';
import { startSequencer } from '#features/audit/sequencer.ts';
import { verifyDatabase } from '#features/audit/verify.ts';
import { saveRecords } from '#features/desk/resource/save.ts';
import { sites } from '#features/desk/sites/sites.ts';
import { silentLog } from '#lib/log.ts';
import { chainAll } from '#store/audit-chain.ts';
import { type Db, openDb } from '#store/db.ts';
import { aDeskServer, type DeskServer } from '#test/desk/desk-server.ts';
import { anyTamper, aTamperStage } from '#test/faults/audit-tampers.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { backendCpu, loadNow } from './backend-cpu.ts';
import { median } from './median.ts';
import type { Bench, Row } from './row.ts';

const sizes = { few: 50_000, many: 5_000_000, verified: 300_000 } as const;
const tampers = 1_000;
const writes = { rounds: 7, each: 300 } as const;
const verifications = 3;
const pages = 60;

export const auditTrail: Bench = {
  name: 'audit',
  run: async () => [
    await appending(),
    ...(await verifying()),
    ...(await reading()),
    await beingTamperedWith(),
  ],
};

async function appending(): Promise<Row> {
  await using desk = await aDeskServer();
  const { database } = desk;
  const log = silentLog;
  await using _sequencer = startSequencer({
    db: database.db,
    clock: () => new Date(),
    log,
    notify: async () => {},
  });
  const without = withoutAudit(database.pool);
  const times = { with: [0], without: [0] };
  await writeMany(desk, database.db);
  await writeMany(desk, without);
  for (let round = 0; round < writes.rounds; round += 1) {
    times.with.push(await writeMany(desk, database.db));
    times.without.push(await writeMany(desk, without));
  }
  const value = median(times.with.slice(1)) / writes.each;
  const referenceValue = median(times.without.slice(1)) / writes.each;
  const ratio = value / referenceValue;
  return {
    issue: 3,
    name: 'A write of the desk with its audit entry',
    value,
    unit: 'ms',
    reference: 'the same write, its audit statement never sent',
    referenceValue,
    ratio,
    goal: 'at most 1.30 times as long',
    ok: ratio <= 1.3,
  };
}

async function writeMany({ larkfield, sealing }: DeskServer, db: Db): Promise<number> {
  const began = performance.now();
  for (let count = 0; count < writes.each; count += 1) {
    const given = { id: larkfield.bristol, phonenumber: `0117 ${count} ${began}` };
    await saveRecords(db, sites, { actor: theHub, now: new Date(), sealing }, [given]);
  }
  return performance.now() - began;
}

/** The same pool, save that statements of the audit trail are answered without being sent. */
function withoutAudit(pool: pg.Pool): Db {
  const connect = pool.connect.bind(pool);
  const quiet = new Proxy(pool, {
    get(target, name, receiver) {
      if (name !== 'connect') return Reflect.get(target, name, receiver);
      return async () => {
        const client = await connect();
        return {
          query: (text: string, values: unknown[]) =>
            text.includes('insert into "audit_entries"')
              ? Promise.resolve({ command: 'INSERT', rowCount: 0, rows: [] })
              : client.query(text, values),
          release: () => client.release(),
        };
      };
    },
  });
  return openDb(quiet);
}

async function verifying(): Promise<Row[]> {
  await using database = await aDatabase();
  await fill(database, sizes.verified, true);
  await chainAll(database.db);
  const seconds = [];
  const microseconds = [];
  let held = true;
  for (let round = 0; round < verifications; round += 1) {
    const backends = await backendCpu(database.pool);
    const own = process.cpuUsage();
    const began = performance.now();
    const { count, bad } = await verifyDatabase(database, { files: [] });
    seconds.push((performance.now() - began) / 1000);
    const { user, system } = process.cpuUsage(own);
    microseconds.push(Math.max(user + system, await backends.stop()));
    held &&= bad === null && count === sizes.verified;
  }
  const referenceValue = bareChain(sizes.verified);
  const rowOf = (name: string, value: number): Row => ({
    issue: 3,
    name,
    value,
    unit: 'entries/s',
    reference: 'a bare SHA-256 chain of 300 bytes each',
    referenceValue,
    ratio: value / referenceValue,
    goal: 'at least 100,000 entries/s',
    ok: held && value >= 100_000,
  });
  return [
    rowOf(
      `Verifying the audit trail, by the clock (${loadNow()})`,
      sizes.verified / median(seconds),
    ),
    rowOf(
      'Verifying it, by the CPU of the busier of its two processes',
      sizes.verified / (median(microseconds) / 1e6),
    ),
  ];
}

function bareChain(links: number): number {
  const bytes = Buffer.alloc(300, 7);
  const began = performance.now();
  for (let count = 0; count < links; count += 1) {
    hash('sha256', bytes, 'buffer').copy(bytes);
  }
  return links / ((performance.now() - began) / 1000);
}

async function reading(): Promise<Row[]> {
  await using few = await aDatabase();
  await using many = await aDatabase();
  await fill(few, sizes.few, false);
  await fill(many, sizes.many, false);
  const asked = [
    { name: 'newest', filter: {}, page: { limit: 51 } },
    { name: 'of one ticket', filter: { ticketId: 77 }, page: { limit: 51 } },
    { name: 'far back', filter: {}, page: { limit: 51, offset: sizes.few / 2 } },
  ] as const;
  const rows: Row[] = [];
  for (const { name, filter, page } of asked) {
    const read = (db: Db) => listRecords(db, theHub, filter, page);
    const referenceValue = await timed(() => read(few.db));
    const value = await timed(() => read(many.db));
    const ratio = value / referenceValue;
    const samePlan = (await planOf(few, filter)) === (await planOf(many, filter));
    rows.push({
      issue: 3,
      name: `A page of 50 audit entries, ${name}, of ${sizes.many} (${samePlan ? 'same plan' : 'another plan'})`,
      value,
      unit: 'ms',
      reference: `of ${sizes.few}`,
      referenceValue,
      ratio,
      goal: 'same plan, at most 2 times as long',
      ok: samePlan && ratio <= 2,
    });
  }
  return rows;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < pages; count += 1) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
  }
  return median(times);
}

/** The kinds of its steps, without figures. */
async function planOf(database: TestDatabase, filter: { readonly ticketId?: number }) {
  const where =
    filter.ticketId === undefined
      ? `link.seq < (select coalesce(max(seq), 0) + 1 from audit_chain) - 0 order by link.seq desc`
      : `entry.ticket_id = ${filter.ticketId} order by entry.id desc`;
  const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(
    `explain (costs off) select * from audit_chain as link
      join audit_entries as entry on entry.id = link.entry_id
      left join audit_texts as texts on texts.entry_id = link.entry_id where ${where} limit 51`,
  );
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

/** By the million; numbered and hashed truly only where it is verified. */
async function fill(database: TestDatabase, entries: number, isChained: boolean): Promise<void> {
  const owner = new pg.Client({ connectionString: database.ownerConnectionString.reveal() });
  await owner.connect();
  await owner.query(`set session_replication_role = ${isChained ? 'origin' : 'replica'}`);
  const step = 250_000;
  for (let from = 1; from <= entries; from += step) {
    const to = Math.min(entries, from + step - 1);
    await owner.query(
      `with made as (
        select n, (lpad(to_hex(1780000000000 + n), 12, '0') || '7' || substr(md5(n::text), 1, 3)
          || '8' || substr(md5(n::text), 4, 15))::uuid as id,
          sha256(int8send(n)) as salt
        from generate_series(${from}::int8, ${to}) as n
      ), told as (
        insert into audit_texts (entry_id, before, after, because, subject_name, salt)
        select id, 'from ' || n, 'to ' || n, null, 'Ines Marlow', salt from made
      ), linked as (
        insert into audit_chain (seq, format, entry_id, previous, hash)
        select n, 1, id, salt, salt from made where ${!isChained}
      )
      insert into audit_entries (id, at, actor_kind, actor_id, actor_name, address, action, subject_kind,
        subject_id, field, outcome, ticket_id, agent_id, client_id, text_digest)
      select id, to_timestamp(1780000000 + n / 1000.0), 'agent', '4', 'Rosa Hale', '192.0.2.7',
        'ticket.updated', 'ticket', (n % 500)::text, 'summary', 'done', n % 500, 4, n % 40,
        sha256(audit_text_bytes(row(id, 'from ' || n, 'to ' || n, null, 'Ines Marlow', salt)::audit_texts))
      from made`,
    );
  }
  await owner.query('vacuum analyze audit_entries, audit_texts, audit_chain');
  await owner.end();
}

async function beingTamperedWith(): Promise<Row> {
  await using stage = await aTamperStage();
  let found = 0;
  for (const tamper of fc.sample(anyTamper, tampers)) {
    const { verdict, expected } = await stage.attempt(tamper);
    if (verdict.bad?.seq === expected) found += 1;
  }
  return {
    issue: 3,
    name: 'Random tampers with the audit trail, found with the right number',
    value: found,
    unit: 'tampers',
    reference: 'made',
    referenceValue: tampers,
    ratio: found / tampers,
    goal: 'all of them',
    ok: found === tampers,
  };
}
