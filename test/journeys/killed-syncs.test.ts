// Workers that are killed in the middle of a sync's run: a set is there whole with its outcomes, or not at all.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { ended, outcomesOf, rosa } from '#test/automation/stage.ts';
import {
  aCreation,
  aManager,
  aPerson,
  aSyncPlan,
  aSyncStage,
  keyOf,
  newPeople,
  type SyncStage,
  written,
} from '#test/automation/sync-stage.ts';
import { killed } from './kills.ts';

const people = 2_000;
const kills = 3;

describe('A run of a sync whose workers are killed again and again', () => {
  it('has every outcome once, and writes nobody twice', async () => {
    await using stage = await aSyncStage();
    const { id } = await aSyncPlan(stage, [
      ...Array.from({ length: people }, (_, at) => aPerson(at, [aCreation(at)])),
      ...Array.from({ length: people }, (_, at) =>
        aPerson(at, [aManager(at, { needs: [`${keyOf(at)}:create`] })]),
      ),
    ]);
    const { runId } = await stage.plans.start(id, rosa);

    const met: number[] = [];
    for (let kill = 0; kill < kills; kill += 1) met.push(await killedInASet(stage, kill));
    const { worker } = await aWorker(stage, people, 'kept');
    await ended(stage, runId);
    await killed(worker);

    assert.deepEqual(met, [0, 1_000, 1_000]);
    const outcomes = await outcomesOf(stage, runId);
    assert.equal(outcomes.length, 2 * people);
    assert.ok(outcomes.every(({ result }) => result === 'done'));
    assert.equal(await written(stage), 2 * people);
    const { rows } = await sql<{ twice: number; entries: number }>`select
      (select count(*) from (select change_id from test_people group by 1 having count(*) > 1) as t) as twice,
      (select count(*) from audit_entries where run_id = ${runId} and action like 'user.%') as entries`.execute(
      stage.ports.db,
    );
    assert.deepEqual(rows, [{ twice: 0, entries: 2 * people }]);
  });

  it('is ended by whoever takes up a set that was kept, without writing it again', async () => {
    await using stage = await aSyncStage();
    const { id } = await aSyncPlan(stage, newPeople(50));
    const { runId } = await stage.plans.start(id, rosa);

    const { worker, hangs } = await aWorker(stage, 0, 'kept');
    await hangs;
    await killed(worker);
    assert.equal(await written(stage), 50);
    const { worker: last } = await aWorker(stage, people, 'kept');
    await ended(stage, runId);
    await killed(last);

    assert.equal(await written(stage), 50);
  });
});

/** Kills by turns while a set is written and not yet settled, and when it is kept and its job does not know. */
async function killedInASet(stage: SyncStage, kill: number): Promise<number> {
  const { worker, hangs } = await aWorker(stage, 0, kill % 2 === 0 ? 'written' : 'kept');
  await hangs;
  const before = await written(stage);
  await killed(worker);
  assert.equal(await written(stage), before);
  return before;
}

async function aWorker(stage: SyncStage, passes: number, hangsWhere: 'written' | 'kept') {
  const connectionString = stage.database.connectionString.reveal();
  const given = { connectionString, concurrency: 1, passes, hangs: hangsWhere };
  const script = join(import.meta.dirname, '..', 'processes', 'sync-worker.ts');
  const worker = fork(script, [JSON.stringify(given)], { silent: true });
  const said: string[] = [];
  for (const stream of [worker.stdout, worker.stderr]) {
    stream?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  }
  const told = (what: 'ready' | 'hangs') =>
    new Promise<void>((resolve) => {
      worker.on('message', (message: object) => {
        if (what in message) resolve();
      });
    });
  const hangs = told('hangs');
  const early = once(worker, 'exit').then(() => {
    throw new Error(`the worker ended before it was ready: ${said.slice(-5).join('')}`);
  });
  await Promise.race([told('ready'), hangs, early]);
  early.catch(() => {});
  return { worker, hangs };
}
