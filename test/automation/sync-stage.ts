// A stage for a directory sync's plans: a sync of Larkfield's, people of it by the number, and a desk that is a table.

import { sql } from 'kysely';
import pg from 'pg';
import type { Change } from '#domain/change.ts';
import type { Outcome } from '#domain/outcome.ts';
import type { PlannedPerson } from '#domain/plan.ts';
import type { SyncPlanEnd, SyncPlanHead, SyncPlanWriter } from '#domain/ports/sync-plans.ts';
import { ownDeskId, SyncSettings } from '#domain/sync/settings.ts';
import type { SetApplier } from '#features/automation/ports.ts';
import { syncPlansOf } from '#features/automation/sync-plans.ts';
import { newId } from '#lib/ids.ts';
import type { Db, Tx } from '#store/db.ts';
import { aStage, aWorld, rosa, type Stage } from './stage.ts';

export type SyncStage = Omit<Stage, typeof Symbol.asyncDispose> &
  AsyncDisposable & {
    readonly syncId: number;
    readonly head: SyncPlanHead;
    readonly plans: ReturnType<typeof syncPlansOf>;
    /** How the desk answers; a table's rows by default. */
    applier: SetApplier;
    readonly ended: string[];
  };

export async function aSyncStage(
  given: { readonly retryDelaysMs?: readonly number[]; readonly clientId?: number } = {},
): Promise<SyncStage> {
  const { retryDelaysMs } = given;
  const stage = await aStage(aWorld(), retryDelaysMs === undefined ? {} : { retryDelaysMs });
  await makeDesk(stage);
  const { db } = stage.database;
  const clientId = given.clientId ?? null;
  const { syncId, connectionId } = await aSync(db, clientId);
  const ended: string[] = [];
  const own: { applier: SetApplier } = { applier: deskTable(db, ended) };
  const applier: SetApplier = {
    apply: (set) => own.applier.apply(set),
    ended: (tx, run, how) => own.applier.ended(tx, run, how),
  };
  const ports: Stage['ports'] = Object.assign(stage.ports, { appliers: { sync: applier } });
  const whole = Object.assign(stage, {
    ...{ syncId, ended, ports, plans: syncPlansOf(ports), applier: own.applier },
    head: {
      ...{ syncId, version: 1, title: 'Larkfield into the desk', clientId },
      ...{ sourceConnectionId: connectionId, settingsDigest: 'd'.repeat(64) },
    },
  });
  // Assigning copies values, and this one is to be replaced by tests.
  return Object.defineProperty(whole, 'applier', {
    get: () => own.applier,
    set: (other: SetApplier) => {
      own.applier = other;
    },
  });
}

/** What the desk of these tests does: each creation and change is a row, in the transaction of its outcome. */
export function deskTable(
  db: Db,
  ended: string[] = [],
  before: (changes: readonly Change[], tx: Tx) => Promise<void> = async () => {},
): SetApplier {
  return {
    async apply({ changes, settle }) {
      await db.transaction().execute(async (tx) => {
        await before(changes, tx);
        const ids = changes.map(({ id }) => id);
        const { rows } = await sql<{ id: string; desk_id: number }>`
          insert into test_people (change_id) select unnest(${ids}::text[])
          returning change_id as id, desk_id`.execute(tx);
        const made = new Map(rows.map(({ id, desk_id }) => [id, `user:${desk_id}`]));
        await settle(tx, new Map(changes.map((change) => [change.id, doneAs(change, made)])));
      });
    },
    async ended(_tx, run, { cancelled }) {
      ended.push(`${run.id} ${cancelled ? 'cancelled' : 'done'}`);
    },
  };
}

function doneAs({ id, kind }: Change, made: ReadonlyMap<string, string>): Outcome {
  const targetId = made.get(id);
  if (kind !== 'create' || targetId === undefined) return { result: 'done' };
  return { result: 'done', targetId };
}

export async function written(stage: Pick<Stage, 'database'>): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from test_people`.execute(
    stage.database.db,
  );
  return rows[0]?.count ?? 0;
}

async function makeDesk({ database }: Stage): Promise<void> {
  const owner = new pg.Client({ connectionString: database.ownerConnectionString.reveal() });
  await owner.connect();
  // No unique key: what is done twice is there twice.
  await owner.query(`create table test_people (
    change_id text not null, desk_id integer generated always as identity
  )`);
  await owner.query('grant all on test_people to public');
  await owner.end();
}

async function aSync(db: Db, clientId: number | null) {
  const now = new Date();
  const connectionId = newId(now);
  await db
    .insertInto('connections')
    .values({
      ...{ id: connectionId, kind: 'ldap', name: 'AD Larkfield', client_id: clientId, lab: false },
      ...{ settings: '{}', version: 1, health: 'unknown', created_at: now, updated_at: now },
    })
    .execute();
  const { id } = await db
    .insertInto('directory_syncs')
    .values({
      ...{ connection_id: connectionId, client_id: clientId, version: 1 },
      settings: JSON.stringify(SyncSettings.parse({ name: 'Larkfield into the desk' })),
      ...{ created_at: now, updated_at: now },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { syncId: id, connectionId };
}

export const wholeEnd: SyncPlanEnd = {
  sentence: 'People created.',
  source: { records: 100_000, complete: true, digest: 's'.repeat(64), columns: [] },
  guards: [{ name: 'creations', verdict: 'pass', sentence: 'Within the limit.' }],
  accounts: 100_000,
  needsApproval: false,
};

/** Writes the people page by page, and finishes the plan. */
export async function aSyncPlan(
  stage: SyncStage,
  people: Iterable<PlannedPerson>,
  end: Partial<SyncPlanEnd> = {},
): Promise<{ readonly id: string; readonly hash: string; readonly changeCount: number }> {
  const writer = await stage.plans.begin(stage.head, rosa);
  await addAll(writer, people);
  const finished = await writer.finish({ ...wholeEnd, ...end });
  return { id: writer.id, ...finished };
}

const pageSize = 1_000;

export async function addAll(
  writer: SyncPlanWriter<Tx>,
  people: Iterable<PlannedPerson>,
): Promise<void> {
  let page: PlannedPerson[] = [];
  for (const person of people) {
    page.push(person);
    if (page.length < pageSize) continue;
    await writer.add(page);
    page = [];
  }
  await writer.add(page);
}

/** So many new people, one after the other. */
export function* newPeople(count: number, from = 0): Generator<PlannedPerson> {
  for (let at = from; at < from + count; at += 1) yield aPerson(at, [aCreation(at)]);
}

export function aPerson(at: number, changes: readonly Change[]): PlannedPerson {
  const situation = changes.some(({ kind }) => kind === 'create') ? 'new' : 'linked';
  const group = situation === 'new' ? 'starter' : 'mover';
  return { key: keyOf(at), name: nameOf(at), situation, group, changes, notes: [], leftOut: 0 };
}

export function aCreation(at: number, more: Partial<Change> = {}): Change {
  const key = keyOf(at);
  const id = `${key}:create`;
  return {
    id,
    personKey: key,
    personName: nameOf(at),
    step: 0,
    action: 'sync-user',
    kind: 'create',
    connectionId: ownDeskId,
    system: 'Service desk',
    target: { kind: 'planned', change: id, name: nameOf(at) },
    before: {},
    after: {
      department: ['Grinding'],
      distinguishedName: [`CN=Ines Marlow ${at},OU=People,DC=ad,DC=larkfield,DC=test`],
      email: [`ines.marlow${at}@larkfield.test`],
      firstName: ['Ines'],
      login: [`LARKFIELD\\imarlow${at}`],
      mobile: ['+351 22 555 0100'],
      name: [nameOf(at)],
      phone: ['+351 22 555 0101'],
      samAccountName: [`imarlow${at}`],
      siteId: ['12'],
      surname: [`Marlow ${at}`],
      title: ['Lens grinder'],
    },
    fallbacks: [],
    because: ['Found in OU=People and not yet known in the desk'],
    reversible: true,
    needs: [],
    ...more,
  };
}

export function anUpdate(at: number, more: Partial<Change> = {}): Change {
  const id = `${keyOf(at)}:update`;
  return aCreation(at, {
    id,
    kind: 'update',
    target: { kind: 'existing', id: `user:${at}`, name: nameOf(at) },
    before: { title: ['Lens grinder'], phone: [] },
    after: { title: ['Head of lenses'], phone: ['+351 22 555 0102'] },
    ...more,
  });
}

/** Whom the person reports to; made once everybody is there. */
export function aManager(at: number, more: Partial<Change> = {}): Change {
  const id = `${keyOf(at)}:manager`;
  return anUpdate(at, {
    ...{ id, step: 1, action: 'sync-manager', before: {}, after: { manager: ['Rosa Almeida'] } },
    target: { kind: 'planned', change: `${keyOf(at)}:create`, name: nameOf(at) },
    manager: { entryId: entryOf(0), was: null },
    ...more,
  });
}

export function keyOf(at: number): string {
  return `user:${entryOf(at)}`;
}

export function entryOf(at: number): string {
  return `00000000-0000-4000-8000-${at.toString(16).padStart(12, '0')}`;
}

function nameOf(at: number): string {
  return `Ines Marlow ${at}`;
}
