// Undo of a sync's run on the hub's own desk, with a real database.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import type { Change } from '#domain/change.ts';
import { Problem } from '#domain/problem.ts';
import { approvePlan } from '#features/automation/approve.ts';
import { getPlan } from '#features/automation/plan-view.ts';
import type { SetApplier } from '#features/automation/ports.ts';
import { startRun } from '#features/automation/start-run.ts';
import { planUndoOf } from '#features/automation/undo.ts';
import { writePeople } from '#features/desk/people/write.ts';
import { pairedRecords } from '#features/directories/paired.ts';
import { newId } from '#lib/ids.ts';
import { anActor, ended, outcomesOf, rosa } from '#test/automation/stage.ts';
import {
  aCreation,
  aManager,
  anUpdate,
  aPerson,
  aSyncPlan,
  aSyncStage,
  entryOf,
  keyOf,
  newPeople,
  type SyncStage,
} from '#test/automation/sync-stage.ts';
import { openPeopleOfSync } from './sync-people.ts';

describe("Undoing a sync's run", () => {
  it('deactivates whom it created, and gives everybody else back what they had', async () => {
    await using stage = await onTheDesk();
    await record(stage, 1, { title: 'Lens grinder' });
    await record(stage, 2, {});
    await record(stage, 3, { inactive: true });
    const runId = await runOf(stage, [
      aPerson(0, [aCreation(0), createdManagerOf(0)]),
      aPerson(1, [anUpdate(1), managerOf(1, { now: 2, was: 3 })]),
      aPerson(2, [presenceOf(2, 'disable')]),
      aPerson(3, [presenceOf(3, 'enable')]),
    ]);
    const [before] = await deskOf(stage, [1]);
    assert.deepEqual([before?.title, before?.manager_id], ['Head of lenses', 2]);

    const plan = await planUndoOf(stage.ports, runId, rosa);
    const shown = await getPlan(stage.ports.db, plan.id, rosa, stage.now);
    await assert.rejects(startRun(stage.ports, plan.id, rosa), refusal('plan.unapproved'));
    await applied(stage, plan);

    assert.match(shown.sentence, /^Changes 2 people, reactivates 1 and deactivates 2\./);
    const desk = await deskOf(stage, [1, 2, 3]);
    assert.deepEqual(desk, [
      { id: 1, title: 'Lens grinder', phone: null, inactive: false, manager_id: 3 },
      { id: 2, title: null, phone: null, inactive: false, manager_id: null },
      { id: 3, title: null, phone: null, inactive: true, manager_id: null },
    ]);
    const created = await everybody(stage);
    assert.deepEqual(
      created.map(({ inactive }) => inactive),
      [true],
    );
    const people = await notesOf(stage, plan.id);
    assert.deepEqual(people, [
      [keyOf(0), ['undo.person-created']],
      [keyOf(1), []],
      [keyOf(2), []],
      [keyOf(3), []],
    ]);
  });

  it('leaves what somebody changed since, whoever is gone, and what was put right already', async () => {
    await using stage = await onTheDesk();
    for (const at of [1, 2, 3, 4]) await record(stage, at, { title: 'Lens grinder' });
    const runId = await runOf(stage, [
      aPerson(1, [anUpdate(1)]),
      aPerson(2, [anUpdate(2)]),
      aPerson(3, [presenceOf(3, 'disable')]),
      aPerson(4, [managerOf(4, { now: 1, was: null })]),
    ]);
    const { db } = stage.ports;
    await db.updateTable('desk_users').set({ title: 'Director' }).where('id', '=', 1).execute();
    await db.deleteFrom('desk_users').where('id', '=', 2).execute();
    await db.updateTable('desk_users').set({ inactive: false }).where('id', '=', 3).execute();
    await db.updateTable('desk_users').set({ manager_id: 3 }).where('id', '=', 4).execute();

    const plan = await planUndoOf(stage.ports, runId, rosa);
    await applied(stage, plan);

    assert.equal(plan.changeCount, 1);
    const [ines, , hugo] = await deskOf(stage, [1, 3, 4]);
    assert.deepEqual([ines?.title, ines?.phone, hugo?.manager_id], ['Director', null, 3]);
    assert.deepEqual(await notesOf(stage, plan.id), [
      [keyOf(1), ['undo.changed-since']],
      [keyOf(2), ['undo.record-gone']],
      [keyOf(4), ['undo.changed-since']],
    ]);
  });

  it('names whose record is somebody else’s by now, and leaves it alone', async () => {
    await using stage = await onTheDesk();
    for (const at of [1, 2]) await record(stage, at, { title: 'Lens grinder' });
    const runId = await runOf(stage, [
      aPerson(0, [aCreation(0)]),
      aPerson(1, [anUpdate(1)]),
      aPerson(2, [presenceOf(2, 'disable')]),
    ]);
    const { rows } = await sql<{ id: number }>`
      select id from desk_users where login is not null`.execute(stage.ports.db);
    await pair(stage, 8, rows[0]?.id ?? 0, 'linked');
    await sql`update sync_people set entry_id = ${entryOf(9)}::uuid where desk_id = 1`.execute(
      stage.ports.db,
    );
    // Whoever is gone holds nothing against it.
    await sql`delete from sync_people where desk_id = 2`.execute(stage.ports.db);
    await pair(stage, 10, 2, 'gone');

    const plan = await planUndoOf(stage.ports, runId, rosa);
    await applied(stage, plan);

    assert.equal(plan.changeCount, 1);
    assert.deepEqual(await notesOf(stage, plan.id), [
      [keyOf(0), ['undo.record-anothers']],
      [keyOf(1), ['undo.record-anothers']],
      [keyOf(2), []],
    ]);
    const [ines, hugo] = await deskOf(stage, [1, 2]);
    assert.deepEqual([ines?.title, hugo?.inactive], ['Head of lenses', false]);
    assert.deepEqual(await everybody(stage), [{ inactive: false }]);
  });

  it('is a plan of many pages, with everybody in it once, and done once', async () => {
    await using stage = await onTheDesk();
    await record(stage, 1, {});
    const runId = await runOf(stage, [
      ...newPeople(1_201, 10),
      ...Array.from({ length: 1_201 }, (_, at) => aPerson(at + 10, [createdManagerOf(at + 10)])),
    ]);

    const plan = await planUndoOf(stage.ports, runId, rosa);
    const undoId = await applied(stage, plan);

    assert.equal(plan.changeCount, 1_201);
    const outcomes = await outcomesOf(stage, undoId);
    assert.equal(outcomes.filter(({ result }) => result === 'done').length, 1_201);
    assert.ok((await everybody(stage)).every(({ inactive }) => inactive));
    await assert.rejects(planUndoOf(stage.ports, runId, rosa), refusal('run.undone'));
  });

  it('is stopped by a guard where it takes away too much, and stands beside a plan being written', async () => {
    await using stage = await onTheDesk();
    const runId = await runOf(stage, newPeople(4), 20);
    const reading = await stage.plans.begin(stage.head, rosa);

    const plan = await planUndoOf(stage.ports, runId, rosa);
    const { guards } = await getPlan(stage.ports.db, plan.id, rosa, stage.now);
    await reading.add([aPerson(50, [aCreation(50)])]);

    assert.equal(guards.find(({ name }) => name === 'disables')?.verdict, 'stop');
    await assert.rejects(
      approvePlan(stage.ports, plan.id, { hash: plan.hash, comment: '' }, rosa),
      refusal('plan.stopped'),
    );
  });

  it("is not another client's, and leaves nothing where the desk cannot be looked at", async () => {
    await using stage = await onTheDesk({ clientId: 12 });
    const runId = await runOf(stage, newPeople(1));
    const hugo = anActor('Hugo Prat', ['admin'], { clientId: 13 });
    const broken: SyncStage['ports'] = {
      ...stage.ports,
      peopleOfSync: async () => ({
        desk: 'Service desk',
        find: () => Promise.reject(new Error('the desk is away')),
        holdersOf: async () => new Map(),
        recordsOf: async () => new Map(),
        [Symbol.asyncDispose]: async () => {},
      }),
    };

    await assert.rejects(planUndoOf(stage.ports, runId, hugo), refusal('record.unknown'));
    await assert.rejects(planUndoOf(broken, runId, rosa), /the desk is away/);

    const plans = await stage.ports.db.selectFrom('plans').select('undoes_run_id').execute();
    assert.deepEqual(plans, [{ undoes_run_id: null }]);
  });

  it('takes back what was written here also when the sync has another desk by now', async () => {
    await using stage = await onTheDesk();
    for (const at of [1, 2, 3]) await record(stage, at, { title: 'Lens grinder' });
    const runId = await runOf(stage, [
      aPerson(1, [anUpdate(1)]),
      aPerson(3, [managerOf(3, { now: 2, was: null })]),
    ]);
    const { db } = stage.ports;
    await db
      .updateTable('directory_syncs')
      .set({ desk_connection_id: stage.head.sourceConnectionId })
      .execute();

    const plan = await planUndoOf(stage.ports, runId, rosa);
    await applied(stage, plan);

    const [ines, , hugo] = await deskOf(stage, [1, 2, 3]);
    assert.deepEqual([ines?.title, hugo?.manager_id], ['Lens grinder', 2]);
    // Whom the sync has paired is somebody of the other desk: nobody knows here whose manager that is.
    assert.deepEqual(await notesOf(stage, plan.id), [
      [keyOf(1), []],
      [keyOf(3), ['undo.changed-since']],
    ]);
  });
});

const refusal = (code: string) => (error: unknown) =>
  error instanceof Problem && error.code === code;

/** A stage whose runs write the hub's own desk, with one site. */
async function onTheDesk(given: { readonly clientId?: number } = {}): Promise<SyncStage> {
  const stage = await aSyncStage({ ...given, retryDelaysMs: [] });
  const { db, clock } = stage.ports;
  const now = clock();
  const dates = { created_at: now, updated_at: now };
  await db
    .insertInto('desk_clients')
    .values({ id: 12, name: 'Larkfield Optics', ...dates })
    .execute();
  await db
    .insertInto('desk_sites')
    .values({ id: 12, client_id: 12, name: 'Porto', ...dates })
    .execute();
  // Records of the tests have small numbers of their own.
  await sql`select nextval(pg_get_serial_sequence('desk_users', 'id')) from generate_series(1, 100)`.execute(
    db,
  );
  stage.applier = ownDesk(stage);
  const openRemote = () => Promise.reject(new Error('no other Halo is opened here'));
  const desks = { db, clock, openRemote, nameOf: async () => 'Remote Halo' };
  Object.assign(stage.ports, {
    peopleOfSync: (planId: string) => openPeopleOfSync(desks, planId),
  });
  return stage;
}

function ownDesk({ ports: { db, clock }, syncId }: SyncStage): SetApplier {
  return {
    async apply({ run, changes, settle }) {
      const entries = changes.flatMap(({ manager }) => manager?.entryId ?? []);
      const paired = await pairedRecords(db, syncId, 'user', entries);
      const managers = changes.flatMap(({ id, manager }): [string, number][] => {
        const record = paired.get(manager?.entryId ?? '');
        return record === undefined ? [] : [[id, record]];
      });
      const { rows } = await sql<{ person_key: string; target_id: string }>`
        select person_key, target_id from outcomes
        where run_id = ${run.id}::uuid and target_id is not null`.execute(db);
      const made = new Map(rows.map((row) => [row.person_key, Number(row.target_id.slice(5))]));
      const records = changes.flatMap(({ id, kind, target, personKey }): [string, number][] => {
        const record = made.get(personKey);
        return target.kind === 'existing' || kind === 'create' || record === undefined
          ? []
          : [[id, record]];
      });
      const known = { managers: new Map(managers), records: new Map(records), keys: new Map() };
      await db.transaction().execute(async (tx) => {
        await settle(tx, await writePeople(tx, run, changes, clock(), known));
      });
    },
    ended: async () => {},
  };
}

/** Somebody of the desk, whom the sync has paired with the entry of that number. */
async function record(
  stage: SyncStage,
  id: number,
  more: { readonly title?: string; readonly inactive?: boolean },
): Promise<void> {
  const { db, clock } = stage.ports;
  const now = clock();
  const name = `Ines Marlow ${id}`;
  await db
    .insertInto('desk_users')
    .values({ ...{ id, name, site_id: 12, created_at: now, updated_at: now }, ...more })
    .execute();
  await pair(stage, id, id, 'linked');
}

/** The entry of that number has, or had, the record. */
async function pair(
  { ports: { db }, syncId }: SyncStage,
  at: number,
  deskId: number,
  state: 'linked' | 'gone',
): Promise<void> {
  await sql`insert into sync_people (sync_id, target, entry_id, digest, dn, name, place_id, state, desk_id)
    values (${syncId}, 'user', ${entryOf(at)}::uuid, '\\x00', '', ${`Ines Marlow ${at}`}, 1, ${state}, ${deskId})`.execute(
    db,
  );
}

function presenceOf(at: number, kind: 'enable' | 'disable'): Change {
  const on = kind === 'enable';
  const sides = { before: { enabled: [String(!on)] }, after: { enabled: [String(on)] } };
  return anUpdate(at, { id: `${keyOf(at)}:${kind}`, kind, ...sides });
}

function managerOf(
  at: number,
  { now, was }: { readonly now: number; readonly was: number | null },
): Change {
  return aManager(at, {
    target: { kind: 'existing', id: `user:${at}`, name: `Ines Marlow ${at}` },
    manager: { entryId: entryOf(now), was },
  });
}

function createdManagerOf(at: number): Change {
  return aManager(at, {
    manager: { entryId: entryOf(1), was: null },
    needs: [`${keyOf(at)}:create`],
  });
}

async function runOf(
  stage: SyncStage,
  people: Parameters<typeof aSyncPlan>[1],
  accounts = 100_000,
): Promise<string> {
  const source = { records: accounts, complete: true, digest: newId(stage.now), columns: [] };
  const { id } = await aSyncPlan(stage, people, { accounts, source });
  await setManagers(stage, people);
  const { runId } = await stage.plans.start(id, rosa);
  await using _workers = await stage.work();
  await ended(stage, runId);
  const odd = (await outcomesOf(stage, runId)).filter(({ result }) => result !== 'done');
  assert.deepEqual(odd, []);
  return runId;
}

/** What a run is about to change of managers is as its plan says. */
async function setManagers(stage: SyncStage, people: Parameters<typeof aSyncPlan>[1]) {
  for (const { changes } of people) {
    for (const { manager, target } of changes) {
      if (manager === undefined || manager.was === null || target.kind !== 'existing') continue;
      await stage.ports.db
        .updateTable('desk_users')
        .set({ manager_id: manager.was })
        .where('id', '=', Number(target.id.slice(5)))
        .execute();
    }
  }
}

async function applied(
  stage: SyncStage,
  { id, hash }: { readonly id: string; readonly hash: string },
): Promise<string> {
  const override = { guards: ['disables', 'moves'], reason: 'The run is taken back.' };
  await approvePlan(stage.ports, id, { hash, comment: '', override }, rosa);
  const { runId } = await startRun(stage.ports, id, rosa);
  await using _workers = await stage.work();
  await ended(stage, runId);
  return runId;
}

function deskOf({ ports: { db } }: SyncStage, ids: readonly number[]) {
  return db
    .selectFrom('desk_users')
    .select(['id', 'title', 'phone', 'inactive', 'manager_id'])
    .where('id', 'in', [...ids])
    .orderBy('id')
    .execute();
}

/** Whom a run created, for they have a login. */
function everybody({ ports: { db } }: SyncStage) {
  return db.selectFrom('desk_users').select('inactive').where('login', 'is not', null).execute();
}

async function notesOf({ ports: { db } }: SyncStage, planId: string) {
  const rows = await db
    .selectFrom('plan_people')
    .select([
      'person_key',
      sql<string[]>`array(select jsonb_array_elements(notes) ->> 'code')`.as('codes'),
    ])
    .where('plan_id', '=', planId)
    .orderBy('person_key')
    .execute();
  return rows.map(({ person_key, codes }) => [person_key, codes]);
}
