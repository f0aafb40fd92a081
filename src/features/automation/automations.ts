// Automations as they are kept: one row each, every version of their document, what they name by id.
import { createHash } from 'node:crypto';
import type { Actor } from '#domain/actor.ts';
import { Automation, type AutomationDefinition } from '#domain/automation.ts';
import { canonical } from '#domain/canonical.ts';
import { refuse } from '#domain/problem.ts';
import { type Page, type PageQuery, pageFrom, pageRows } from '#http/page.ts';
import { newId } from '#lib/ids.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, json, type Tx } from '#store/db.ts';
import {
  findDefinition,
  inboundEndpoints,
  type Kind,
  mappings,
  outboundWebhooks,
} from './definitions.ts';
import type { LookPorts } from './ports.ts';
import { isUniqueViolation } from './violations.ts';

export type AutomationState = Automation['state'];

/** What an administrator gives: all but what the hub decides. */
export const AutomationInput = Automation.omit({ id: true, state: true, version: true });
export type AutomationInput = ReturnType<typeof AutomationInput.parse>;

//   draft -> proposed -> active <-> paused -> draft      plans are made in any state, applied in active
export const statesAfter: Readonly<Record<AutomationState, readonly AutomationState[]>> = {
  draft: ['proposed', 'active'],
  proposed: ['draft', 'active'],
  active: ['paused'],
  paused: ['active', 'draft'],
};

export type Loaded = {
  readonly definition: AutomationDefinition;
  /** sha-256 over the automation and everything it names: another digest is another first run. */
  readonly digest: string;
  readonly trustedSample: boolean;
};

const current = ['automations.id', 'automations.state', 'version.document'] as const;

export async function listAutomations(
  db: Db,
  actor: Actor,
  page: PageQuery,
): Promise<Page<Automation>> {
  let query = currentVersions(db).orderBy('automations.id', 'desc').limit(pageRows(page));
  if (actor.clientId !== undefined)
    query = query.where('automations.client_id', '=', actor.clientId);
  if (page.cursor !== undefined) query = query.where('automations.id', '<', page.cursor);
  return pageFrom(await query.select(current).execute(), page, automationOf);
}

export async function getAutomation(db: Db | Tx, id: string, actor: Actor): Promise<Automation> {
  let query = currentVersions(db).where('automations.id', '=', id);
  if (actor.clientId !== undefined)
    query = query.where('automations.client_id', '=', actor.clientId);
  const row = await query.select(current).executeTakeFirst();
  return row === undefined
    ? refuse('record.unknown', { kind: 'automation', id })
    : automationOf(row);
}

/** By id, or by name as people type it on a command line. */
export async function findAutomationId(db: Db, idOrName: string, actor: Actor): Promise<string> {
  let query = db
    .selectFrom('automations')
    .select('id')
    .where((where) =>
      where.or([
        where(where.cast<string>('id', 'text'), '=', idOrName.toLowerCase()),
        where(where.fn<string>('lower', ['name']), '=', idOrName.toLowerCase()),
      ]),
    );
  if (actor.clientId !== undefined) query = query.where('client_id', '=', actor.clientId);
  const row = await query.executeTakeFirst();
  return (
    row?.id ?? refuse('automation.unknown', { name: idOrName, names: await namesFor(db, actor) })
  );
}

const namesShown = 20;

async function namesFor(db: Db, actor: Actor): Promise<string> {
  const { items } = await listAutomations(db, actor, { limit: namesShown });
  return items.length === 0 ? 'none yet' : items.map(({ name }) => `"${name}"`).join(', ');
}

export async function createAutomation(
  db: Db,
  input: AutomationInput,
  by: { readonly actor: Actor; readonly now: Date; readonly trustedSample?: boolean },
): Promise<Automation> {
  const clientId = by.actor.clientId ?? input.clientId;
  const automation: Automation = { ...input, clientId, id: newId(), state: 'draft', version: 1 };
  await inTransaction(db, async (tx) => {
    await checkNamed(tx, automation);
    await nameKept(automation, () =>
      tx
        .insertInto('automations')
        .values({
          id: automation.id,
          name: automation.name,
          client_id: clientId,
          state: 'draft',
          version: 1,
          trusted_sample: by.trustedSample ?? false,
          created_at: by.now,
          updated_at: by.now,
        })
        .execute(),
    );
    await storeVersion(tx, automation, by);
    await audit(tx, [entry(automation, by.actor, 'automation.created')]);
  });
  return automation;
}

/** An edit is a new version; what was approved for the old one is not approved for it. */
export async function updateAutomation(
  db: Db,
  id: string,
  change: (before: Automation) => AutomationInput,
  by: { readonly actor: Actor; readonly now: Date },
): Promise<Automation> {
  return inTransaction(db, async (tx) => {
    await lock(tx, id);
    const before = await getAutomation(tx, id, by.actor);
    const { state, version, clientId } = before;
    const after: Automation = { ...change(before), id, state, clientId, version: version + 1 };
    await checkNamed(tx, after);
    await nameKept(after, () =>
      tx
        .updateTable('automations')
        // The next hour of the schedule is worked out anew.
        .set({ name: after.name, version: after.version, updated_at: by.now, next_run_at: null })
        .where('id', '=', id)
        .execute(),
    );
    await storeVersion(tx, after, by);
    await audit(tx, [entry(after, by.actor, 'automation.updated')]);
    return after;
  });
}

export async function moveAutomation(
  db: Db,
  id: string,
  to: AutomationState,
  by: { readonly actor: Actor; readonly now: Date },
): Promise<Automation> {
  return inTransaction(db, async (tx) => {
    await lock(tx, id);
    const before = await getAutomation(tx, id, by.actor);
    if (before.state === to) return before;
    const possible = statesAfter[before.state];
    if (!possible.includes(to)) {
      refuse('automation.state', { from: before.state, to, possible: possible.join(' or ') });
    }
    await tx
      .updateTable('automations')
      .set({ state: to, updated_at: by.now, next_run_at: null })
      .where('id', '=', id)
      .execute();
    const fields = { field: 'state', before: before.state, after: to };
    await audit(tx, [{ ...entry(before, by.actor, 'automation.moved'), ...fields }]);
    return { ...before, state: to };
  });
}

export async function deleteAutomation(db: Db, id: string, actor: Actor): Promise<void> {
  await inTransaction(db, async (tx) => {
    const automation = await getAutomation(tx, id, actor);
    const run = await tx
      .selectFrom('runs')
      .innerJoin('plans', 'plans.id', 'runs.plan_id')
      .select('runs.id')
      .where('plans.automation_id', '=', id)
      .executeTakeFirst();
    // Its history is what undo and the guards live on.
    if (run !== undefined) refuse('automation.has-history', { name: automation.name });
    await tx.deleteFrom('automations').where('id', '=', id).execute();
    await audit(tx, [entry(automation, actor, 'automation.deleted')]);
  });
}

/** The automation with everything it names, as the pure functions take it. */
export async function loadAutomation(
  ports: Pick<LookPorts, 'db' | 'findConnections' | 'environment'>,
  id: string,
  actor: Actor,
): Promise<Loaded> {
  const { db } = ports;
  const automation = await getAutomation(db, id, actor);
  const { trusted_sample } = await db
    .selectFrom('automations')
    .select('trusted_sample')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const endpoints = await Promise.all(
    automation.source.endpoints.map(({ endpointId }) => named(db, inboundEndpoints, endpointId)),
  );
  const mapping = await named(db, mappings, automation.mappingId);
  const webhooks = await Promise.all(
    automation.tell.map(({ webhookId }) => named(db, outboundWebhooks, webhookId)),
  );
  const drafts = [
    ...endpoints.map((thing) => ({ thing, kind: inboundEndpoints.word })),
    ...webhooks.map((thing) => ({ thing, kind: outboundWebhooks.word })),
  ].filter(({ thing }) => thing.state === 'draft');
  for (const { thing, kind } of drafts) refuse('definition.draft', { kind, name: thing.name });
  const connectionIds = [
    automation.directoryConnectionId,
    ...[...endpoints, ...webhooks].map((one) => one.connectionId),
  ];
  const connections = await ports.findConnections(connectionIds);
  const systems = Object.fromEntries([...connections].map(([key, { name }]) => [key, name]));
  const { state: _, ...document } = automation;
  const digest = createHash('sha256')
    .update(canonical({ ...document, version: 0, endpoints, mapping, webhooks }))
    .digest('hex');
  return {
    definition: {
      automation,
      endpoints,
      mapping,
      webhooks,
      systems,
      environment: ports.environment,
    },
    digest,
    trustedSample: trusted_sample,
  };
}

async function named<T extends { readonly id: string; readonly name: string }>(
  db: Db | Tx,
  kind: Kind<T>,
  id: string,
): Promise<T> {
  const found = await findDefinition(db, kind, id);
  return found?.thing ?? refuse('definition.missing', { kind: kind.word, id });
}

/** What an automation names must be there, and belong to its client or to all. */
async function checkNamed(tx: Tx, automation: Automation): Promise<void> {
  const wanted = [
    ...automation.source.endpoints.map(({ endpointId }) => [inboundEndpoints, endpointId] as const),
    [mappings, automation.mappingId] as const,
    ...automation.tell.map(({ webhookId }) => [outboundWebhooks, webhookId] as const),
  ];
  for (const [kind, id] of wanted) {
    const row = await tx
      .selectFrom('definitions')
      .select('client_id')
      .where('id', '=', id)
      .where('kind', '=', kind.kind)
      .executeTakeFirst();
    const fits = row !== undefined && [null, automation.clientId].includes(row.client_id);
    if (!fits) refuse('definition.missing', { kind: kind.word, id });
  }
}

function currentVersions(db: Db | Tx) {
  return db
    .selectFrom('automations')
    .innerJoin('automation_versions as version', (join) =>
      join
        .onRef('version.automation_id', '=', 'automations.id')
        .onRef('version.version', '=', 'automations.version'),
    );
}

function automationOf(row: { readonly state: AutomationState; readonly document: unknown }) {
  return { ...Automation.parse(row.document), state: row.state };
}

async function storeVersion(
  tx: Tx,
  automation: Automation,
  by: { readonly actor: Actor; readonly now: Date },
): Promise<void> {
  await tx
    .insertInto('automation_versions')
    .values({
      automation_id: automation.id,
      version: automation.version,
      document: json(automation),
      created_at: by.now,
      created_by: by.actor.name,
    })
    .execute();
}

async function lock(tx: Tx, id: string): Promise<void> {
  await tx.selectFrom('automations').select('id').where('id', '=', id).forUpdate().execute();
}

async function nameKept({ name }: Automation, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (isUniqueViolation(error)) refuse('name.in-use', { kind: 'automation', name });
    throw error;
  }
}

function entry({ id, name, clientId }: Automation, actor: Actor, action: string) {
  const subject = { kind: 'automation', id, name };
  return { actor, action, subject, outcome: 'done' as const, clientId };
}
