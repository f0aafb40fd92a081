// Syncs that are interrupted again and again: a process killed (SIGKILL), or the wire to the directory cut. Two
// workers share one database; whoever is killed is started again; and what it all came to is counted.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Hub } from '#hub.ts';
import { aDirectorySync, beginSync, endOfSync, lookAtSync } from '#test/servers/directory-sync.ts';
import { aGeneratedLdap } from '#test/servers/generated-ldap.ts';
import { aHub, type RunningHub, spawnHub } from '#test/servers/hub.ts';
import { personAt } from '#test/servers/many-people.ts';
import { aProxy } from '#test/servers/proxy.ts';
import { joinHub } from '#test/servers/starters.ts';

export type Interruptions = {
  readonly people: number;
  readonly kills: number;
  readonly cuts: number;
  /** From 0 to 1; seeded, so that a bad day can be had again. */
  readonly random: () => number;
};

export type Interrupted = {
  /** Workers that ended by SIGKILL. */
  readonly kills: number;
  /** Connections to the directory that were open and were cut. */
  readonly severed: number;
  /** Of kills and cuts, how many came while a run was under way. */
  readonly underWay: number;
  /** Of the people, how many were changed and how many taken away between the syncs. */
  readonly changed: number;
  readonly left: number;
  readonly runs: number;
  /** Users of the desk that are not, word for word, what the directory says; missing and doubled ones too. */
  readonly wrongUsers: number;
  readonly wronglyInactive: number;
  readonly wronglyActive: number;
  /** Known to the sync otherwise than as one record each. */
  readonly wrongLinks: number;
  /** Changes of plans that were applied without an end, or told of twice. */
  readonly openOutcomes: number;
  readonly doubledEntries: number;
  readonly createdEntries: number;
  /** What a sync finds that nobody interrupts. */
  readonly stillToChange: number;
  readonly seconds: number;
};

const leaversShare = 0.01;
const betweenMs = 1_500;
const limitMs = 240_000;

export async function interruptedSync(
  dataFolder: string,
  { people, kills, cuts, random }: Interruptions,
): Promise<Interrupted> {
  await using directory = await aGeneratedLdap(people);
  await using wire = await aProxy(directory.host, directory.ports.ldaps);
  await using web = await aHub({ lab: true, role: 'web', dataFolder });
  await using hub = await joinHub(web);
  await using workers = twoWorkers(web);
  const server = { ...directory, ports: { ldaps: wire.port } };
  const syncId = await aDirectorySync(hub, server, { name: 'Interrupted' });
  const started = performance.now();
  const changed = new Map<number, number>();
  const gone = new Set<number>();
  let runId = await beginSync(hub, syncId, true);
  let runs = 1;
  let underWay = 0;
  let killed = 0;
  const wanted = [
    ...Array<'kill' | 'cut'>(kills).fill('kill'),
    ...Array<'kill' | 'cut'>(cuts).fill('cut'),
  ];
  const order = wanted.map((what) => ({ what, at: random() })).toSorted((a, b) => a.at - b.at);
  for (const [at, { what }] of order.entries()) {
    // Half of them meet the first sync, the others those that follow, where people change and leave.
    const second = at >= order.length / 2;
    if (second && changed.size === 0) await done();
    if ((await lookAtSync(hub, runId)).finished_at !== null) {
      if (second) await changeSome();
      runId = await beginSync(hub, syncId, random() < 0.7 || !second);
      runs += 1;
    }
    await sleep(random() * betweenMs);
    if ((await lookAtSync(hub, runId)).finished_at === null) underWay += 1;
    // Where nothing is read just now, the next question is cut off.
    if (what === 'cut' && wire.cut() === 0) wire.cutAtNextRequest();
    if (what === 'kill' && (await workers.kill(random() < 0.5 ? 0 : 1)) === 'SIGKILL') killed += 1;
  }
  const severed = wire.severed();
  wire.cut();
  await done();
  // What was changed for a sync that told only changes, and could not: a whole one sees it.
  const { planned } = await wholeTwice(hub, syncId);
  const seconds = (performance.now() - started) / 1_000;
  const damage = await damageOf(hub, syncId, { people, changed, gone });
  return {
    ...{ kills: killed, severed, underWay, runs, changed: changed.size, left: gone.size },
    ...{ ...damage, stillToChange: planned, seconds },
  };

  async function done(): Promise<void> {
    const { state } = await endOfSync(hub, runId, { limitMs });
    if (state !== 'done') await whole(hub, syncId);
  }

  async function changeSome(): Promise<void> {
    const numbers = Array.from({ length: Math.ceil(people / 20) }, () =>
      Math.floor(random() * people),
    );
    const some = [...new Set(numbers)].filter((number) => !gone.has(number));
    await directory.change(some);
    for (const number of some) changed.set(number, (changed.get(number) ?? 0) + 1);
    if (gone.size > 0) return;
    const leaving = Array.from(
      { length: Math.floor(people * leaversShare) },
      (_, at) => at * 7 + 3,
    );
    await directory.remove(leaving);
    for (const number of leaving) gone.add(number);
  }
}

async function wholeTwice(hub: Hub, syncId: number) {
  await whole(hub, syncId);
  return await whole(hub, syncId);
}

/** One that nobody interrupts must come to its end. */
async function whole(hub: Hub, syncId: number) {
  const run = await endOfSync(hub, await beginSync(hub, syncId, true), { limitMs });
  if (run.state !== 'done') throw new Error(`A sync is ${run.state}: ${run.sentence}`);
  return run;
}

function twoWorkers({ dataFolder }: RunningHub) {
  const start = () => spawnHub({ lab: true, role: 'worker', dataFolder });
  const workers = [start(), start()];
  const end = async (child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM') => {
    const ended = once(child, 'exit');
    if (child.kill(signal)) await ended;
    return child.signalCode;
  };
  return {
    /** What ended it. */
    async kill(which: 0 | 1): Promise<NodeJS.Signals | null> {
      const worker = workers[which];
      if (worker === undefined || worker.child.exitCode !== null) {
        throw new Error(`A worker ended by itself:\n${worker?.printed()}`);
      }
      const by = await end(worker.child, 'SIGKILL');
      workers[which] = start();
      return by;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map(({ child }) => end(child, 'SIGTERM')));
    },
  };
}

async function damageOf(
  hub: Hub,
  syncId: number,
  { people, changed, gone }: { people: number; changed: Map<number, number>; gone: Set<number> },
) {
  const users = await hub.db
    .selectFrom('desk_users')
    .select(['id', 'name', 'email', 'login', 'title', 'department', 'phone', 'mobile', 'inactive'])
    .where('login', 'like', 'p0%')
    .execute();
  const known = await hub.db
    .selectFrom('sync_people')
    .select(['entry_id', 'state', 'desk_id'])
    .where('sync_id', '=', syncId)
    .execute();
  const byLogin = Map.groupBy(users, ({ login }) => login);
  const byEntry = new Map(known.map((one) => [one.entry_id, one]));
  const count = { wrongUsers: 0, wronglyInactive: 0, wronglyActive: 0, wrongLinks: 0 };
  for (let number = 0; number < people; number += 1) {
    const person = personAt(number, changed.get(number));
    const value = new Map(person.attributes.map(([name, [first]]) => [name, first]));
    const [user, ...more] = byLogin.get(value.get('uid') ?? '') ?? [];
    const fields = [
      user?.name,
      user?.email,
      user?.title,
      user?.department,
      user?.phone,
      user?.mobile,
    ];
    const says = ['cn', 'mail', 'title', 'departmentNumber', 'telephoneNumber', 'mobile'];
    const same = says.every((name, at) => value.get(name) === fields[at]);
    // Somebody who left keeps what was last known.
    if (user === undefined || more.length > 0 || !(same || gone.has(number))) count.wrongUsers += 1;
    if (user?.inactive === true && !gone.has(number)) count.wronglyInactive += 1;
    if (user?.inactive === false && gone.has(number)) count.wronglyActive += 1;
    const link = byEntry.get(person.id);
    const state = gone.has(number) ? 'gone' : 'linked';
    if (link?.state !== state || link.desk_id !== user?.id) count.wrongLinks += 1;
  }
  const numberOf = async (query: ReturnType<typeof sql<{ count: number }>>) =>
    Number((await query.execute(hub.db)).rows[0]?.count ?? Number.NaN);
  return {
    ...count,
    wrongUsers: count.wrongUsers + Math.max(0, users.length - people),
    openOutcomes: await numberOf(sql`
      select count(*) as count from outcomes o join runs r on r.id = o.run_id
      join plans p on p.id = r.plan_id where p.sync_id = ${syncId} and o.settled_at is null`),
    createdEntries: await numberOf(sql`
      select count(*) as count from audit_entries where action = 'user.created' and run_id is not null`),
    doubledEntries: await numberOf(sql`
      select count(*) as count from (
        select 1 from audit_entries where subject_kind = 'user' and run_id is not null
        group by run_id, action, subject_id, field having count(*) > 1) as doubled`),
  };
}
