// The end of every sign-on: an identity was proven or not; here it becomes a session, or an attempt that tells why not.
//
//   prove -> application as it is now -> whose it is -> may they come in -> session and attempt, in one transaction
//
// A test goes the same way and is rolled back at its end; then its attempt alone is kept. Whoever links an identity
// to themselves has a session already, and gets the link.
import type { Person } from '#domain/ports/people.ts';
import type { ProvenIdentity } from '#domain/sso/identity.ts';
import type { Trace } from '#domain/sso/trace.ts';
import type { Answer } from '#http/route.ts';
import type { Secret } from '#lib/secret.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import { type NewAttempt, recordAttempt } from './attempts.ts';
import { attemptPath } from './console-paths.ts';
import { linkOneself } from './link-oneself.ts';
import type { SsoApplication } from './model.ts';
import type { Browser, SsoPorts } from './ports.ts';
import { refused } from './refused.ts';
import type { Transaction } from './transactions.ts';
import { checkApplication, type Proven, whoseIsIt } from './whose.ts';

export type Concluding = {
  readonly application: SsoApplication;
  /** Undefined where the provider began it, or where nobody knows who did. */
  readonly transaction: Transaction | undefined;
  readonly browser: Browser;
  readonly trace: Trace;
  /** Where they go whom the provider sent of its own accord; nothing but a path of this hub is gone to. */
  readonly back?: string;
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
    return await conclude(ports, { ...context, identity }, now);
  } catch (error) {
    return refused(ports, { ...context, identity }, error, now);
  }
}

async function conclude(ports: SsoPorts, proven: Proven, now: Date): Promise<Answer> {
  const { transaction } = proven;
  if (transaction?.purpose === 'test') return rehearse(ports, proven, now);
  if (transaction?.purpose === 'link') {
    await inTransaction(ports.db, async (tx) => {
      await checkApplication(tx, proven);
      const person = await linkOneself(ports, tx, proven, transaction, now);
      const result = `Linked to the ${person.kind} ${person.name}.`;
      await recordAttempt(tx, attemptOf(proven, 'linked', person, result), now);
    });
    return { status: 303, headers: { location: transaction.back } };
  }
  const token = await inTransaction(ports.db, async (tx) => {
    const { person, token } = await signIn(ports, tx, proven, now);
    // Refusals are always kept; those that went well where the application asks for it.
    if (proven.application.logsAttempts) {
      const result = `Signed in as the ${person.kind} ${person.name}.`;
      await recordAttempt(tx, attemptOf(proven, 'signed-in', person, result), now);
    }
    return token;
  });
  return ports.sessions.signedIn(token, transaction?.back ?? proven.back ?? '/');
}

async function signIn(
  ports: SsoPorts,
  tx: Tx,
  proven: Proven,
  now: Date,
): Promise<{ readonly person: Person; readonly token: Secret }> {
  await checkApplication(tx, proven);
  const person = await whoseIsIt(ports, tx, proven, now);
  const { claims: _, ...origin } = proven.identity;
  const from = { ...origin, applicationId: proven.application.id };
  return { person, token: await ports.sessions.begin(tx, person, proven.browser, from, now) };
}

/** Thrown when everything went well, so that nothing of it stays. */
class Rehearsed extends Error {
  readonly person: Person;

  constructor(person: Person) {
    super('A test of a sign-on leaves nothing behind.');
    this.person = person;
  }
}

async function rehearse(ports: SsoPorts, proven: Proven, now: Date): Promise<Answer> {
  const person = await inTransaction(ports.db, async (tx): Promise<Person> => {
    throw new Rehearsed((await signIn(ports, tx, proven, now)).person);
  }).catch((error: unknown) => {
    if (error instanceof Rehearsed) return error.person;
    throw error;
  });
  const result = `Would sign in as the ${person.kind} ${person.name}. Nothing was changed.`;
  const made = proven.trace.steps.some(({ check }) => check === 'provisioning.values');
  // Whom the test would have made is not there.
  const owner = made ? undefined : person;
  const id = await recordAttempt(ports.db, attemptOf(proven, 'tested', owner, result), now);
  return { status: 303, headers: { location: attemptPath(id) } };
}

function attemptOf(
  { application, browser, identity, trace, transaction }: Proven,
  status: NewAttempt['status'],
  owner: Person | undefined,
  result: string,
): NewAttempt {
  return {
    applicationId: application.id,
    address: browser.ip,
    purpose: transaction?.purpose ?? 'sign-in',
    ...{ status, identity, owner, result },
    steps: trace.steps,
  };
}
