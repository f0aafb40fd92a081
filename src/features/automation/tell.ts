// Tells an application what was done, through the outbox: after it is true, and not twice if it can be helped.
import { createHash } from 'node:crypto';
import { compile, type JSONValue } from 'json-p3';
import { z } from 'zod';
import { fillTemplate, type MacroScope, readTemplate } from '#domain/macro.ts';
import type { Outcome } from '#domain/outcome.ts';
import type { Application, ApplicationResponse } from '#domain/ports/application.ts';
import { ApplicationRefusal } from '#domain/ports/application.ts';
import { Problem } from '#domain/problem.ts';
import { changeSentence } from '#domain/sentences.ts';
import type { OutboundWebhook } from '#domain/webhook.ts';
import { type Deliverer, post } from '#store/outbox.ts';
import { type Book, settle } from './book.ts';
import { getDefinition, outboundWebhooks } from './definitions.ts';
import { RecordDocument } from './documents.ts';
import { endRun } from './end-run.ts';
import type { AutomationPorts } from './ports.ts';
import { placeOf, renderRequest } from './render-request.ts';
import { accountOfPerson, attributesFor } from './told-account.ts';
import { findWork, postpone, type RunFacts, type Step } from './work.ts';

export const tellKind = 'automation.tell';

/** After so many attempts (about an hour and a half, as the queue spaces them) it has failed. */
const attemptsMax = 8;

const Letter = z.object({ runId: z.uuid(), changeId: z.string(), personKey: z.string() });

/** Posts the letter; its outcome stays open until it is delivered. */
export async function postTell(
  { book }: { readonly book: Book },
  run: RunFacts,
  step: Step,
): Promise<Step> {
  const { change } = step;
  const { id: changeId, personKey } = change;
  const payload = { runId: run.id, changeId, personKey };
  const letter = { kind: tellKind, key: `tell:${run.id}:${changeId}`, payload };
  const first = step.intendedAt === null;
  await book.intend({ change, first, also: (tx) => post(tx, letter) });
  return step;
}

export function tellDeliverer(ports: AutomationPorts): Deliverer {
  return async (payload, { attempt, signal }) => {
    const { runId, changeId, personKey } = Letter.parse(payload);
    const found = await findWork(ports.db, runId, personKey);
    const step = found?.steps.find(({ change }) => change.id === changeId);
    if (found === undefined || step === undefined) return;
    const { run, steps } = found;
    if (step.result === 'pending' || step.result === 'waiting') {
      await deliver(ports, { run, steps, step, attempt, signal });
    }
    await endRun(ports, run);
  };
}

type Delivery = {
  readonly run: RunFacts;
  readonly steps: readonly Step[];
  readonly step: Step;
  readonly attempt: number;
  readonly signal: AbortSignal;
};

async function deliver(ports: AutomationPorts, delivery: Delivery): Promise<void> {
  const { run, step, attempt } = delivery;
  try {
    const outcome = await tell(ports, delivery);
    await settle(ports.db, run, [{ change: step.change, outcome }], ports.clock());
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    if (refusal.retryable && attempt < attemptsMax) {
      // graphile-worker waits exp(attempt) seconds before the next one.
      const until = new Date(ports.clock().getTime() + Math.exp(attempt) * 1_000);
      const because = refusal.because;
      await postpone(ports.db, run, [step.change.id], { because, until, counts: true });
      throw error;
    }
    await settle(ports.db, run, [{ change: step.change, outcome: refusal }], ports.clock());
  }
}

async function tell(ports: AutomationPorts, delivery: Delivery): Promise<Outcome> {
  const { run, step, attempt, signal } = delivery;
  const { thing: webhook } = await getDefinition(
    ports.db,
    outboundWebhooks,
    step.change.webhookId ?? '',
  );
  const scope = await scopeFor(ports, webhook, delivery);
  await using application = await ports.openApplication(webhook.connectionId);
  if (attempt > 1 && (await hasArrived(ports, application, webhook, scope, signal))) {
    return { result: 'done', note: 'it had arrived already', targetId: step.change.target.name };
  }
  const place = await placeOf(ports, webhook.connectionId);
  const request = renderRequest(webhook.request, scope, place);
  ports.log.debug('Telling an application', { runId: run.id, url: request.url });
  return outcomeOf(await application.send(request, signal));
}

export function outcomeOf({ status, text }: ApplicationResponse): Outcome {
  if (status < 300) return { result: 'done', note: `answered ${status}` };
  const said = text.trim().slice(0, 200);
  return {
    result: 'failed',
    code: 'application.refused',
    because: `It answered ${status}${said === '' ? '' : `: ${said}`}`,
    retryable: false,
  };
}

/** The person's record, account and outcomes, as macros see them. */
async function scopeFor(
  ports: AutomationPorts,
  webhook: OutboundWebhook,
  { run, steps, step }: Delivery,
): Promise<MacroScope> {
  const row = await ports.db
    .selectFrom('plan_people')
    .select('record')
    .where('plan_id', '=', run.planId)
    .where('person_key', '=', step.change.personKey)
    .executeTakeFirst();
  const record = row?.record == null ? undefined : RecordDocument.parse(row.record);
  const columns = record?.columns ?? {};
  const attributes = attributesFor(webhook, columns);
  const account =
    attributes.length === 0 ? undefined : await accountOfPerson(ports, steps, attributes);
  return {
    now: ports.clock(),
    columns,
    environment: ports.environment,
    ...(account === undefined ? {} : { account: account.attributes }),
    action: actionWords(run, steps, step),
    braces: bracesFor(step.change.after.id?.[0]),
  };
}

/** An id that is a whole number is one in JSON too: Halo refuses "12" where it wants 12. */
export function bracesFor(id: string | undefined): Readonly<Record<string, string | number>> {
  if (id === undefined) return {};
  return { id: /^\d{1,15}$/.test(id) ? Number(id) : id };
}

function actionWords(
  run: RunFacts,
  steps: readonly Step[],
  step: Step,
): Readonly<Record<string, string>> {
  const others = steps.filter(({ change }) => change.kind !== 'tell');
  const said = others
    .filter(({ result }) => result === 'done' || result === 'skipped')
    .map(({ change }) => changeSentence(change));
  return {
    automation: run.title,
    person: step.change.personName,
    run: run.id,
    reference: referenceOf(run.id, step.change.id),
    summary: `${run.title}: Sundog ${said.join('; ')}.`,
  };
}

/** Names this one request, in letters and digits, so that it can be found again where it arrived. */
function referenceOf(runId: string, changeId: string): string {
  const hash = createHash('sha256').update(`${runId}/${changeId}`).digest('hex');
  return `SD${hash.slice(0, 16)}`;
}

async function hasArrived(
  ports: AutomationPorts,
  application: Application,
  webhook: OutboundWebhook,
  scope: MacroScope,
  signal: AbortSignal,
): Promise<boolean> {
  const { lookFirst } = webhook;
  if (lookFirst === null) return false;
  const place = await placeOf(ports, webhook.connectionId);
  const template = {
    method: 'GET' as const,
    url: lookFirst.url,
    headers: [],
    parameters: [],
    body: { kind: 'none' as const },
  };
  const { status, text } = await application.send(renderRequest(template, scope, place), signal);
  if (status >= 300) return false;
  const path = fillTemplate(readTemplate(lookFirst.found, { braces: true }), 'plain', scope);
  const body: JSONValue = JSON.parse(text);
  return compile(path).query(body).values().length > 0;
}

function refusalOf(error: unknown): Extract<Outcome, { result: 'failed' }> | undefined {
  if (error instanceof ApplicationRefusal) {
    const { code, message: because, retryable } = error;
    return { result: 'failed', code, because, retryable };
  }
  if (error instanceof Problem) {
    const { code, message: because, status } = error;
    return { result: 'failed', code, because, retryable: status >= 500 };
  }
  return undefined;
}
