import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { noTotals } from '#domain/totals.ts';
import { anActor, ended, outcomesOf, rosa } from '#test/automation/stage.ts';
import {
  aCreation,
  aManager,
  anUpdate,
  aPerson,
  aSyncPlan,
  aSyncStage,
  deskTable,
  keyOf,
  newPeople,
  type SyncStage,
  written,
} from '#test/automation/sync-stage.ts';
import type { SetApplier } from './ports.ts';
import { getRunRow } from './run-view.ts';

describe('A run of a sync', () => {
  it('is done by the set, each with its outcomes, its audit entries and the desk in one transaction', async () => {
    await using stage = await aSyncStage();
    const people = [...newPeople(1_500), aPerson(1_500, [anUpdate(1_500)])];

    const runId = await runOf(stage, people);

    const outcomes = await outcomesOf(stage, runId);
    assert.equal(outcomes.length, 1_501);
    assert.ok(outcomes.every(({ result }) => result === 'done'));
    assert.match(outcomes[0]?.targetId ?? '', /^user:\d+$/);
    assert.deepEqual(stage.ended, [`${runId} done`]);
    const entries = await auditOf(stage, runId);
    assert.equal(entries.filter(({ action }) => action === 'user.created').length, 1_500);
    const updated = entries.filter(({ action }) => action === 'user.updated');
    assert.deepEqual(
      updated.map(({ subject_kind, subject_id, field }) => [subject_kind, subject_id, field]),
      [
        ['user', '1500', 'phone'],
        ['user', '1500', 'title'],
      ],
    );
    const plan = await stage.database.db.selectFrom('plans').select('state').execute();
    assert.deepEqual(plan, [{ state: 'applied' }]);
  });

  it('begins with who reports to whom only when everybody is there, and not for those who are not', async () => {
    await using stage = await aSyncStage({ retryDelaysMs: [] });
    const seen: number[] = [];
    stage.applier = only(deskTable(stage.ports.db, stage.ended), {
      refuse: (id) => id === `${keyOf(1)}:create`,
      see: (step) => seen.push(step),
    });
    const people = [0, 1, 2].map((at) =>
      aPerson(at, [aCreation(at), aManager(at, { needs: [`${keyOf(at)}:create`] })]),
    );

    const runId = await runOf(stage, people);

    const outcomes = await outcomesOf(stage, runId);
    assert.deepEqual(
      outcomes.map(({ result }) => result),
      ['done', 'done', 'failed', 'skipped', 'done', 'done'],
    );
    assert.equal(outcomes[3]?.code, 'change.blocked');
    assert.deepEqual(
      seen.filter((step, at) => at === 0 || step !== seen[at - 1]),
      [0, 1],
    );
    assert.deepEqual(stage.ended, [`${runId} done`]);
    assert.match(stage.notices.at(-1)?.sentence ?? '', /^1 change failed/);
  });

  it('does nothing twice where two workers are at the same set', async () => {
    await using stage = await aSyncStage();
    const desk = deskTable(stage.ports.db, stage.ended);
    const both = Promise.withResolvers<void>();
    let arrived = 0;
    stage.applier = {
      ...desk,
      apply: async (set) => {
        arrived += 1;
        if (arrived === 2) both.resolve();
        if (arrived <= 2) await both.promise;
        await desk.apply(set);
      },
    };
    const { id } = await aSyncPlan(stage, newPeople(50));
    const { runId } = await stage.plans.start(id, rosa);
    // The same job once more, as after a worker that was taken for dead.
    await copyOfJob.execute(stage.database.db);

    await using _workers = await stage.work(2);
    await ended(stage, runId);

    assert.ok(arrived >= 2);
    assert.equal(await written(stage), 50);
    assert.equal((await auditOf(stage, runId)).filter(isCreation).length, 50);
  });

  it('writes what became of a change where the change stood, and into no index anew', async () => {
    await using stage = await aSyncStage();
    const { pool } = stage.database;
    const pages = async () => {
      const { rows } = await pool.query(
        'select position, (ctid::text::point)[0] as page, result from outcomes order by position',
      );
      return rows;
    };
    const { id } = await aSyncPlan(stage, newPeople(300));
    const { runId } = await stage.plans.start(id, rosa);
    const before = await pages();

    await using _workers = await stage.work(1);
    await ended(stage, runId);

    assert.deepEqual(
      await pages(),
      before.map((row) => ({ ...row, result: 'done' })),
    );
    const { rows } = await pool.query(
      `select indexrelid::regclass::text as index, attname from pg_index
       join pg_depend on classid = 'pg_class'::regclass and objid = indexrelid
         and refobjid = indrelid and refobjsubid > 0
       join pg_attribute on attrelid = indrelid and attnum = refobjsubid
       where indrelid = 'outcomes'::regclass
         and attname in ('result', 'because', 'code', 'target_id', 'attempts', 'settled_at', 'until')`,
    );
    assert.deepEqual(rows, []);
  });

  it('tries a refusal that may pass again, and fails with it at last', async () => {
    await using stage = await aSyncStage({ retryDelaysMs: [1, 1] });
    let tries = 0;
    stage.applier = {
      ...deskTable(stage.ports.db, stage.ended),
      apply: async () => {
        tries += 1;
        throw new DirectoryRefusal('directory.busy', 'The desk is busy.', true);
      },
    };

    const runId = await runOf(stage, newPeople(3));

    const outcomes = await outcomesOf(stage, runId);
    assert.equal(tries, 3);
    assert.deepEqual(
      outcomes.map(({ result, code, because }) => [result, code, because]),
      Array.from({ length: 3 }, () => ['failed', 'directory.busy', 'The desk is busy.']),
    );
  });

  it('fails for nobody but whose change is amiss', async () => {
    await using stage = await aSyncStage({ retryDelaysMs: [] });
    stage.applier = deskTable(stage.ports.db, stage.ended, async (changes) => {
      if (changes.some(({ personKey }) => personKey === keyOf(33))) throw new Error('amiss');
    });

    const runId = await runOf(stage, newPeople(60));

    const failed = (await outcomesOf(stage, runId)).filter(({ result }) => result !== 'done');
    assert.deepEqual(
      failed.map(({ person, code }) => [person, code]),
      [[keyOf(33), 'hub.failed']],
    );
    assert.equal(await written(stage), 59);
  });
});

describe('A run that is cancelled', () => {
  it('leaves undone what is open, and ends at once; a set under way is rolled back', async () => {
    await using stage = await aSyncStage();
    const reached = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    stage.applier = deskTable(stage.ports.db, stage.ended, async () => {
      reached.resolve();
      await go.promise;
    });
    const { id } = await aSyncPlan(stage, newPeople(2_500));
    const { runId } = await stage.plans.start(id, rosa);

    await using _workers = await stage.work(1);
    await reached.promise;
    await stage.plans.cancel(runId, 'Cancelled by Rosa Almeida', rosa);
    const run = await getRunRow(stage.ports.db, runId, rosa, stage.ports.clock());
    go.resolve();
    await stage.plans.cancel(runId, 'Cancelled again', rosa);

    assert.notEqual(run.finishedAt, null);
    assert.match(run.sentence, /^Cancelled by Rosa Almeida after .*: 2500 left undone\.$/);
    await noJobs(stage);
    assert.equal(await written(stage), 0);
    assert.deepEqual(stage.ended, [`${runId} cancelled`]);
    const outcomes = await outcomesOf(stage, runId);
    assert.ok(outcomes.every(({ because }) => because === 'Cancelled by Rosa Almeida'));
    assert.equal((await auditOf(stage, runId)).filter(isCreation).length, 0);
  });

  it('keeps what was done before', async () => {
    await using stage = await aSyncStage();
    const { id } = await aSyncPlan(stage, [
      ...newPeople(5),
      ...[5, 6].map((at) => aPerson(at, [aManager(at)])),
    ]);
    const { runId } = await stage.plans.start(id, rosa);
    const inStepOne = Promise.withResolvers<void>();
    const desk = deskTable(stage.ports.db, stage.ended);
    stage.applier = {
      ...desk,
      async apply(set) {
        if (set.changes.every(({ step }) => step === 0)) return desk.apply(set);
        inStepOne.resolve();
        await stage.plans.cancel(runId, 'Enough', rosa);
        return desk.apply(set);
      },
    };

    await using _workers = await stage.work(1);
    await inStepOne.promise;
    await ended(stage, runId);
    await noJobs(stage);

    const results = (await outcomesOf(stage, runId)).map(({ result }) => result);
    assert.deepEqual(results, [...Array.from({ length: 5 }, () => 'done'), 'skipped', 'skipped']);
    assert.equal(await written(stage), 5);
  });

  it("is not another client's to cancel", async () => {
    await using stage = await aSyncStage({ clientId: 12 });
    const { id } = await aSyncPlan(stage, newPeople(1));
    const { runId } = await stage.plans.start(id, rosa);
    const hugo = anActor('Hugo Prat', ['admin'], { clientId: 13 });

    await assert.rejects(stage.plans.cancel(runId, 'No', hugo), { code: 'record.unknown' });
  });
});

describe('The plan of a sync is not started', () => {
  it('when the settings are others by now', async () => {
    await using stage = await aSyncStage();
    const { id } = await aSyncPlan(stage, newPeople(1));
    await stage.database.db.updateTable('directory_syncs').set({ version: 2 }).execute();

    await assert.rejects(stage.plans.start(id, rosa), { code: 'plan.outdated' });
  });

  it('without the yes it needs, nor twice, nor by whom it does not concern', async () => {
    await using stage = await aSyncStage({ clientId: 12 });
    const waits = await aSyncPlan(stage, newPeople(1), { needsApproval: true });
    const { id } = await aSyncPlan(stage, newPeople(1));
    const hugo = anActor('Hugo Prat', ['admin'], { clientId: 13 });

    await assert.rejects(stage.plans.start(waits.id, rosa), { code: 'plan.unapproved' });
    await assert.rejects(stage.plans.start(id, hugo), { code: 'record.unknown' });
    await stage.plans.start(id, rosa);
    await assert.rejects(stage.plans.start(id, rosa), { code: 'plan.applied' });
  });

  it('when the runs of the last day together go beyond a limit', async () => {
    await using stage = await aSyncStage();
    const leavers = (from: number) =>
      Array.from({ length: 3 }, (_, at) =>
        aPerson(from + at, [
          anUpdate(from + at, { id: `${keyOf(from + at)}:disable`, kind: 'disable' }),
        ]),
      );
    await runOf(stage, leavers(0), 38);
    const { id } = await aSyncPlan(stage, leavers(10), { accounts: 38 });

    const past = await stage.plans.past(stage.syncId, stage.head.settingsDigest);

    assert.equal(past.lastDay.disables, 3);
    assert.equal(past.firstRun, false);
    await assert.rejects(stage.plans.start(id, rosa), {
      code: 'plan.guard-since',
      message: /^3 of 38 people deactivated and 3 more in the last 24 hours/,
    });
  });

  it('counts with them how many of the last day changed what a person is found or known by', async () => {
    await using stage = await aSyncStage();
    const [email, siteId] = [['rosa@larkfield.test'], ['2']];
    await runOf(stage, [
      ...newPeople(2),
      aPerson(10, [anUpdate(10)]),
      aPerson(11, [anUpdate(11, { before: {}, after: { email } })]),
      aPerson(12, [anUpdate(12, { before: {}, after: { email, siteId } })]),
    ]);

    const { lastDay } = await stage.plans.past(stage.syncId, stage.head.settingsDigest);

    const counted = { creations: 2, updates: 3, keyAttributes: 2, moves: 1 };
    assert.deepEqual(lastDay, { ...noTotals, ...counted });
  });
});

const isCreation = ({ action }: { readonly action: string }) => action === 'user.created';

async function runOf(
  stage: SyncStage,
  people: Parameters<typeof aSyncPlan>[1],
  accounts = 100_000,
): Promise<string> {
  const { id } = await aSyncPlan(stage, people, { accounts });
  const { runId } = await stage.plans.start(id, rosa);
  await using _workers = await stage.work();
  await ended(stage, runId);
  return runId;
}

function auditOf({ database }: SyncStage, runId: string) {
  return database.db
    .selectFrom('audit_entries')
    .select(['action', 'subject_kind', 'subject_id', 'field'])
    .where('run_id', '=', runId)
    .orderBy('id')
    .execute();
}

/** Refuses single changes as a desk does, and tells which steps came. */
function only(
  desk: SetApplier,
  given: { refuse(id: string): boolean; see(step: number): void },
): SetApplier {
  return {
    ...desk,
    apply: (set) =>
      desk.apply({
        ...set,
        settle: (tx, outcomes) => {
          for (const { step } of set.changes) given.see(step);
          const said = [...outcomes].map(([id, outcome]) => {
            if (!given.refuse(id)) return [id, outcome] as const;
            const because = 'No such site.';
            return [
              id,
              { result: 'failed', code: 'site.unknown', because, retryable: false },
            ] as const;
          });
          return set.settle(tx, new Map(said));
        },
      }),
  };
}

const copyOfJob = sql`select graphile_worker.add_job('automation.apply-set', payload)
  from graphile_worker._private_jobs`;

async function noJobs({ database }: SyncStage): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from graphile_worker._private_jobs as job
      join graphile_worker._private_tasks as task on task.id = job.task_id
      where task.identifier = 'automation.apply-set'`.execute(database.db);
    if (rows[0]?.count === 0) return;
    if (Date.now() > deadline) throw new Error('jobs of the run are left');
    await new Promise((wake) => setTimeout(wake, 25));
  }
}
