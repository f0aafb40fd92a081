// A page of GET /api/Audit out of five million entries, beside the same page out of fifty thousand: the same
// steps in the database, and about the same time.
import type pg from 'pg';
import { theHub } from '#domain/actor.ts';
import { type AuditFilter, type AuditPage, listRecords } from '#features/audit/queries.ts';
import { type Db, openDb } from '#store/db.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { fillTrail, timeOf } from './audit-fill.ts';
import { loadNow } from './backend-cpu.ts';
import { median } from './median.ts';
import type { Bench, Row } from './row.ts';

const sizes = { few: 50_000, many: 5_000_000 } as const;
const pages = 60;
const ratioMax = 2;

/** A day that both trails hold; the same number of entries in each. */
const aDay = { from: timeOf(20_000), until: timeOf(28_640) };

const asked: readonly { name: string; filter: AuditFilter; page?: Partial<AuditPage> }[] = [
  { name: 'the newest', filter: {} },
  { name: 'far back', filter: {}, page: { offset: sizes.few / 2 } },
  { name: 'of an agent', filter: { agentId: 4 } },
  { name: 'of a ticket', filter: { ticketId: 77 } },
  { name: 'of a client', filter: { clientId: 7 } },
  { name: 'of a table', filter: { kind: 'ticket' } },
  { name: 'of a record', filter: { kind: 'ticket', recordId: '77' } },
  { name: 'of a record nobody touched', filter: { kind: 'ticket', recordId: '9999' } },
  { name: 'of a day', filter: aDay },
  { name: 'with a common word', filter: { search: 'Marlow' } },
  { name: 'with a rare word, of a day', filter: { ...aDay, search: 'from 2500' } },
];

export const auditPages: Bench = {
  name: 'audit-pages',
  async run() {
    await using few = await aDatabase();
    await using many = await aDatabase();
    await fillTrail(few, sizes.few);
    const began = performance.now();
    await fillTrail(many, sizes.many);
    const seconds = Math.round((performance.now() - began) / 1000);
    console.log(`  ${sizes.many} entries, not chained, in ${seconds} s (${loadNow()})`);
    const rows: Row[] = [];
    for (const { name, filter, page } of asked) {
      rows.push(await rowOf(name, [few, many], filter, { limit: 51, ...page }));
    }
    return rows;
  },
};

async function rowOf(
  name: string,
  [few, many]: readonly [TestDatabase, TestDatabase],
  filter: AuditFilter,
  page: AuditPage,
): Promise<Row> {
  const read = (db: Db) => listRecords(db, theHub, filter, page);
  const times: { few: number[]; many: number[] } = { few: [], many: [] };
  // In turns, so that what else the machine does meets both.
  for (let count = 0; count < pages; count += 1) {
    times.few.push(await timed(() => read(few.db)));
    times.many.push(await timed(() => read(many.db)));
  }
  const [value, referenceValue] = [median(times.many), median(times.few)];
  const [plan, otherPlan] = [await planOf(many, read), await planOf(few, read)];
  const samePlan = plan === otherPlan;
  if (!samePlan) console.log(`  ${name}, of few:\n${otherPlan}\n  of many:\n${plan}`);
  const ratio = value / referenceValue;
  return {
    issue: 3,
    name: `A page of 50 audit entries, ${name}, of ${sizes.many} (${samePlan ? 'same plan' : 'ANOTHER PLAN'})`,
    value,
    unit: 'ms',
    reference: `of ${sizes.few}`,
    referenceValue,
    ratio,
    goal: `same plan, at most ${ratioMax} times as long`,
    ok: samePlan && ratio <= ratioMax,
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Of the very statement that is read with: its steps and the indexes they use, without figures. */
async function planOf({ pool }: TestDatabase, read: (db: Db) => Promise<unknown>): Promise<string> {
  const plans: string[] = [];
  await read(openDb(explaining(pool, plans)));
  return plans.join('\n');
}

/** The same pool, save that every statement is explained before it is sent. */
function explaining(pool: pg.Pool, plans: string[]): pg.Pool {
  const connect = pool.connect.bind(pool);
  return new Proxy(pool, {
    get(target, name, receiver) {
      if (name !== 'connect') return Reflect.get(target, name, receiver);
      return async () => {
        const client = await connect();
        return {
          query: async (text: string, values: unknown[]) => {
            const { rows } = await client.query<{ 'QUERY PLAN': string }>(
              `explain (costs off) ${text}`,
              values,
            );
            plans.push(...rows.map((row) => row['QUERY PLAN']));
            return client.query(text, values);
          },
          release: () => client.release(),
        };
      };
    },
  });
}
