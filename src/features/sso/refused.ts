// What becomes of a sign-on that was refused or failed: an attempt, an audit entry and a page.
import { randomUUID } from 'node:crypto';
import { callingFrom, nobody } from '#domain/actor.ts';
import type { ProvenIdentity } from '#domain/sso/identity.ts';
import { openTrace, SsoRefusal, type Trace } from '#domain/sso/trace.ts';
import type { Answer } from '#http/route.ts';
import { networkOf } from '#lib/network.ts';
import { type Tier, takeAttempt } from '#store/attempts.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { inTransaction } from '#store/db.ts';
import { recordAttempt } from './attempts.ts';
import { attemptPath } from './console-paths.ts';
import type { Purpose, SsoApplication } from './model.ts';
import type { Browser, SsoPorts } from './ports.ts';
import { refusalPage } from './refusal-page.ts';
import type { Transaction } from './transactions.ts';

export type Refused = {
  readonly application: SsoApplication;
  readonly transaction: Pick<Transaction, 'purpose'> | undefined;
  readonly browser: Browser;
  readonly trace: Trace;
  readonly identity: ProvenIdentity | undefined;
  /** What was refused, where no transaction says it. */
  readonly purpose?: Purpose;
};

/** What nobody here began is kept so often from one place: strangers do not fill the table. */
export const strangersTier: Tier = {
  name: 'sso.stranger',
  triesMax: 100,
  windowMs: 15 * 60_000,
};

/** Answers with the page also where keeping the attempt fails. */
export async function refused(
  ports: SsoPorts,
  context: Refused,
  error: unknown,
  now: Date,
): Promise<Answer> {
  const { refusal, steps } = asRefusal(ports, context, error);
  const failed = refusal.check === 'hub.works';
  const attempt = await keep(ports, { ...context, refusal, steps, failed }, now).catch((why) => {
    const { id } = context.application;
    ports.log.error('A refused sign-on could not be kept', { application: id, error: why });
    return undefined;
  });
  if (context.transaction?.purpose === 'test' && attempt !== undefined)
    return { status: 303, headers: { location: attemptPath(attempt) } };
  return {
    status: failed ? 500 : 403,
    page: (nonce) => refusalPage(nonce, { attempt, failed }),
  };
}

type Kept = Refused & {
  readonly refusal: SsoRefusal;
  readonly steps: Trace['steps'];
  readonly failed: boolean;
};

async function keep(ports: SsoPorts, kept: Kept, now: Date): Promise<number | undefined> {
  const { application, browser, identity, refusal, transaction, steps } = kept;
  if (transaction === undefined) {
    const attempt = { tier: strangersTier, who: networkOf(browser.ip) };
    if (!(await takeAttempt(ports.db, attempt, now))) return undefined;
  }
  const status = kept.failed ? 'failed' : 'refused';
  const purpose: Purpose = transaction?.purpose ?? kept.purpose ?? 'sign-in';
  return inTransaction(ports.db, async (tx) => {
    const number = await recordAttempt(
      tx,
      {
        applicationId: application.id,
        address: browser.ip,
        ...{ purpose, status, identity, steps },
        failedCheck: refusal.check,
        result: refusal.message,
      },
      now,
    );
    await audit(tx, [entryOf(kept, status, number)]);
    return number;
  });
}

/** What was thrown and is no refusal: the log has it whole, the attempt a reference to it. */
function asRefusal(
  { log }: SsoPorts,
  { application, trace }: Refused,
  error: unknown,
): Pick<Kept, 'refusal' | 'steps'> {
  if (error instanceof SsoRefusal) return { refusal: error, steps: trace.steps };
  const reference = randomUUID();
  log.error('A sign-on failed', { application: application.id, reference, error });
  const because = `The hub failed; its log has the details under ${reference}.`;
  const step = { check: 'hub.works', verdict: 'failed', because } as const;
  return {
    refusal: new SsoRefusal('hub.works', because),
    steps: openTrace([...trace.steps, step]).steps,
  };
}

function entryOf(
  { application, browser, refusal }: Kept,
  outcome: 'refused' | 'failed',
  attempt: number,
): AuditEntry {
  return {
    actor: callingFrom(nobody, browser.ip),
    action: 'sign-on.refused',
    subject: { kind: 'sso-application', id: String(application.id), name: application.name },
    outcome,
    because: `${refusal.check}: ${refusal.message} (attempt ${attempt})`,
  };
}
