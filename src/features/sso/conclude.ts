// The end of every sign-on: an identity was proven or not; here it becomes a session, or an attempt that tells why not.
//
//   prove -> application as it is now -> whose it is -> may they come in -> session and attempt, in one transaction
//
// A test goes the same way and is rolled back at its end; then its attempt alone is kept.
import { randomUUID } from 'node:crypto';
import { callingFrom, nobody } from '#domain/actor.ts';
import type { Person } from '#domain/ports/people.ts';
import type { ProvenIdentity } from '#domain/sso/identity.ts';
import { SsoRefusal, type Trace } from '#domain/sso/trace.ts';
import type { Answer } from '#http/route.ts';
import { errorMessage } from '#lib/errors.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import { recordAttempt } from './attempts.ts';
import { findLink, holdIdentity, noteUsed } from './links.ts';
import type { SsoApplication } from './model.ts';
import type { Browser, SsoPorts } from './ports.ts';
import { findSsoApplication } from './queries.ts';
import { refusalPage } from './refusal-page.ts';
import type { Purpose, Transaction } from './transactions.ts';

export type Concluding = {
  readonly application: SsoApplication;
  /** Undefined where the provider began it, or where nobody knows who did. */
  readonly transaction: Transaction | undefined;
  readonly browser: Browser;
  readonly trace: Trace;
};

/**
 * `prove` verifies what the provider sent and refuses by `trace.refuse`. Nothing it throws goes further
 * than here: whoever signs on sees a page with the number of the attempt, administrators see the check.
 */
export async function concludeSignOn(
  ports: SsoPorts,
  context: Concluding,
  prove: () => Promise<ProvenIdentity>,
): Promise<Answer> {
  const now = ports.clock();
  let identity: ProvenIdentity | undefined;
  try {
    identity = await prove();
    return await signOn(ports, { ...context, identity }, now);
  } catch (error) {
    return refused(ports, { ...context, identity }, error, now);
  }
}

type Proven = Concluding & { readonly identity: ProvenIdentity };

async function signOn(ports: SsoPorts, proven: Proven, now: Date): Promise<Answer> {
  const { application, browser, identity, trace, transaction } = proven;
  const token = await inTransaction(ports.db, async (tx) => {
    await stillTheSame(tx, proven);
    const person = await whoseIsIt(ports, tx, proven, now);
    const { claims: _, ...origin } = identity;
    const from = { ...origin, applicationId: application.id };
    const begun = await ports.sessions.begin(tx, person, browser, from, now);
    if (application.logsAttempts)
      await recordAttempt(
        tx,
        {
          applicationId: application.id,
          address: browser.ip,
          purpose: purposeOf(proven),
          status: 'signed-in',
          identity,
          owner: person,
          result: `Signed in as the ${person.kind} ${person.name}.`,
          steps: trace.steps,
        },
        now,
      );
    return begun;
  });
  return ports.sessions.signedIn(token, transaction?.back ?? '/');
}

/** What was read when the request came in may have been changed or switched off since. */
async function stillTheSame(tx: Tx, { application, transaction, trace }: Proven): Promise<void> {
  const present = await findSsoApplication(tx, { id: application.id });
  if (present === undefined || (!present.active && transaction?.purpose !== 'test'))
    return trace.refuse('application.active', `${application.name} is not active.`);
  trace.passed('application.active');
  const began = transaction?.applicationVersion ?? application.version;
  if (present.version !== began || application.version !== began)
    return trace.refuse(
      'application.unchanged',
      'The settings of the application were changed while the sign-on was under way.',
    );
  trace.passed('application.unchanged');
}

async function whoseIsIt(
  ports: SsoPorts,
  tx: Tx,
  { application, identity, trace, transaction }: Proven,
  now: Date,
): Promise<Person> {
  const { issuer, subject } = identity;
  const key = { applicationId: application.id, issuer, subject };
  await holdIdentity(tx, key);
  const link = await findLink(tx, key);
  if (link === undefined)
    return trace.refuse('person.linked', 'The identity is linked to nobody of the desk.');
  trace.passed('person.linked', { matchedBy: link.matchedBy });
  const { agents, users } = ports;
  const { kind, id } = link.owner;
  const found = kind === 'agent' ? await agents.find(id) : await users.find(id);
  if (found === undefined)
    return trace.refuse('person.known', `The ${kind} ${id} is not there any more.`);
  const wanted = transaction?.entity;
  if (!application.allows[kind] || (wanted !== undefined && wanted !== kind)) {
    const because = application.allows[kind]
      ? `The sign-on began at the page for ${wanted}s, and the identity is that of an ${kind}.`
      : `${application.name} signs on no ${kind}s.`;
    return trace.refuse('person.entity', because, { kind, id });
  }
  trace.passed('person.entity', { kind });
  if (!found.enabled)
    return trace.refuse('person.enabled', `The ${kind} ${id} is disabled.`, { kind, id });
  trace.passed('person.enabled', { kind, id });
  await noteUsed(tx, link.id, now);
  return { ...found, kind };
}

type Refused = Concluding & { readonly identity: ProvenIdentity | undefined };

/** Keeps the attempt and its audit entry, and answers with the page; also where keeping them fails. */
export async function refused(
  ports: SsoPorts,
  context: Refused,
  error: unknown,
  now: Date,
): Promise<Answer> {
  const { application, browser, identity, trace } = context;
  const refusal = error instanceof SsoRefusal ? error : brokenBy(ports, context, error);
  const status = refusal.check === 'hub.works' ? 'failed' : 'refused';
  const attempt = await inTransaction(ports.db, async (tx) => {
    const number = await recordAttempt(
      tx,
      {
        applicationId: application.id,
        address: browser.ip,
        purpose: purposeOf(context),
        status,
        identity,
        failedCheck: refusal.check,
        result: refusal.message,
        steps: trace.steps,
      },
      now,
    );
    await audit(tx, [entryOf(context, refusal, status, number)]);
    return number;
  }).catch((why) => {
    ports.log.error('A refused sign-on could not be recorded', {
      application: application.id,
      error: why,
    });
    return undefined;
  });
  return {
    status: status === 'failed' ? 500 : 403,
    page: (nonce) => refusalPage(nonce, { attempt, failed: status === 'failed' }),
  };
}

/** What was thrown and is no refusal: the log has it whole, the attempt a reference to it. */
function brokenBy({ log }: SsoPorts, { application, trace }: Refused, error: unknown): SsoRefusal {
  const reference = randomUUID();
  log.error('A sign-on failed', { application: application.id, reference, error });
  try {
    return trace.refuse('hub.works', `The hub failed; its log has the details under ${reference}.`);
  } catch (refusal) {
    if (refusal instanceof SsoRefusal) return refusal;
    throw refusal;
  }
}

function entryOf(
  { application, browser }: Refused,
  refusal: SsoRefusal,
  status: 'refused' | 'failed',
  attempt: number,
): AuditEntry {
  return {
    actor: callingFrom(nobody, browser.ip),
    action: 'sign-on.refused',
    subject: { kind: 'sso-application', id: String(application.id), name: application.name },
    outcome: status,
    because: `${refusal.check}: ${errorMessage(refusal)} (attempt ${attempt})`,
  };
}

function purposeOf({ transaction }: Concluding): Purpose {
  return transaction?.purpose ?? 'sign-in';
}
