// Test of an outbound webhook: a real call, so it goes as a plan with one change and is kept as a run.
import { createHash } from 'node:crypto';
import type { Account } from '#domain/account.ts';
import type { Actor } from '#domain/actor.ts';
import { canonical } from '#domain/canonical.ts';
import type { Change } from '#domain/change.ts';
import { fillTemplate, type MacroScope, readTemplate } from '#domain/macro.ts';
import type { Outcome } from '#domain/outcome.ts';
import type { ApplicationResponse, RenderedRequest } from '#domain/ports/application.ts';
import { ApplicationRefusal } from '#domain/ports/application.ts';
import { refuse } from '#domain/problem.ts';
import type { Cell } from '#domain/record.ts';
import type { OutboundWebhook } from '#domain/webhook.ts';
import { intend, settle } from './book.ts';
import { getDefinition, outboundWebhooks, updateDefinition } from './definitions.ts';
import { endRun } from './end-run.ts';
import { orUnreadable } from './look.ts';
import type { AutomationPorts } from './ports.ts';
import { placeOf, renderRequest } from './render-request.ts';
import { startRun } from './start-run.ts';
import { storePlan } from './store-plan.ts';
import { bracesFor, outcomeOf } from './tell.ts';
import { attributesFor } from './told-account.ts';
import { type Tested, testedOf } from './try-endpoint.ts';
import { findWork } from './work.ts';

export type WebhookTest = {
  /** A logon name or mail address in the directory. */
  readonly person?: string | undefined;
  readonly group?: string | undefined;
  readonly directoryConnectionId?: string | undefined;
  /** What the source would say: for macros of columns, the ticket's id among them. */
  readonly columns: Readonly<Record<string, Cell>>;
  readonly confirm: boolean;
  /** Makes the webhook active when the answer is good: Test & Save. */
  readonly save: boolean;
};

export type WebhookTested = Tested & { readonly planId: string; readonly runId: string };

/** The one person of a test's plan, who is nobody's. */
export const testKey = 'test';

export async function testWebhook(
  ports: AutomationPorts,
  id: string,
  test: WebhookTest,
  actor: Actor,
  signal: AbortSignal,
): Promise<WebhookTested> {
  const { thing: webhook, clientId } = await getDefinition(ports.db, outboundWebhooks, id, actor);
  const place = await placeOf(ports, webhook.connectionId);
  const scope = await scopeOf(ports, webhook, test, actor);
  const request = renderRequest(webhook.request, scope, place);
  if (request.method !== 'GET' && !test.confirm) {
    refuse('webhook.unconfirmed', { method: request.method, url: request.url });
  }
  const change = changeFor(webhook, request, test);
  const planId = await storeTestPlan(ports, webhook, change, clientId, actor);
  const { runId } = await startRun(ports, planId, actor, { byWorkers: false });
  const response = await call(ports, webhook, runId, request, signal);
  if (test.save && response.status < 300 && webhook.state === 'draft') {
    const by = { actor, now: ports.clock() };
    await updateDefinition(
      ports.db,
      outboundWebhooks,
      id,
      (before) => ({ ...before, state: 'active' as const }),
      by,
    );
  }
  return { ...testedOf(request, response), planId, runId };
}

/** The call itself, between an intent and an outcome like any other change. */
async function call(
  ports: AutomationPorts,
  webhook: OutboundWebhook,
  runId: string,
  request: RenderedRequest,
  signal: AbortSignal,
): Promise<ApplicationResponse> {
  const found = await findWork(ports.db, runId, testKey);
  const step = found?.steps[0];
  if (found === undefined || step === undefined) throw new TypeError('the test has no run');
  const { run } = found;
  const { change } = step;
  await intend(ports.db, run, [{ change, first: step.intendedAt === null }], ports.clock());
  const finish = async (outcome: Outcome) => {
    await settle(ports.db, run, [{ change, outcome }], ports.clock());
    await endRun(ports, run);
  };
  try {
    await using application = await ports.openApplication(webhook.connectionId);
    const response = await application.send(request, signal);
    await finish(outcomeOf(response));
    return response;
  } catch (error) {
    const refusal = error instanceof ApplicationRefusal ? error : undefined;
    const because = refusal?.message ?? 'the hub failed while it sent the request';
    const code = refusal?.code ?? 'hub.failed';
    await finish({ result: 'failed', code, because, retryable: false });
    if (refusal === undefined) throw error;
    return refuse('application.refused', { name: webhook.name, reason: because }, refusal.detail);
  }
}

function changeFor(webhook: OutboundWebhook, request: RenderedRequest, test: WebhookTest): Change {
  const about = test.person ?? test.group ?? webhook.name;
  const body = request.body?.text;
  return {
    id: createHash('sha256')
      .update(canonical([webhook.id, request.url]))
      .digest('hex')
      .slice(0, 16),
    personKey: testKey,
    personName: about,
    step: 0,
    action: 'test',
    kind: 'tell',
    connectionId: webhook.connectionId,
    system: webhook.name,
    target: { kind: 'existing', id: request.url, name: webhook.name },
    before: {},
    after: {
      request: [`${request.method} ${request.url}`],
      ...(body === undefined ? {} : { body: [body] }),
    },
    fallbacks: [],
    webhookId: webhook.id,
    because: ['An administrator tests the webhook'],
    reversible: false,
    irreversibleBecause: 'What was told cannot be taken back.',
    needs: [],
  };
}

async function storeTestPlan(
  ports: AutomationPorts,
  webhook: OutboundWebhook,
  change: Change,
  clientId: number | null,
  actor: Actor,
): Promise<string> {
  const nothing = createHash('sha256').update('').digest('hex');
  const { id } = await storePlan(
    ports,
    {
      of: { kind: 'outbound-webhook', id: webhook.id },
      digest: createHash('sha256').update(canonical(webhook)).digest('hex'),
      title: `Test of ${webhook.name}`,
      clientId,
      sentence: 'Sends 1 message.',
      undoesRunId: null,
      personKey: testKey,
      sourceConnectionId: null,
      source: { records: 0, complete: true, digest: nothing, columns: [] },
      guards: [],
      accounts: 0,
      // The confirmation of the test is the yes.
      needsApproval: false,
      people: [
        {
          key: testKey,
          name: change.personName,
          situation: 'linked',
          group: 'mover',
          changes: [change],
          notes: [],
        },
      ],
      links: [],
      record: () => undefined,
    },
    actor,
  );
  return id;
}

async function scopeOf(
  ports: AutomationPorts,
  webhook: OutboundWebhook,
  test: WebhookTest,
  actor: Actor,
): Promise<MacroScope> {
  const attributes = attributesFor(webhook, test.columns);
  const account = await chosen(ports, test, attributes, actor);
  const scope: MacroScope = {
    now: ports.clock(),
    columns: test.columns,
    environment: ports.environment,
    action: { automation: 'Test', person: test.person ?? '', summary: 'Test by an administrator.' },
    ...(account === undefined ? {} : { account: account.attributes }),
  };
  const target = webhook.target.trim();
  if (target === '') return scope;
  const id = fillTemplate(readTemplate(target), 'plain', scope).trim();
  return { ...scope, braces: bracesFor(id === '' ? undefined : id) };
}

const personNames = ['sAMAccountName', 'userPrincipalName', 'mail'];

/** The person or group the test is about, looked up in the directory. */
async function chosen(
  ports: AutomationPorts,
  test: WebhookTest,
  attributes: readonly string[],
  actor: Actor,
): Promise<Pick<Account, 'attributes'> | undefined> {
  const { person, group } = test;
  if (person === undefined && group === undefined) return undefined;
  const { id, name: directoryName } = await directoryFor(ports, test, actor);
  const look = async () => {
    await using directory = await ports.openDirectory(id);
    if (group !== undefined) {
      const found = (await directory.findGroups([group])).get(group);
      if (found === undefined) return undefined;
      return {
        attributes: { cn: [found.name], name: [found.name], distinguishedName: [found.dn] },
      };
    }
    for (const attribute of personNames) {
      const query = { attribute, values: [person ?? ''] };
      const [found] = await directory.findByAttribute(query, attributes);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const found = await orUnreadable(directoryName, look());
  if (found !== undefined) return found;
  const kind = group === undefined ? 'person' : 'group';
  return refuse('webhook.nobody', { kind, name: group ?? person ?? '', directory: directoryName });
}

async function directoryFor(ports: AutomationPorts, test: WebhookTest, actor: Actor) {
  const connections = await ports.listConnections(actor);
  const directories = connections.filter(({ kind }) => kind === 'ldap');
  const wanted = test.directoryConnectionId;
  if (wanted === undefined) {
    const [only, ...more] = directories;
    return only === undefined || more.length > 0 ? refuse('webhook.no-directory') : only;
  }
  const found = directories.find(({ id }) => id === wanted);
  return found ?? refuse('record.unknown', { kind: 'directory connection', id: wanted });
}
