import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { newId } from '#lib/ids.ts';
import {
  anAutomationOn,
  applied,
  approvedRun,
  aStage,
  aWorld,
  ended,
  outcomesOf,
  type Stage,
} from '#test/automation/stage.ts';
import { ad, halo } from '#test/planning/larkfield.ts';

const created = (write: string) => write.startsWith('createAccount');

describe('A chunk of people', () => {
  it('is one job, and a run has as many as it needs', async () => {
    await using stage = await aStage(aWorld(people(20)));
    const automation = await anAutomationOn(stage);

    await approvedRun(stage, automation.id);

    const chunks = (await waitingJobs(stage)).map(({ payload }) => payload.personKeys);
    assert.deepEqual(
      chunks.map(({ length }) => length),
      [16, 4],
    );
    assert.deepEqual(new Set(chunks.flat()), new Set(people(20).map(({ id }) => `${id}`)));
  });

  it('goes on for the others when one of them is refused', async () => {
    const world = aWorld(people(6));
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    world.directory.fault = (write) => {
      if (!created(write) || !write.includes('M3,')) return;
      throw new DirectoryRefusal('rights.missing', 'The right to create is missing.', false);
    };

    const runId = await applied(stage, automation.id);

    assert.deepEqual(failedPeople(await outcomesOf(stage, runId)), ['3']);
    assert.equal(world.directory.accounts.size, 5);
  });

  it('keeps what became of the others when that of one cannot be stored', async () => {
    const world = aWorld(people(6));
    await using stage = await aStage(world, { retryDelaysMs: [] });
    const automation = await anAutomationOn(stage);
    // Two accounts for one person: the database refuses the second link, whoever made the first.
    const everybody = Promise.withResolvers<void>();
    let arrived = 0;
    world.directory.lost = async (write) => {
      if (!created(write)) return;
      if (write.includes('M3,')) await linkOfStranger(stage, '3');
      arrived += 1;
      if (arrived === 6) everybody.resolve();
      return everybody.promise;
    };

    const runId = await applied(stage, automation.id);

    const outcomes = await outcomesOf(stage, runId);
    assert.deepEqual(failedPeople(outcomes), ['3']);
    assert.equal(outcomes.find(({ person }) => person === '3')?.code, 'hub.failed');
    assert.equal(outcomes.filter(({ result }) => result === 'done').length, 5 * 4);
  });

  it('leaves alone whom another worker is at, and comes back for them', async () => {
    const world = aWorld(people(4));
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    const runId = await approvedRun(stage, automation.id);
    const other = await stage.database.pool.connect();
    const lock = "(hashtextextended('sundog person 2', 0))";
    await other.query(`select pg_advisory_lock${lock}`);

    await using _workers = await stage.work();
    await settledTo(stage, runId, 3 * 4);
    const open = (await outcomesOf(stage, runId)).filter(({ result }) => result === 'pending');
    const accounts = world.directory.accounts.size;
    await other.query(`select pg_advisory_unlock${lock}`);
    other.release();
    await ended(stage, runId);

    assert.deepEqual([...new Set(open.map(({ person }) => person))], ['2']);
    assert.equal(accounts, 3);
    assert.equal(world.directory.accounts.size, 4);
  });

  it('is left to the next worker, and at once, by one that is told to stop', async () => {
    const world = aWorld(people(6));
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    const runId = await approvedRun(stage, automation.id);
    const reached = Promise.withResolvers<void>();
    world.directory.fault = (write) => {
      if (!created(write)) return;
      reached.resolve();
      return new Promise((wake) => setTimeout(wake, 50));
    };

    {
      await using _stopped = await stage.work();
      await reached.promise;
    }
    const stopped = new Date();
    const [job, ...others] = await waitingJobs(stage);
    await using _workers = await stage.work();
    await ended(stage, runId);

    assert.deepEqual(others, []);
    assert.ok(job !== undefined && job.run_at <= stopped);
    assert.equal(world.directory.writes.filter(created).length, 6);
  });

  it('comes back as one for all who have to wait, and only for as long as it must', async () => {
    const world = aWorld(people(5));
    await using stage = await aStage(world, { retryDelaysMs: [3_600_000] });
    const automation = await anAutomationOn(stage);
    world.directory.fault = (write) => {
      if (!created(write) || write.includes('M1,')) return;
      throw new DirectoryRefusal('directory.busy', 'The directory is busy.', true);
    };
    const runId = await approvedRun(stage, automation.id);

    {
      await using _workers = await stage.work();
      await settledTo(stage, runId, 4, 'waiting');
      await settledTo(stage, runId, 4);
    }

    const [job, ...others] = await waitingJobs(stage);
    assert.equal(others.length, 0);
    assert.equal(job?.payload.personKeys.length, 5);
    const dueMs = Number(job?.run_at) - Date.now();
    assert.ok(dueMs > 3_500_000 && dueMs < 3_601_000, `${dueMs}`);
  });
});

function people(count: number) {
  return Array.from({ length: count }, (_, at) => ({ id: at + 1, surname: `M${at + 1}` }));
}

function failedPeople(outcomes: Awaited<ReturnType<typeof outcomesOf>>): string[] {
  const failed = outcomes.filter(({ result }) => result === 'failed' || result === 'conflict');
  return [...new Set(failed.map(({ person }) => person))];
}

type ChunkJob = { readonly run_at: Date; readonly payload: { readonly personKeys: string[] } };

async function waitingJobs({ database }: Stage): Promise<ChunkJob[]> {
  const { rows } = await sql<ChunkJob>`
    select run_at, payload from graphile_worker._private_jobs as job
    join graphile_worker._private_tasks as task on task.id = job.task_id
    where task.identifier = 'automation.apply-people' order by job.id`.execute(database.db);
  return rows;
}

async function linkOfStranger({ database }: Stage, personKey: string): Promise<void> {
  await database.db
    .insertInto('links')
    .values({
      source_connection_id: halo,
      directory_connection_id: ad,
      person_key: personKey,
      person_name: 'Somebody',
      account_id: newId(),
      origin: 'source',
      last_seen: new Date(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Waits until so many changes are settled, or have come to that result. */
async function settledTo(
  stage: Stage,
  runId: string,
  count: number,
  result?: string,
): Promise<void> {
  for (const until = Date.now() + 30_000; Date.now() < until; ) {
    const outcomes = await outcomesOf(stage, runId);
    const open = ['pending', 'waiting'];
    const reached = outcomes.filter((one) =>
      result === undefined ? !open.includes(one.result) : one.result === result,
    );
    if (reached.length >= count) return;
    await new Promise((wake) => setTimeout(wake, 25));
  }
  throw new Error(`The run did not come to ${count} outcomes.`);
}
