// A stage for automation: a real database, workers that run its jobs, and the two systems a test hands in.
import { randomUUID } from 'node:crypto';
import type { Actor } from '#domain/actor.ts';
import type { Automation } from '#domain/automation.ts';
import type { Mapping } from '#domain/mapping.ts';
import type { Notice } from '#domain/notice.ts';
import type { Permission } from '#domain/permission.ts';
import type { OutboundWebhook } from '#domain/webhook.ts';
import { approvePlan } from '#features/automation/approve.ts';
import {
  type AutomationInput,
  createAutomation,
  moveAutomation,
} from '#features/automation/automations.ts';
import {
  createDefinition,
  inboundEndpoints,
  mappings,
  outboundWebhooks,
} from '#features/automation/definitions.ts';
import { planAutomation } from '#features/automation/plan.ts';
import type { AutomationPorts } from '#features/automation/ports.ts';
import { openSessions, type Sessions } from '#features/automation/sessions.ts';
import { startRun } from '#features/automation/start-run.ts';
import { automationDeliverers, automationTasks } from '#features/automation/tasks.ts';
import type { Log } from '#lib/log.ts';
import { openLog, silentLog } from '#lib/log.ts';
import { outboxTask } from '#store/outbox.ts';
import { startWorkers } from '#store/queue.ts';
import { aMemoryApplication } from '#test/faults/memory-application.ts';
import { aMemoryDirectory } from '#test/faults/memory-directory.ts';
import { aDefinition, aRow, halo, type Row } from '#test/planning/larkfield.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { type Systems, testPorts } from './ports.ts';

/** SUNDOG_TEST_LOG=debug shows what the hub says while a test runs. */
const testLog =
  process.env.SUNDOG_TEST_LOG === undefined
    ? silentLog
    : openLog({ format: 'pretty', level: 'debug' });

export type Stage = AsyncDisposable & {
  readonly database: TestDatabase;
  readonly ports: AutomationPorts & { readonly sessions: Sessions };
  readonly notices: Notice[];
  /** Moves the hub's clock, which stands still otherwise. */
  now: Date;
  work(concurrency?: number): Promise<AsyncDisposable>;
};

export const rosa: Actor = anActor('Rosa Almeida');

export function anActor(
  name: string,
  permissions: readonly Permission[] = ['admin'],
  more: Partial<Actor> = {},
): Actor {
  return { kind: 'agent', id: name, name, permissions: new Set(permissions), ...more };
}

export async function aStage(
  systems: Systems,
  given: { readonly log?: Log; readonly retryDelaysMs?: readonly number[] } = {},
): Promise<Stage> {
  const database = await aDatabase();
  const sessions = openSessions(systems.openDirectory);
  const notices: Notice[] = [];
  const log = given.log ?? testLog;
  let offsetMs = 0;
  const clock = () => new Date(Date.now() + offsetMs);
  const ports: Stage['ports'] = {
    ...testPorts({ db: database.db, pool: database.pool, log, ...systems }),
    clock,
    sessions,
    retryDelaysMs: given.retryDelaysMs ?? [1, 1, 1],
    notify: async (_tx, notice) => {
      notices.push(notice);
    },
  };
  return {
    database,
    ports,
    notices,
    get now() {
      return clock();
    },
    set now(at) {
      offsetMs = at.getTime() - Date.now();
    },
    work: (concurrency = 4) =>
      startWorkers(
        database,
        [...automationTasks(ports), outboxTask(database.db, automationDeliverers(ports))],
        { concurrency, log },
      ),
    async [Symbol.asyncDispose]() {
      await sessions[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** The automation "New starters" of Larkfield Optics, saved and active. */
export async function anAutomationOn(
  stage: Stage,
  given: {
    readonly automation?: Partial<AutomationInput>;
    readonly webhook?: Partial<OutboundWebhook>;
    readonly mapping?: Partial<Mapping>;
    readonly state?: 'draft' | 'active';
    readonly trustedSample?: boolean;
    readonly clientId?: number;
  } = {},
): Promise<Automation> {
  const { db } = stage.ports;
  const by = { actor: rosa, now: stage.ports.clock() };
  const clientId = given.clientId ?? null;
  const definition = aDefinition();
  const [endpoint] = definition.endpoints;
  if (endpoint === undefined) throw new Error('the definition has no endpoint');
  const suffix = randomUUID().slice(0, 8);
  const source = await createDefinition(
    db,
    inboundEndpoints,
    { make: (id) => ({ ...endpoint, id, name: `Halo users ${suffix}` }), clientId },
    by,
  );
  const mapping = await createDefinition(
    db,
    mappings,
    {
      make: (id) => ({ ...definition.mapping, id, name: `Mapping ${suffix}`, ...given.mapping }),
      clientId,
    },
    by,
  );
  const tell =
    given.webhook === undefined ? [] : [await aWebhookOn(stage, given.webhook, clientId)];
  const automation = await createAutomation(
    db,
    {
      ...definition.automation,
      name: `New starters ${suffix}`,
      clientId,
      source: {
        ...definition.automation.source,
        endpoints: [{ endpointId: source.thing.id, join: 'left' }],
      },
      mappingId: mapping.thing.id,
      tell: tell.map(({ id: webhookId }) => ({ webhookId, when: 'any-change' as const })),
      ...given.automation,
    },
    { ...by, trustedSample: given.trustedSample ?? false },
  );
  if (given.state === 'draft') return automation;
  return moveAutomation(db, automation.id, 'active', by);
}

export async function aWebhookOn(
  stage: Stage,
  given: Partial<OutboundWebhook>,
  clientId: number | null = null,
): Promise<OutboundWebhook> {
  const { thing } = await createDefinition(
    stage.ports.db,
    outboundWebhooks,
    {
      clientId,
      make: (id): OutboundWebhook => ({
        id,
        name: `HALO update ticket ${randomUUID().slice(0, 8)}`,
        description: '',
        connectionId: halo,
        state: 'active' as const,
        request: {
          method: 'POST',
          url: 'https://{Host-Name}/api/Tickets',
          headers: [],
          parameters: [],
          body: { kind: 'json', text: '[{"id": {id}, "details": "%act.summary%"}]' },
        },
        target: '%title%',
        lookFirst: null,
        ...given,
      }),
    },
    { actor: rosa, now: stage.ports.clock() },
  );
  return thing;
}

/** Plans, approves by hand with every stopping guard named, and starts the run. */
export async function approvedRun(stage: Stage, automationId: string): Promise<string> {
  const plan = await planAutomation(stage.ports, automationId, { actor: rosa });
  return approveAndStart(stage, plan);
}

export async function approveAndStart(
  stage: Stage,
  { id, hash }: { readonly id: string; readonly hash: string },
): Promise<string> {
  const override = { guards: allGuards, reason: 'The test says so.' };
  await approvePlan(stage.ports, id, { hash, comment: '', override }, rosa);
  const { runId } = await startRun(stage.ports, id, rosa);
  return runId;
}

const allGuards = ['creations', 'disables', 'deletes', 'groupRemovals', 'keyAttributes'];

const waitLimitMs = 60_000;

/** Waits until the run has ended. */
export async function ended(
  stage: Pick<Stage, 'database'>,
  runId: string,
  limitMs = waitLimitMs,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const run = await stage.database.db
      .selectFrom('runs')
      .select('finished_at')
      .where('id', '=', runId)
      .executeTakeFirstOrThrow();
    if (run.finished_at !== null) return;
    if (Date.now() > deadline) throw new Error(`run ${runId} did not end`);
    await new Promise((wake) => setTimeout(wake, 25));
  }
}

export type OutcomeRow = {
  readonly person: string;
  readonly kind: string;
  readonly result: string;
  readonly because: string | null;
  readonly code: string | null;
  readonly targetId: string | null;
};

export async function outcomesOf(stage: Stage, runId: string): Promise<OutcomeRow[]> {
  const rows = await stage.database.db
    .selectFrom('outcomes')
    .selectAll()
    .where('run_id', '=', runId)
    .orderBy('position')
    .execute();
  return rows.map((row) => ({
    person: row.person_key,
    kind: row.kind,
    result: row.result,
    because: row.because,
    code: row.code,
    targetId: row.target_id,
  }));
}

/** Larkfield's groups and no account: what a test of starters needs. */
export function aWorld(rows: readonly Row[] = [{ id: 1 }]) {
  const directory = aMemoryDirectory();
  for (const group of ['All Staff', 'Quality', 'Office Porto']) directory.addGroup(group);
  const application = aMemoryApplication(rows.map(aRow));
  const { open: openDirectory } = directory;
  const { open: openApplication } = application;
  return { directory, application, openDirectory, openApplication };
}

/** Plans, approves, applies and waits for the end, with workers of its own. */
export async function applied(stage: Stage, automationId: string): Promise<string> {
  const runId = await approvedRun(stage, automationId);
  await using _workers = await stage.work();
  await ended(stage, runId);
  return runId;
}

export function resultsOf(outcomes: readonly OutcomeRow[]): string[] {
  return outcomes.map(({ kind, result }) => `${kind} ${result}`);
}
