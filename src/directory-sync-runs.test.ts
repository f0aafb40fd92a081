// The specification of a sync's runs under /v1: started, watched, cancelled, disputed and explained.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { PluginTransformQueryArgs, PluginTransformResultArgs } from 'kysely';
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { directorySyncRunRoutes } from '#features/directories/run-routes.ts';
import {
  DisputesWire,
  DisputeWire,
  DriftWire,
  PeopleWire,
  RunsWire,
  RunWire,
  TraceWire,
} from '#features/directories/run-wire.ts';
import { aFront, anActor, type Front } from '#test/servers/front.ts';
import { aSyncStage, type SyncStage } from '#test/sync/stage.ts';

const maya = '6d617961-0000-4000-8000-000000000001';
const place = { id: 1, target: 'user', dn: 'OU=People,DC=larkfield,DC=test' };

describe('A run of a directory sync', () => {
  let stage: SyncStage;
  let front: Front;
  before(async () => {
    stage = await aSyncStage({
      open: () => Promise.reject(new Error('nothing is read here')),
      settings: { places: [place] },
    });
    const callers: Readonly<Record<string, Actor>> = {
      admin: anActor('admin', ['admin']),
      reader: anActor('reader', ['directory-syncs:read']),
      editor: anActor('editor', ['directory-syncs:read', 'directory-syncs:edit']),
      guest: anActor('guest', ['all:standard']),
      'client-9': anActor('client-9', ['directory-syncs:read', 'directory-syncs:edit'], 9),
    };
    front = await aFront(directorySyncRunRoutes(stage.ports), callers);
  });
  after(async () => {
    await front[Symbol.asyncDispose]();
    await stage[Symbol.asyncDispose]();
  });
  const ask = (method: string, path: string, body?: unknown, as = 'admin') =>
    front.ask(as, method, `/v1/directory-syncs/${stage.syncId}${path}`, body);

  it('is started once at a time, watched to its end and cancelled', async () => {
    const started = await ask('POST', '/sync', { whole: true });
    assert.equal(started.status, 202, started.text);
    const { runId } = z.object({ runId: z.uuid() }).parse(started.body);
    const again = await ask('POST', '/sync', {});
    const one = RunWire.parse((await ask('GET', `/runs/${runId.toUpperCase()}`)).body);
    const cancelled = RunWire.parse((await ask('POST', `/runs/${runId}/cancel`)).body);
    const listed = RunsWire.parse((await ask('GET', '/runs')).body);
    const events = await ask('GET', `/runs/${runId}/events`);

    assert.equal(again.status, 409, again.text);
    assert.deepEqual([one.state, one.asked, one.startedBy], ['queued', 'whole', 'admin']);
    assert.equal(cancelled.state, 'cancelled');
    assert.equal(listed.items[0]?.id, runId);
    assert.match(events.text, /event: end/);
    assert.deepEqual(DriftWire.parse((await ask('GET', `/runs/${runId}/drift`)).body).items, []);
    assert.equal((await ask('POST', `/runs/${runId}/cancel`)).status, 409);
  });

  it('is found by what it was for and how it stands, however many came after it', async () => {
    const report = randomUUID();
    await stage.database.pool.query(
      `insert into sync_runs (id, sync_id, purpose, asked, state, started_by_kind,
         started_by_id, started_by, created_at, finished_at)
       values ($1, $2, 'drift', 'whole', 'done', 'agent', '1', 'Rosa', now(), now()),
         (gen_random_uuid(), $2, 'drift', 'whole', 'failed', 'agent', '1', 'Rosa', now(), now()),
         (gen_random_uuid(), $2, 'sync', 'whole', 'done', 'agent', '1', 'Rosa', now(), now())`,
      [report, stage.syncId],
    );

    const found = await ask('GET', '/runs?purpose=drift&state=done&limit=1');
    const unknown = await ask('GET', '/runs?state=lost');

    assert.deepEqual(
      RunsWire.parse(found.body).items.map(({ id }) => id),
      [report],
    );
    assert.equal(unknown.status, 400, unknown.text);
  });

  it('is looked at rarely while its plan is applied', { timeout: 60_000 }, async () => {
    const runId = randomUUID();
    const state = (to: string, finished: string) =>
      stage.database.pool.query(
        `insert into sync_runs (id, sync_id, purpose, asked, state, started_by_kind,
           started_by_id, started_by, created_at)
         values ($1, $2, 'sync', 'whole', '${to}', 'agent', '1', 'Rosa', now())
         on conflict (id) do update set state = '${to}', finished_at = ${finished}`,
        [runId, stage.syncId],
      );
    await state('applying', 'null');
    const looks = new Set<unknown>();
    const lookedAtMs: number[] = [];
    const paused = Promise.withResolvers<void>();
    const timing = {
      transformQuery({ node, queryId }: PluginTransformQueryArgs) {
        if (JSON.stringify(node).includes('"sync_runs"')) looks.add(queryId);
        return node;
      },
      async transformResult({ result, queryId }: PluginTransformResultArgs) {
        if (looks.has(queryId)) lookedAtMs.push(performance.now());
        // Once before it begins to tell, and once to begin with.
        if (lookedAtMs.length === 2) paused.resolve();
        return result;
      },
    };
    const ports = { ...stage.ports, db: stage.ports.db.withPlugin(timing) };
    await using watched = await aFront(directorySyncRunRoutes(ports), {
      admin: anActor('admin', ['admin']),
    });

    const path = `/v1/directory-syncs/${stage.syncId}/runs/${runId}/events`;
    const events = watched.ask('admin', 'GET', path);
    await paused.promise;
    await state('done', 'now()');

    assert.match((await events).text, /event: state[\s\S]*event: end/);
    const [, ...told] = lookedAtMs;
    const pausesMs = told.slice(1).map((at, before) => at - (told[before] ?? 0));
    assert.ok(pausesMs.length > 0 && pausesMs.every((ms) => ms > 1_900), `${pausesMs}`);
  });

  it('leaves disputes that somebody decides, and says why', async () => {
    await stage.database.pool.query(
      `insert into sync_disputes (id, sync_id, target, entry_id, name, dn, code, sentence, found_at)
       values ('aaaaaaaa-0000-4000-8000-000000000001', $1, 'user', $2, 'Maya Lindqvist', 'CN=Maya', 'sync.taken', 'It is taken.', now())`,
      [stage.syncId, maya],
    );
    const [open] = DisputesWire.parse((await ask('GET', '/disputes')).body).items;
    const nobody = await ask('POST', `/disputes/${open?.id}`, { decision: 'link', deskId: 999 });
    const decided = DisputeWire.parse(
      (await ask('POST', `/disputes/${open?.id}`, { decision: 'leave-out' })).body,
    );
    const left = DisputesWire.parse((await ask('GET', '/disputes')).body).items;
    const people = PeopleWire.parse((await ask('GET', '/people?text=maya')).body);
    const trace = TraceWire.parse((await ask('GET', `/people/user/${maya}`)).body);

    assert.ok(nobody.status >= 400 && nobody.status < 500, nobody.text);
    assert.deepEqual([decided.decision, decided.decidedBy], ['leave-out', 'admin']);
    assert.deepEqual(left, []);
    assert.equal(people.items[0]?.entryId, maya);
    assert.equal(trace.dispute?.decision, 'leave-out');
  });

  it('leaves disputes over agents to administrators', async () => {
    const id = 'aaaaaaaa-0000-4000-8000-000000000002';
    await stage.database.pool.query(
      `insert into sync_disputes (id, sync_id, target, entry_id, name, dn, code, sentence, found_at)
       values ($1, $2, 'agent', $3, 'Maya Lindqvist', 'CN=Maya', 'sync.taken', 'It is taken.', now())`,
      [id, stage.syncId, maya],
    );
    const create = { decision: 'create' };

    const refused = await ask('POST', `/disputes/${id}`, create, 'editor');
    const decided = await ask('POST', `/disputes/${id}`, create);

    assert.deepEqual([refused.status, decided.status], [403, 200]);
  });

  it('is refused in sentences where input or rights do not fit', async () => {
    const nowhere = '00000000-0000-4000-8000-000000000000';
    const statusOf = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).status;

    assert.equal(await statusOf('POST', '/sync', { whole: 'yes' }), 400);
    assert.equal(await statusOf('POST', '/sync', { purpose: 'drop' }), 400);
    for (const override of [
      { guards: ['last-administrator'], reason: 'It is right.' },
      { guards: ['source-size'], reason: ' ' },
      { guards: [], reason: 'It is right.' },
      { guards: ['source-size'] },
    ]) {
      assert.equal(await statusOf('POST', '/sync', { override }), 400, JSON.stringify(override));
    }
    assert.equal(await statusOf('GET', '/runs/x'), 404);
    assert.equal(await statusOf('GET', `/runs/${nowhere}`), 404);
    const other = `/v1/directory-syncs/${stage.syncId + 1}/disputes`;
    assert.equal((await front.ask('admin', 'GET', other)).status, 404);
    assert.equal(await statusOf('POST', `/disputes/${nowhere}`, { decision: 'create' }), 404);
    assert.equal(await statusOf('GET', `/people/user/${nowhere}`), 404);
    assert.equal(await statusOf('GET', '/people?text='), 400);
    assert.equal(await statusOf('POST', '/sync', {}, 'reader'), 403);
    assert.equal(await statusOf('GET', '/runs', undefined, 'guest'), 403);
    assert.equal(await statusOf('POST', '/sync', {}, 'client-9'), 404);
  });
});
