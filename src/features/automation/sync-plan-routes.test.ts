// Who may do what with a sync's plans and runs over HTTP.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import type { Permission } from '#domain/permission.ts';
import { openServer, type Server } from '#http/server.ts';
import { silentLog } from '#lib/log.ts';
import { anActor, ended, rosa } from '#test/automation/stage.ts';
import { aSyncPlan, aSyncStage, newPeople, type SyncStage } from '#test/automation/sync-stage.ts';
import { openRunEvents, type RunEvents } from './events.ts';
import { automationRoutes } from './routes.ts';
import { PlanWire } from './wire.ts';

const client = 12;

let stage: SyncStage;
let runEvents: RunEvents;
let server: Server;
let workers: AsyncDisposable;
let address: URL;

before(async () => {
  stage = await aSyncStage({ clientId: client });
  const { connectionString } = stage.database;
  Object.assign(stage.ports, {
    peopleOfSync: async () => ({
      desk: 'Service desk',
      find: async () => [],
      holdersOf: async () => new Map(),
      recordsOf: async () => new Map(),
      [Symbol.asyncDispose]: async () => {},
    }),
  });
  runEvents = await openRunEvents({ connectionString, log: silentLog });
  server = await openServer({
    routes: automationRoutes({ ...stage.ports, runEvents }),
    authenticate: async ({ headers }) => callers[String(headers.authorization)],
    publicUrl: new URL('http://127.0.0.1'),
    version: 'test',
    log: silentLog,
    ready: async () => [],
  });
  address = await server.listen({ host: '127.0.0.1', port: 0 });
  workers = await stage.work();
});

after(async () => {
  await workers[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await runEvents[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

const someone = (held: readonly Permission[], more: Partial<Actor> = {}) => ({
  actor: anActor('Hugo Prat', held, more),
});

const callers: Readonly<Record<string, { readonly actor: Actor }>> = {
  rosa: { actor: rosa },
  theirs: someone(['admin'], { clientId: client }),
  others: someone(['admin'], { clientId: 13 }),
  // Everything but what decides about plans.
  idle: someone(['automations:read', 'automations:edit']),
  reader: someone(['plans:read']),
  program: someone(['admin'], { kind: 'application' }),
  behind: someone(['admin'], { behind: { kind: 'agent', id: '1', name: 'Rosa Almeida' } }),
};

describe("A sync's plan over HTTP", () => {
  it('is for those alone who may see plans, and of their own client', async () => {
    const { id, hash } = await aSyncPlan(stage, newPeople(1), { needsApproval: true });
    const paths = [`/v1/plans/${id}`, `/v1/plans/${id}/changes`, `/v1/plans/${id}/download`];

    for (const path of paths) {
      assert.deepEqual(await answersTo('GET', path, ['', 'idle', 'others', 'theirs', 'reader']), [
        '401 sign-in.needed',
        '403 permission.lacking',
        '404 record.unknown',
        '200',
        '200',
      ]);
    }
    for (const who of ['others', 'theirs']) {
      const { text } = await ask('GET', '/v1/plans', who);
      assert.equal(text.includes(id), who === 'theirs');
    }
    assert.equal((await ask('GET', `/v1/plans/${id}`, 'reader')).text.includes(hash), true);
  });

  it('is downloaded whole, however many pages it has', async () => {
    const { id } = await aSyncPlan(stage, newPeople(2_100));

    const shown = PlanWire.parse(JSON.parse((await ask('GET', `/v1/plans/${id}`, 'rosa')).text));
    const { text } = await ask('GET', `/v1/plans/${id}/download`, 'rosa');
    const { changes, people, next, ...head } = PlanWire.parse(JSON.parse(text));

    const { changes: first, people: some, next: onward, ...shownHead } = shown;
    assert.deepEqual(head, shownHead);
    assert.deepEqual([first.length, some.length, onward], [2_000, 2_000, '1999']);
    assert.deepEqual([changes.length, people.length, next], [2_100, 2_100, null]);
    assert.equal(new Set(changes.map((change) => change.id)).size, 2_100);
    assert.equal(new Set(people.map((person) => person.key)).size, 2_100);
  });

  it('is decided by a person alone, of that client, who is nobody else', async () => {
    const { id, hash } = await aSyncPlan(stage, newPeople(1), { needsApproval: true });
    const approve = { hash, comment: 'Read it.' };

    for (const [verb, body] of [
      ['approve', approve],
      ['reject', { comment: 'No.' }],
    ] as const) {
      const path = `/v1/plans/${id}/${verb}`;
      const refused = ['', 'idle', 'reader', 'others', 'program', 'behind'];
      assert.deepEqual(await answersTo('POST', path, refused, body), [
        '401 sign-in.needed',
        '403 permission.lacking',
        '403 permission.lacking',
        '404 record.unknown',
        '403 approver.not-a-person',
        '403 impersonation.not-here',
      ]);
    }
    assert.deepEqual(await answersTo('POST', `/v1/plans/${id}/approve`, ['theirs'], approve), [
      '200',
    ]);
  });

  for (const other of ['approve', 'reject'] as const) {
    it(`is decided by one of two, when another ${other}s it in the same instant, and applied once at most`, async () => {
      const { id, hash } = await aSyncPlan(stage, newPeople(2), { needsApproval: true });
      const approve = { hash, comment: 'Read it.' };
      const body = other === 'approve' ? approve : { comment: 'No.' };

      const decided = await atOnce(id, [
        () => ask('POST', `/v1/plans/${id}/approve`, 'rosa', approve),
        () => ask('POST', `/v1/plans/${id}/${other}`, 'theirs', body),
      ]);
      const approvals = await stage.ports.db
        .selectFrom('approvals')
        .select(['decision', 'decided_by'])
        .where('plan_id', '=', id)
        .execute();
      const first = decided.findIndex(({ status }) => status === 200);
      const decision = first === 1 && other === 'reject' ? 'rejected' : 'approved';
      const apply = ['rosa', 'theirs'].map(
        (who) => () => ask('POST', `/v1/plans/${id}/apply`, who, {}),
      );
      const applied = await atOnce(id, apply);
      const runs = await stage.ports.db
        .selectFrom('runs')
        .select('id')
        .where('plan_id', '=', id)
        .execute();
      for (const run of runs) await ended(stage, run.id);

      assert.deepEqual(told(decided), ['200', '409 plan.decided']);
      assert.deepEqual(approvals, [
        { decision, decided_by: first === 0 ? 'Rosa Almeida' : 'Hugo Prat' },
      ]);
      const isApproved = decision === 'approved';
      assert.equal(runs.length, isApproved ? 1 : 0);
      assert.deepEqual(
        told(applied),
        isApproved ? ['202', '409 plan.applied'] : ['409 plan.rejected', '409 plan.rejected'],
      );
    });
  }

  it('is applied, watched and taken back by those who may, once each', async () => {
    const { id, hash } = await aSyncPlan(stage, newPeople(2), { needsApproval: true });
    const apply = `/v1/plans/${id}/apply`;

    assert.deepEqual(await answersTo('POST', apply, ['', 'idle', 'reader', 'others', 'rosa'], {}), [
      '401 sign-in.needed',
      '403 permission.lacking',
      '403 permission.lacking',
      '404 record.unknown',
      '409 plan.unapproved',
    ]);
    await ask('POST', `/v1/plans/${id}/approve`, 'rosa', { hash, comment: '' });
    const { json } = await ask('POST', apply, 'theirs', {});
    const runId = json.runId ?? '';
    await ended(stage, runId);

    for (const path of [`/v1/runs/${runId}`, `/v1/runs/${runId}/outcomes`]) {
      assert.deepEqual(await answersTo('GET', path, ['', 'idle', 'others', 'theirs', 'reader']), [
        '401 sign-in.needed',
        '403 permission.lacking',
        '404 record.unknown',
        '200',
        '200',
      ]);
    }
    const undo = `/v1/runs/${runId}/undo`;
    assert.deepEqual(
      await answersTo('POST', undo, ['', 'idle', 'reader', 'others', 'theirs'], {}),
      [
        '401 sign-in.needed',
        '403 permission.lacking',
        '403 permission.lacking',
        '404 record.unknown',
        '201',
      ],
    );
    for (const who of ['others', 'theirs']) {
      const { text } = await ask('GET', '/v1/runs', who);
      assert.equal(text.includes(runId), who === 'theirs');
    }
  });
});

/** All of them wait at the plan before any goes on. */
async function atOnce<T>(planId: string, asking: readonly (() => Promise<T>)[]): Promise<T[]> {
  const { pool } = stage.database;
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select from plans where id = $1 for update', [planId]);
    const answers = asking.map((one) => one());
    const waiting = `select count(*)::integer as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    for (const until = Date.now() + 30_000; ; await sleep(10)) {
      const { rows } = await pool.query<{ count: number }>(waiting);
      if ((rows[0]?.count ?? 0) >= asking.length) break;
      assert.ok(Date.now() < until, 'they did not meet');
    }
    await client.query('commit');
    return await Promise.all(answers);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

function told(answers: readonly Awaited<ReturnType<typeof ask>>[]): readonly string[] {
  return answers.map(({ status, json }) => [status, json.code ?? []].flat().join(' ')).toSorted();
}

async function answersTo(
  method: string,
  path: string,
  callersAsked: readonly string[],
  body?: unknown,
): Promise<readonly string[]> {
  const answers: string[] = [];
  for (const who of callersAsked) {
    const { status, json } = await ask(method, path, who, body);
    answers.push([status, json.code].filter((part) => part !== undefined).join(' '));
  }
  return answers;
}

const Answer = z.looseObject({ code: z.string().optional(), runId: z.string().nullish() });

async function ask(method: string, path: string, who: string, body?: unknown) {
  const response = await fetch(new URL(path, address), {
    method,
    headers: {
      ...(who === '' ? {} : { authorization: who }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, json: Answer.parse(JSON.parse(text)) };
}
