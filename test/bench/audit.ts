// The audit trail's cost: of a write and of verifying it; and a thousand tampers.
import { hash } from 'node:crypto';
import pg from 'pg';
import { theHub } from '#domain/actor.ts';
import { startSequencer } from '#features/audit/sequencer.ts';
import { verifyDatabase } from '#features/audit/verify.ts';
import { saveRecords } from '#features/desk/resource/save.ts';
import { sites } from '#features/desk/sites/sites.ts';
import { silentLog } from '#lib/log.ts';
import { chainAll } from '#store/audit-chain.ts';
import { type Db, openDb } from '#store/db.ts';
import { aDeskServer, type DeskServer } from '#test/desk/desk-server.ts';
import { anyTamper, aTamperStage } from '#test/faults/audit-tampers.ts';
import fc from '#test/property.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { backendCpu, loadNow } from './backend-cpu.ts';
import { median } from './median.ts';
import type { Bench, Row } from './row.ts';

const entriesVerified = 300_000;
const tampers = 1_000;
/** Short turns, many of them: what slows one of a pair slows the other. */
const writes = { pairs: 60, each: 40, warmUp: 400 } as const;
const verifications = 3;

export const auditTrail: Bench = {
  name: 'audit',
  run: async () => [await appending(), ...(await verifying()), await beingTamperedWith()],
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
  await writeMany(desk, database.db, writes.warmUp);
  await writeMany(desk, without, writes.warmUp);
  const pairs: { readonly own: number; readonly other: number }[] = [];
  for (let pair = 0; pair < writes.pairs; pair += 1) {
    // By turns also in who goes first.
    const first = await writeMany(desk, pair % 2 === 0 ? database.db : without, writes.each);
    const second = await writeMany(desk, pair % 2 === 0 ? without : database.db, writes.each);
    pairs.push(pair % 2 === 0 ? { own: first, other: second } : { own: second, other: first });
  }
  const value = median(pairs.map(({ own }) => own)) / writes.each;
  const referenceValue = median(pairs.map(({ other }) => other)) / writes.each;
  const ratio = median(pairs.map(({ own, other }) => own / other));
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

async function writeMany(
  { larkfield, sealing }: DeskServer,
  db: Db,
  times: number,
): Promise<number> {
  const began = performance.now();
  for (let count = 0; count < times; count += 1) {
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
          query: (asked: string | pg.QueryConfig, values: unknown[]) =>
            (typeof asked === 'string' ? asked : asked.text).includes('insert into audit_entries')
              ? Promise.resolve({ command: 'INSERT', rowCount: 0, rows: [] })
              : client.query(asked, values),
          release: () => client.release(),
        };
      };
    },
  });
  return openDb(quiet);
}

async function verifying(): Promise<Row[]> {
  await using database = await aDatabase();
  await fill(database, entriesVerified);
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
    held &&= bad === null && count === entriesVerified;
  }
  const referenceValue = bareChain(entriesVerified);
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
      entriesVerified / median(seconds),
    ),
    rowOf(
      'Verifying it, by the CPU of the busier of its two processes',
      entriesVerified / (median(microseconds) / 1e6),
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

/** With the digests and triggers of true ones; chained by the hub afterwards. */
async function fill(database: TestDatabase, entries: number): Promise<void> {
  const owner = new pg.Client({ connectionString: database.ownerConnectionString.reveal() });
  await owner.connect();
  await owner.query(
    `with made as (
      select n, (lpad(to_hex(1780000000000 + n), 12, '0') || '7' || substr(md5(n::text), 1, 3)
        || '8' || substr(md5(n::text), 4, 15))::uuid as id,
        sha256(int8send(n)) as salt
      from generate_series(1::int8, ${entries}) as n
    ), told as (
      insert into audit_texts (entry_id, before, after, because, subject_name, salt)
      select id, 'from ' || n, 'to ' || n, null, 'Ines Marlow', salt from made
    )
    insert into audit_entries (id, at, actor_kind, actor_id, actor_name, address, action, subject_kind,
      subject_id, field, outcome, ticket_id, agent_id, client_id, text_digest)
    select id, to_timestamp(1780000000 + n / 1000.0), 'agent', '4', 'Rosa Hale', '192.0.2.7',
      'ticket.updated', 'ticket', (n % 500)::text, 'summary', 'done', n % 500, 4, n % 40,
      sha256(audit_text_bytes(row(id, 'from ' || n, 'to ' || n, null, 'Ines Marlow', salt)::audit_texts))
    from made`,
  );
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
