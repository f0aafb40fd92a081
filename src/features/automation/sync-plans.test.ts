import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { planHash } from '#domain/plan-hash.ts';
import { noTotals } from '#domain/totals.ts';
import { rosa } from '#test/automation/stage.ts';
import {
  aCreation,
  addAll,
  aManager,
  anUpdate,
  aPerson,
  aSyncPlan,
  aSyncStage,
  keyOf,
  newPeople,
  type SyncStage,
  wholeEnd,
} from '#test/automation/sync-stage.ts';
import { ChangeDocument } from './documents.ts';
import { getPlan, listPlans } from './plan-view.ts';

describe('The plan of a sync', () => {
  it('has the hash of its changes, whoever computes it', async () => {
    await using stage = await aSyncStage();
    const people = [
      ...newPeople(3),
      aPerson(3, [anUpdate(3, { because: ['A tab\there, a line\nthere, a \\ and ń'] })]),
    ];

    const plan = await aSyncPlan(stage, people);

    const row = await rowOf(stage, plan.id);
    assert.equal(plan.changeCount, 4);
    assert.equal(
      plan.hash,
      planHash({
        ...{ automationId: String(stage.syncId), automationVersion: 1 },
        ...{ changes: people.flatMap(({ changes }) => changes), guards: wholeEnd.guards },
        ...{ expiresAt: row.expires_at, sourceDigest: wholeEnd.source.digest },
      }),
    );
    assert.deepEqual([row.hash, row.state, row.change_count], [plan.hash, 'waiting', 4]);
    assert.deepEqual(
      (await changesOf(stage, plan.id)).map((change) => change),
      people.flatMap(({ changes }) => changes),
    );
  });

  it('keeps a backslash before u0000, and refuses the character NUL', async () => {
    await using stage = await aSyncStage();
    const spelt = anUpdate(1, { after: { title: ['C:\\u0000'] } });
    const written = await aSyncPlan(stage, [aPerson(1, [spelt])]);

    const nul = anUpdate(2, { after: { title: ['\\\u0000'] } });
    const refused = aSyncPlan(stage, [aPerson(2, [nul])]);

    await assert.rejects(refused, /NUL/);
    assert.deepEqual(await changesOf(stage, written.id), [spelt]);
  });

  it('is shown to nobody before it is finished, and leaves nothing when it is given up', async () => {
    await using stage = await aSyncStage();
    const { db, clock } = stage.ports;
    const writer = await stage.plans.begin(stage.head, rosa);
    await addAll(writer, newPeople(3));

    const shown = await listPlans(db, rosa, clock(), { limit: 10 });
    await writer.abandon();

    assert.deepEqual(shown.items, []);
    assert.deepEqual(await changesOf(stage, writer.id), []);
    await assert.rejects(writer.finish(wholeEnd));
  });

  it('is not shown where what is done together with that fails', async () => {
    await using stage = await aSyncStage();
    const { db, clock } = stage.ports;
    const writer = await stage.plans.begin(stage.head, rosa);
    await addAll(writer, newPeople(3));

    const finished = writer.finish(wholeEnd, () => Promise.reject(new Error('no place')));
    await assert.rejects(finished, /no place/);

    assert.deepEqual((await listPlans(db, rosa, clock(), { limit: 10 })).items, []);
    await writer.abandon();
    assert.deepEqual(await changesOf(stage, writer.id), []);
  });

  it('takes the place of one whose writing broke off, and leaves whole ones alone', async () => {
    await using stage = await aSyncStage();
    const whole = await aSyncPlan(stage, newPeople(1));
    const broken = await stage.plans.begin(stage.head, rosa);
    await addAll(broken, newPeople(3));

    await stage.plans.begin(stage.head, rosa);

    assert.equal((await changesOf(stage, whole.id)).length, 1);
    assert.deepEqual(await changesOf(stage, broken.id), []);
    await assert.rejects(addAll(broken, newPeople(3, 3)));
  });

  it('hashes anew without those who are withdrawn, who stay as disputed with a note', async () => {
    await using stage = await aSyncStage();
    const writer = await stage.plans.begin(stage.head, rosa);
    const note = {
      personKey: keyOf(1),
      personName: 'Ines Marlow 1',
      situation: 'disputed' as const,
      sentence: 'Two entries are the same person.',
      code: 'several-entries',
    };
    await addAll(writer, newPeople(3));

    const taken = await writer.withdraw([
      { personKey: keyOf(1), note },
      { personKey: keyOf(2) },
      { personKey: 'user:nobody' },
    ]);
    await addAll(writer, newPeople(1, 3));
    const plan = await writer.finish(wholeEnd);

    const { expires_at: expiresAt } = await rowOf(stage, writer.id);
    const changes = [aCreation(0), aCreation(3)];
    assert.deepEqual(taken, { ...noTotals, creations: 2 });
    assert.equal(plan.changeCount, 2);
    assert.equal(
      plan.hash,
      planHash({
        ...{ automationId: String(stage.syncId), automationVersion: 1, changes, expiresAt },
        ...{ guards: wholeEnd.guards, sourceDigest: wholeEnd.source.digest },
      }),
    );
    const people = await peopleOf(stage, writer.id);
    assert.deepEqual(people[1], {
      ...{ person_key: keyOf(1), in_group: 'disputed', change_count: 0, notes: [note] },
    });
    assert.equal(people[2]?.in_group, 'disputed');
    assert.equal(people[3]?.change_count, 1);
  });

  it('takes people a second time who report to somebody, known to the plan or not', async () => {
    await using stage = await aSyncStage();
    const writer = await stage.plans.begin(stage.head, rosa);
    await addAll(writer, newPeople(2));

    await addAll(writer, [aPerson(1, [aManager(1)]), aPerson(2, [aManager(2)])]);
    const { changeCount } = await writer.finish(wholeEnd);

    const people = await peopleOf(stage, writer.id);
    assert.equal(changeCount, 4);
    assert.deepEqual(
      people.map(({ in_group, change_count }) => `${in_group} ${change_count}`),
      ['starter 1', 'starter 2', 'mover 1'],
    );
  });

  it('tells that it waits when it needs a yes and has something to do', async () => {
    await using stage = await aSyncStage();

    await aSyncPlan(stage, [], { needsApproval: true });
    const { id } = await aSyncPlan(stage, newPeople(1), { needsApproval: true });

    assert.deepEqual(
      stage.notices.map(({ path }) => path),
      [`/plans/${id}`],
    );
    const plan = await getPlan(stage.ports.db, id, rosa, stage.ports.clock());
    assert.equal(plan.state, 'waiting');
    assert.deepEqual(plan.automation, {
      ...{ kind: 'directory-sync', id: String(stage.syncId) },
      ...{ name: 'Larkfield into the desk', version: 1 },
    });
  });
});

describe('Twenty thousand changes', () => {
  it('are written without memory that grows with them', async () => {
    await using stage = await aSyncStage();
    const writer = await stage.plans.begin(stage.head, rosa);
    await addAll(writer, newPeople(4_000));
    const before = heapBytes();

    await addAll(writer, newPeople(20_000, 4_000));
    const grown = heapBytes() - before;
    const { changeCount } = await writer.finish(wholeEnd);

    assert.equal(changeCount, 24_000);
    // Their documents alone are 22 MB.
    assert.ok(grown < 6_000_000, `${grown} bytes more`);
  });
});

/** What is no longer held must not count, also where the runner did not ask for a way to say so. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

function rowOf({ database }: SyncStage, id: string) {
  return database.db.selectFrom('plans').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

async function changesOf({ database }: SyncStage, id: string) {
  const rows = await database.db
    .selectFrom('plan_changes')
    .select('document')
    .where('plan_id', '=', id)
    .orderBy('position')
    .execute();
  return rows.map(({ document }) => ChangeDocument.parse(document));
}

function peopleOf({ database }: SyncStage, id: string) {
  return database.db
    .selectFrom('plan_people')
    .select(['person_key', 'in_group', 'change_count', 'notes'])
    .where('plan_id', '=', id)
    .orderBy('position')
    .execute();
}
