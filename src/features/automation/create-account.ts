// Creates an account exactly once, however often the hub dies on the way: intent first, then one add,
// and after a crash the account is known again by the intent's marker.
import { accountToCreate } from '#domain/apply.ts';
import type { Change } from '#domain/change.ts';
import { linkAfter } from '#domain/link.ts';
import type { Outcome } from '#domain/outcome.ts';
import { generatePassword } from '#domain/password.ts';
import type { Directory } from '#domain/ports/directory.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { refuse } from '#domain/problem.ts';
import { newId } from '#lib/ids.ts';
import type { Secret } from '#lib/secret.ts';
import type { ApplyPorts } from './apply-person.ts';
import { stepAfter } from './apply-to-account.ts';
import type { Settlement } from './book.ts';
import { handoverRow, intentPlace } from './passwords.ts';
import type { RunFacts, Step } from './work.ts';

type Intent = {
  readonly attempt: number;
  readonly dn: string;
  readonly marker: string;
  readonly password: Secret;
  readonly createdAt: Date;
};

/** How far the clocks of directory and hub may be apart (Kerberos allows 5 minutes). */
const clockSkewMs = 10 * 60_000;

export async function createAccount(
  ports: ApplyPorts,
  run: RunFacts,
  step: Step,
  signal: AbortSignal,
): Promise<Step> {
  const { change } = step;
  const stored = storedIntent(ports, run, step);
  const since = stored === undefined ? await givenSince(ports, change) : undefined;
  if (since !== undefined) {
    await ports.book.settle({ change, outcome: since });
    return stepAfter(step, since);
  }
  const intent = stored ?? (await storeIntent(ports, run, step, 0, undefined));
  const { outcome, last } = await ports.sessions.withDirectory(
    change.connectionId,
    (directory) => addOnce(ports, run, step, directory, intent, stored !== undefined),
    signal,
  );
  const made = outcome.result === 'done' ? madeBy(ports, run, change, outcome, last) : undefined;
  await ports.book.settle({ change, outcome, ...(made === undefined ? {} : { made }) });
  return stepAfter(step, outcome);
}

type Added = { readonly outcome: Outcome; readonly last: Intent };

/** Tries the planned names, then the fallbacks in their order, each stored before it is tried. */
async function addOnce(
  ports: ApplyPorts,
  run: RunFacts,
  step: Step,
  directory: Directory,
  first: Intent,
  resumed: boolean,
): Promise<Added> {
  let intent = first;
  if (resumed) {
    const own = await findOwn(directory, intent);
    if (own !== undefined) return { outcome: found(own), last: intent };
  }
  for (;;) {
    const made = await add(step, directory, intent);
    if (made !== undefined) return { outcome: made, last: intent };
    const next = intent.attempt + 1;
    if (accountToCreate(step.change, next) === undefined) {
      return { outcome: allTaken(step), last: intent };
    }
    intent = await storeIntent(ports, run, step, next, intent);
  }
}

/** The add itself; nothing when the names are taken by somebody else. */
async function add(step: Step, directory: Directory, intent: Intent): Promise<Outcome | undefined> {
  const account = accountToCreate(step.change, intent.attempt);
  if (account === undefined) return undefined;
  try {
    const made = await directory.createAccount({
      ...account,
      password: intent.password,
      mustChangePassword: step.change.mustChangePassword ?? true,
      marker: intent.marker,
    });
    return { result: 'done', targetId: made.id, ...fallbackNote(intent) };
  } catch (error) {
    if (!(error instanceof DirectoryRefusal) || error.code !== 'name.taken') throw error;
    // The add of a process that has just been killed may have arrived only now.
    const own = await findOwn(directory, intent);
    return own === undefined ? undefined : found(own);
  }
}

/** Only an account at that DN, bearing our marker and made since the intent, is ours. */
async function findOwn(directory: Directory, intent: Intent): Promise<string | undefined> {
  const created = await directory.findCreated(intent.dn);
  if (created === undefined || created.marker !== intent.marker) return undefined;
  const { id, createdAt } = created;
  const earliest = intent.createdAt.getTime() - clockSkewMs;
  return createdAt !== undefined && createdAt.getTime() < earliest ? undefined : id;
}

function found(targetId: string): Outcome {
  return { result: 'done', targetId, note: 'found created after an interruption' };
}

function fallbackNote({ attempt, dn }: Intent): { readonly note?: string } {
  return attempt === 0 ? {} : { note: `the first names were taken, so it is ${dn}` };
}

function allTaken({ change }: Step): Outcome {
  return {
    result: 'failed',
    code: 'name.taken',
    because: `every name the plan offers for ${change.personName} is taken by now; make a new plan`,
    retryable: false,
  };
}

function storedIntent({ sealing }: ApplyPorts, run: RunFacts, step: Step): Intent | undefined {
  const { intent, change } = step;
  // The intent of a creation always has its marker; only a reset's has none.
  if (intent?.marker == null || intent.sealedPassword === null) return undefined;
  const password = sealing.unseal(intentPlace(run.id, change.id), intent.sealedPassword);
  const { attempt, dn, marker, createdAt } = intent;
  return { attempt, dn, marker, password, createdAt };
}

/** What a password must not hold: the names of the account, as Active Directory's rule has it. */
function namesIn(change: Change): string[] {
  const { after, personName } = change;
  return [personName, ...(after.sAMAccountName ?? []), ...(after.displayName ?? [])];
}

/** Stored before the add: DN, marker and sealed password, under the number of the set of names. */
async function storeIntent(
  ports: ApplyPorts,
  run: RunFacts,
  step: Step,
  attempt: number,
  before: Intent | undefined,
): Promise<Intent> {
  const { change } = step;
  const now = ports.clock();
  const dn = accountToCreate(change, attempt)?.dn ?? '';
  const password = before?.password ?? generatePassword(ports.pickBelow, namesIn(change));
  const marker = before?.marker ?? `sundog:${newId(now)}`;
  await ports.book.intend({
    change,
    first: step.intendedAt === null && before === undefined,
    intent: {
      attempt,
      dn,
      marker,
      sealed_password: ports.sealing.seal(intentPlace(run.id, change.id), password),
      created_at: now,
    },
  });
  return { attempt, dn, marker, password, createdAt: now };
}

/**
 * Two plans made before either was applied both create: the second finds the link of the first, or waits
 * while the first has an intent whose end is not known. The lock on the person keeps them apart.
 */
async function givenSince({ book }: ApplyPorts, change: Change): Promise<Outcome | undefined> {
  const { linked, intended } = await book.lookUp(change);
  if (linked) {
    const because = `${change.personName} was given an account since the plan was made`;
    return { result: 'conflict', because };
  }
  return intended ? refuse('person.busy', { person: change.personName }) : undefined;
}

/** The link for ever, and the password handed over. */
function madeBy(
  ports: ApplyPorts,
  run: RunFacts,
  change: Change,
  outcome: Extract<Outcome, { result: 'done' }>,
  { password }: Intent,
): NonNullable<Settlement['made']> {
  const { targetId: accountId } = outcome;
  const { sourceConnectionId } = run;
  const now = ports.clock();
  if (accountId === undefined || sourceConnectionId === null) {
    throw new TypeError(`change ${change.id} created nobody for no source`);
  }
  const link = linkAfter(undefined, change, outcome, {
    sourceConnectionId,
    runId: run.id,
    at: now,
  });
  if (link === undefined) throw new TypeError(`change ${change.id} made no link`);
  const account = { id: accountId, name: change.target.name };
  const handover = handoverRow(ports.sealing, { run, change, account, now, password });
  return { link, handover };
}
