// A stage for syncs: a real database, workers that do their jobs, a real directory to read and the hub's own desk.
import { randomUUID } from 'node:crypto';
import { openDesk } from '#directories.ts';
import type { Actor } from '#domain/actor.ts';
import type { Notice } from '#domain/notice.ts';
import { SyncSettings } from '#domain/sync/settings.ts';
import { approvePlan } from '#features/automation/approve.ts';
import type { AutomationPorts } from '#features/automation/ports.ts';
import { openSessions, type Sessions } from '#features/automation/sessions.ts';
import { startRun } from '#features/automation/start-run.ts';
import { rejectSyncPlans } from '#features/automation/supersede.ts';
import { personHistory } from '#features/automation/sync-history.ts';
import { syncPlansOf } from '#features/automation/sync-plans.ts';
import { automationTasks } from '#features/automation/tasks.ts';
import { sweepPhotos } from '#features/desk/people/photos.ts';
import { writePeople } from '#features/desk/people/write.ts';
import { type ApplyPorts, applyingEnded, applySet } from '#features/directories/apply.ts';
import type { AppliedSet } from '#features/directories/begin-applying.ts';
import {
  type DisputeDecision,
  decideDispute,
  listDisputes,
} from '#features/directories/disputes.ts';
import type {
  Desk,
  RemoteDesk,
  ScannedDirectory,
  SyncPorts,
  WritePeople,
} from '#features/directories/ports.ts';
import { type StartSync, startSync } from '#features/directories/runs.ts';
import { directoryTasks } from '#features/directories/tasks.ts';
import { type Log, openLog, silentLog } from '#lib/log.ts';
import { startWorkers } from '#store/queue.ts';
import { openPeopleOfSync } from '#sync-people.ts';
import { testPorts } from '#test/automation/ports.ts';
import { anActor } from '#test/automation/stage.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';

export const rosa: Actor = anActor('Rosa Almeida');

/** How the entries of a directory become users, where nothing else is said. */
export const fields = [
  { id: 11, target: 'user', from: 'displayName', to: 'name' },
  { id: 12, target: 'user', from: 'mail', to: 'email' },
  { id: 13, target: 'user', from: 'title', to: 'title' },
  { id: 14, target: 'user', from: 'manager', to: 'manager' },
];

const testLog =
  process.env.SUNDOG_TEST_LOG === undefined
    ? silentLog
    : openLog({ format: 'pretty', level: 'debug' });

export type SyncStage = AsyncDisposable & {
  readonly database: TestDatabase;
  readonly ports: SyncPorts;
  readonly automation: AutomationPorts & { readonly sessions: Sessions };
  readonly notices: Notice[];
  readonly syncId: number;
  /** Moves the hub's clock. */
  now: Date;
  work(concurrency?: number): Promise<AsyncDisposable>;
  settings(change: Partial<Record<keyof SyncSettings, unknown>>): Promise<void>;
  run(runId: string): Promise<RunRow>;
  /** Another sync into the same desk, by a connection of its own. */
  another(): Promise<SyncStage & { readonly connectionId: string }>;
};

export type RunRow = Awaited<ReturnType<typeof runRow>>;

export type StageSource = {
  open(pageSize: number, connectionId: string): Promise<ScannedDirectory>;
  readonly settings: Partial<Record<keyof SyncSettings, unknown>>;
  readonly log?: Log;
  /** How the desk answers: as ever by default. */
  readonly bendDesk?: (desk: Desk) => Desk;
  /** In place of the desk's own tables. */
  readonly write?: WritePeople;
  /** A remote Halo to write to, where it is not the hub's own desk. */
  readonly openRemote?: () => Promise<RemoteDesk>;
  /** What happens when a set is applied. */
  readonly apply?: (ports: ApplyPorts, set: AppliedSet) => Promise<void>;
};

export async function aSyncStage(source: StageSource): Promise<SyncStage> {
  const database = await aDatabase();
  const { db, pool, connectionString } = database;
  const log = source.log ?? testLog;
  const notices: Notice[] = [];
  let offsetMs = 0;
  const clock = () => new Date(Date.now() + offsetMs);
  const notify = async (_: unknown, notice: Notice) => void notices.push(notice);
  const refused = () => Promise.reject(new Error('nothing of automation is opened here'));
  const base = testPorts({ db, pool, log, openDirectory: refused, openApplication: refused });
  const sessions = openSessions(refused);
  const openRemote = source.openRemote ?? refused;
  const bendDesk = source.bendDesk ?? ((desk: Desk) => desk);
  const appliers = {
    sync: {
      apply: (set: AppliedSet) =>
        (source.apply ?? applySet)(
          { db, clock, writePeople: source.write ?? writePeople, openRemote },
          set,
        ),
      ended: (...[tx, run, how]: Ended) => applyingEnded(tx, run, how, clock()),
    },
  };
  const desks = { db, clock, openRemote, nameOf: async () => 'Remote Halo' };
  const peopleOfSync = (planId: string) => openPeopleOfSync(desks, planId);
  const automation = {
    ...base,
    peopleOfSync,
    clock,
    notify,
    appliers,
    sessions,
    retryDelaysMs: [1, 1],
  };
  const ports: SyncPorts = {
    ...{ db, pool, connectionString, clock, log, notify, writePeople },
    plans: syncPlansOf(automation),
    rejectPlans: rejectSyncPlans,
    openDirectory: (connectionId, pageSize) => source.open(pageSize, connectionId),
    openDesk: async (sync) => bendDesk(await openDesk(desks, sync)),
    openRemote,
    sweepPhotos: (now) => sweepPhotos(db, now),
    personHistory: (syncId, key) => personHistory(db, syncId, key),
  };
  const stageOf = (syncId: number): SyncStage => ({
    ...{ database, ports, automation, notices, syncId },
    get now() {
      return clock();
    },
    set now(at) {
      offsetMs = at.getTime() - Date.now();
    },
    work: (concurrency = 4) =>
      startWorkers(database, [...automationTasks(automation), ...directoryTasks(ports)], {
        ...{ concurrency, log },
      }),
    async settings(change) {
      const row = await db
        .selectFrom('directory_syncs')
        .select(['settings', 'version'])
        .where('id', '=', syncId)
        .executeTakeFirstOrThrow();
      const settings = SyncSettings.parse({ ...SyncSettings.parse(row.settings), ...change });
      await db
        .updateTable('directory_syncs')
        .set({ settings: JSON.stringify(settings), version: row.version + 1 })
        .where('id', '=', syncId)
        .execute();
    },
    run: (runId) => runRow(database, runId),
    async another() {
      const { syncId: other, connectionId } = await aSyncRow(database, source, clock());
      return Object.assign(stageOf(other), { connectionId });
    },
    async [Symbol.asyncDispose]() {
      await sessions[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  });
  const { syncId } = await aSyncRow(database, source, clock());
  return stageOf(syncId);
}

type Ended = [
  tx: Parameters<typeof applyingEnded>[0],
  run: Parameters<typeof applyingEnded>[1],
  how: Parameters<typeof applyingEnded>[2],
];

function runRow({ db }: TestDatabase, runId: string) {
  return db.selectFrom('sync_runs').selectAll().where('id', '=', runId).executeTakeFirstOrThrow();
}

async function aSyncRow(
  { db }: TestDatabase,
  { settings: given, openRemote }: StageSource,
  now: Date,
): Promise<{ readonly syncId: number; readonly connectionId: string }> {
  const connect = async (kind: 'ldap' | 'halo') => {
    const id = randomUUID();
    await db
      .insertInto('connections')
      .values({
        ...{ id, kind, name: `${kind} ${id.slice(0, 8)}`, client_id: null, lab: false },
        ...{ settings: '{}', version: 1, health: 'unknown', created_at: now, updated_at: now },
      })
      .execute();
    return id;
  };
  const settings = SyncSettings.parse({ name: 'AD Larkfield', approval: 'never', ...given });
  const connectionId = await connect('ldap');
  const row = await db
    .insertInto('directory_syncs')
    .values({
      connection_id: connectionId,
      desk_connection_id: openRemote === undefined ? null : await connect('halo'),
      ...{ version: 1, settings: JSON.stringify(settings), active: true },
      ...{ created_at: now, updated_at: now },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { syncId: row.id, connectionId };
}

const waitLimitMs = 60_000;

export async function until(
  stage: SyncStage,
  runId: string,
  states: readonly string[] = ['planned', 'done', 'failed', 'cancelled'],
): Promise<RunRow> {
  const deadline = Date.now() + waitLimitMs;
  for (;;) {
    const run = await stage.run(runId);
    if (states.includes(run.state)) return run;
    if (Date.now() > deadline) throw new Error(`the run is ${run.state} still: ${run.sentence}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

/** Starts a sync; gives the id of its run. */
export async function begun(
  { ports, syncId }: SyncStage,
  asked: Partial<StartSync> = {},
): Promise<string> {
  const start = { whole: false, purpose: 'sync', ...asked } as const;
  const { runId } = await startSync(ports, syncId, start, rosa);
  return runId;
}

/** Starts a sync and waits until it is done, or waits for a yes. */
export async function synced(stage: SyncStage, asked: Partial<StartSync> = {}): Promise<RunRow> {
  const run = await until(stage, await begun(stage, asked));
  // What needs no yes goes on by itself.
  if (run.state !== 'planned' || (await needsYes(stage, run))) return run;
  return until(stage, run.id, ['done', 'failed', 'cancelled']);
}

async function needsYes({ database: { db } }: SyncStage, run: RunRow): Promise<boolean> {
  const plan = await db
    .selectFrom('plans')
    .select('needs_approval')
    .where('id', '=', run.plan_id)
    .executeTakeFirstOrThrow();
  return plan.needs_approval;
}

/** A yes by hand, with every guard that stops named. */
export async function approved(stage: SyncStage, run: RunRow): Promise<RunRow> {
  const { db } = stage.database;
  const plan = await db
    .selectFrom('plans')
    .select(['id', 'hash', 'guards'])
    .where('id', '=', run.plan_id)
    .executeTakeFirstOrThrow();
  const stopping = guardsOf(plan.guards).filter(({ verdict }) => verdict === 'stop');
  await approvePlan(
    stage.automation,
    plan.id,
    {
      ...{ hash: plan.hash, comment: '' },
      ...(stopping.length === 0
        ? {}
        : { override: { guards: stopping.map(({ name }) => name), reason: 'The test says so.' } }),
    },
    rosa,
  );
  await startRun(stage.automation, plan.id, rosa);
  return until(stage, run.id, ['done', 'failed', 'cancelled']);
}

export function guardsOf(guards: unknown): readonly { name: string; verdict: string }[] {
  if (!Array.isArray(guards)) return [];
  return guards.map(({ name, verdict }) => ({ name, verdict }));
}

/** Those that are open, or all; by name. */
export async function disputesOf({ ports, syncId }: SyncStage, all = false) {
  const rows = await listDisputes(ports.db, syncId, { limit: 10, all }, rosa);
  return rows.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** Decides the dispute over whoever has that name, also once more. */
export async function decide(stage: SyncStage, name: string, decision: DisputeDecision) {
  const found = (await disputesOf(stage, true)).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no dispute of ${name}`);
  return decideDispute(stage.ports, found.id, decision, rosa);
}

/** The users of the desk that a sync may have made, by name. */
export function users({ database: { db } }: SyncStage) {
  return db
    .selectFrom('desk_users')
    .select(['id', 'name', 'email', 'title', 'inactive', 'manager_id', 'site_id'])
    .where('general', '=', false)
    .orderBy('name')
    .execute();
}
