// Kill -9 the web process while a sync it started is read, and again between the yes and the apply: only its answers are missed.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { z } from 'zod';
import { RunsWire, RunWire } from '#features/directories/run-wire.ts';
import type { Hub } from '#hub.ts';
import { aDirectorySync } from '#test/servers/directory-sync.ts';
import { aGeneratedLdap } from '#test/servers/generated-ldap.ts';
import { aFolder, aHub, type RunningHub, spawnHub } from '#test/servers/hub.ts';
import { administratorOf, callerOf } from '#test/servers/hub-session.ts';
import { joinHub } from '#test/servers/starters.ts';
import { killed } from './kills.ts';

const people = 300;
const limitMs = 60_000;

const Plan = z.object({
  ...{ state: z.string(), hash: z.string() },
  guards: z.array(z.object({ name: z.string(), verdict: z.string() })),
});

describe('A sync whose web process is killed', () => {
  it('is read, waits, is applied and told of as if nobody had killed it', async () => {
    await using opening = new AsyncDisposableStack();
    const folder = aFolder();
    opening.defer(() => rmSync(folder, { recursive: true, force: true }));
    const dataFolder = join(folder, 'data');
    const directory = opening.use(await aGeneratedLdap(people));
    let web: RunningHub = await aHub({ lab: true, role: 'web', dataFolder });
    opening.defer(() => web[Symbol.asyncDispose]());
    const hub = opening.use(await joinHub(web));
    const { child: worker } = spawnHub({ lab: true, role: 'worker', dataFolder });
    opening.defer(async () => {
      const gone = once(worker, 'exit');
      if (worker.kill('SIGTERM')) await gone;
    });
    const { headers } = await administratorOf(web);
    const ask = async (method: 'get' | 'post', path: string, body?: unknown) => {
      const answer = await callerOf(web, headers)[method](path, body);
      assert.ok(answer.status < 300, answer.text);
      return answer;
    };
    const restarted = async () => {
      web = await aHub({ lab: true, role: 'web', dataFolder });
    };
    const path = `/v1/directory-syncs/${await aDirectorySync(hub, directory, { name: 'Larkfield' })}`;

    const held = await readingHeld(hub);
    opening.defer(held.letGo);
    const { body } = await ask('post', `${path}/sync`, { whole: true });
    const { runId } = z.object({ runId: z.uuid() }).parse(body);
    await held.met();
    await killed(web.process);
    await held.letGo();
    await reached(hub, runId, 'planned');
    await restarted();
    const waits = RunWire.parse((await ask('get', `${path}/runs/${runId}`)).body);
    const planPath = `/v1/plans/${waits.planId}`;
    const plan = Plan.parse((await ask('get', planPath)).body);
    const guards = plan.guards.filter(({ verdict }) => verdict === 'stop').map(({ name }) => name);
    const override = { guards, reason: 'Everybody is new here.' };
    await ask('post', `${planPath}/approve`, { hash: plan.hash, comment: 'Read it.', override });
    await killed(web.process);
    await restarted();
    const approved = Plan.parse((await ask('get', planPath)).body);
    const live = ask('get', `${path}/runs/${runId}/events`);
    await ask('post', `${planPath}/apply`, {});
    const { text: events } = await live;
    const history = RunsWire.parse((await ask('get', `${path}/runs`)).body);
    const applied = Plan.parse((await ask('get', planPath)).body);

    assert.deepEqual(
      [waits.state, waits.counts.read, waits.counts.planned],
      ['planned', people, people],
    );
    assert.deepEqual(
      [plan.state, approved.state, applied.state],
      ['waiting', 'approved', 'applied'],
    );
    assert.equal(approved.hash, plan.hash);
    assert.deepEqual(
      history.items.map(({ id, state, counts }) => [id, state, counts.read]),
      [[runId, 'done', people]],
    );
    assert.match(events, /event: state[\s\S]*event: end[\s\S]*"state":"done"/);
    assert.deepEqual(await counted(hub), {
      ...{ users: people, linked: people, seen: 0, runs: 1, approvals: 1 },
      ...{ created: people, started: 1, approved: 1, applied: 1 },
    });
  });
});

/** The worker waits as it writes down whom it read. */
async function readingHeld({ db }: Hub) {
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const done = db.transaction().execute(async (tx) => {
    await sql`lock table sync_seen in share mode`.execute(tx);
    begun.resolve();
    await go.promise;
  });
  await Promise.race([begun.promise, done]);
  return {
    met: () =>
      condition('nobody waits to write', async () => {
        const { rows } = await sql<{ count: number }>`
          select count(*) as count from pg_locks
          where not granted and relation = 'sync_seen'::regclass`.execute(db);
        return (rows[0]?.count ?? 0) > 0;
      }),
    async letGo() {
      go.resolve();
      await done;
    },
  };
}

function reached({ db }: Hub, runId: string, state: string): Promise<void> {
  return condition(`the run is not ${state}`, async () => {
    const row = await db
      .selectFrom('sync_runs')
      .select('state')
      .where('id', '=', runId)
      .executeTakeFirstOrThrow();
    return row.state === state;
  });
}

async function condition(otherwise: string, holds: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + limitMs; !(await holds()); await sleep(20)) {
    if (Date.now() > until) throw new Error(otherwise);
  }
}

async function counted({ db }: Hub) {
  const { rows } = await sql`
    select (select count(*) from desk_users where login like 'p0%')::integer as users,
      (select count(distinct desk_id) from sync_people where state = 'linked')::integer as linked,
      (select count(*) from sync_seen)::integer as seen,
      (select count(*) from runs)::integer as runs,
      (select count(*) from approvals)::integer as approvals,
      count(*) filter (where action = 'user.created' and run_id is not null)::integer as created,
      count(*) filter (where action = 'directory-sync.started')::integer as started,
      count(*) filter (where action = 'plan.approved')::integer as approved,
      count(*) filter (where action = 'run.started')::integer as applied
    from audit_entries`.execute(db);
  return rows[0];
}
