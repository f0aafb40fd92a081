// After the proof: a new password or an unlocking is handed to the directory's plan, and what became of it is told.
//
//   proven -> started -> done | refused        another password may help: started -> proven
import { z } from 'zod';
import { weakness } from '#domain/password-strength.ts';
import type { ResetAsked, ResetOutcome } from '#domain/ports/password-reset.ts';
import { Problem } from '#domain/problem.ts';
import { newId } from '#lib/ids.ts';
import type { Secret } from '#lib/secret.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { chained } from '#store/audit-chain.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import { enqueue, type Task, task } from '#store/queue.ts';
import { asOwner, entryOf } from './enrolments.ts';
import { tellOwner } from './mails.ts';
import { asResetPerson, namesOf, type Person, personById } from './person.ts';
import { resetPolicy, type SelfServicePorts } from './ports.ts';
import { neverHere } from './prove.ts';
import type { ResetRequest } from './requests.ts';

/** Active Directory's own dialogs take no more. */
export const passwordMax = 127;
const settleTaskName = 'self-service.settle';
const settleMs = 50_000;
const settleAttempts = 40;

export type Wanted =
  | { readonly what: 'reset'; readonly password: Secret }
  | { readonly what: 'unlock' };

/** Why it cannot begin, as a sentence, or nothing when it has begun. */
export async function begin(
  ports: SelfServicePorts,
  request: ResetRequest,
  wanted: Wanted,
): Promise<string | undefined> {
  const { db } = ports;
  const person = request.userId === null ? undefined : await personById(db, request.userId);
  if (person === undefined || person.barred !== null) return askDesk;
  const fault = wanted.what === 'reset' ? faultOf(wanted.password, person) : undefined;
  if (fault !== undefined) return `Choose another password: ${fault}.`;
  const runId = newId(ports.clock());
  if (!(await noteStart(ports, request.id, { what: wanted.what, runId }))) return undefined;
  try {
    await ports.resets.start({ ...askedOf(person, wanted), runId });
    return undefined;
  } catch (error) {
    // It may have begun all the same: then what becomes of it is settled as ever.
    if (await ports.resets.hasBegun(runId)) return undefined;
    if (!(error instanceof Problem)) {
      await move(ports, request.id, 'started', { state: 'proven', run_id: null });
      throw error;
    }
    const never = neverHere.includes(error.code);
    const state = never ? 'refused' : 'proven';
    const sentence = never ? askDesk : error.message;
    await inTransaction(db, async (tx) => {
      await move({ ...ports, db: tx }, request.id, 'started', { state, sentence, run_id: null });
      const entry = entryOf(person, asOwner(person), actionOf(wanted.what));
      await audit(tx, [{ ...entry, outcome: 'refused', because: error.code }]);
    });
    return never ? undefined : sentence;
  }
}

/**
 * Which run it will be, and the job that settles it, are written down before anything begins: whoever
 * dies now leaves nothing that nobody is told of. One of two forms sent at once goes on.
 */
function noteStart(
  { db }: SelfServicePorts,
  id: string,
  { what, runId }: { readonly what: 'reset' | 'unlock'; readonly runId: string },
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const start = { state: 'started', wanted: what, run_id: runId } as const;
    if (!(await move({ db: tx }, id, 'proven', start))) return false;
    await enqueue(tx, {
      task: settleTaskName,
      payload: { id },
      key: `${settleTaskName}:${id}`,
      maxAttempts: settleAttempts,
    });
    return true;
  });
}

const askDesk =
  'This account cannot be reset here. Please call your service desk, who can tell you why.';

function faultOf(password: Secret, person: Person): string | undefined {
  if (password.reveal().length > passwordMax) return `it has more than ${passwordMax} characters`;
  // At a Windows logon the password is the only thing that is asked.
  return weakness(password, { names: namesOf(person), hasSecondFactor: false });
}

function askedOf(person: Person, wanted: Wanted): ResetAsked {
  const common = {
    person: asResetPerson(person),
    policy: resetPolicy,
    actor: asOwner(person),
    because: ['Their security questions and a second factor were answered.'],
  };
  return wanted.what === 'unlock'
    ? { ...common, what: 'unlock' }
    : { ...common, what: 'reset', password: wanted.password, mustChange: false };
}

function actionOf(what: 'reset' | 'unlock'): string {
  return what === 'reset' ? 'self-service.reset' : 'self-service.unlocked';
}

type Moved = {
  readonly state?: ResetRequest['state'];
  readonly wanted?: 'reset' | 'unlock';
  readonly run_id?: string | null;
  readonly sentence?: string | null;
};

async function move(
  { db }: { readonly db: SelfServicePorts['db'] | Tx },
  id: string,
  from: ResetRequest['state'],
  to: Moved,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('reset_requests')
    .set(to)
    .where('id', '=', id)
    .where('state', '=', from)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Whoever waits at the page asks, and a job does too: the browser may be closed by then. */
export async function settle(ports: SelfServicePorts, id: string): Promise<boolean> {
  const { db } = ports;
  const row = await db
    .selectFrom('reset_requests')
    .select(['run_id', 'user_id', 'wanted'])
    .where('id', '=', id)
    .where('state', '=', 'started')
    .executeTakeFirst();
  if (row === undefined) return true;
  if (row.run_id === null || row.user_id === null || row.wanted === null) return false;
  if (!(await ports.resets.hasBegun(row.run_id))) return false;
  const outcome = await ports.resets.outcome(row.run_id);
  if (outcome.state === 'running' || outcome.state === 'waiting') return false;
  const person = await personById(db, row.user_id);
  if (person === undefined) return true;
  const ids = await inTransaction(db, (tx) =>
    conclude(ports, tx, { id, person, what: row.wanted, outcome }),
  );
  // Committed; the page says so only once nobody can change the entry unseen.
  await chained(db, ids);
  return true;
}

async function conclude(
  ports: SelfServicePorts,
  tx: Tx,
  {
    id,
    person,
    what,
    outcome,
  }: {
    readonly id: string;
    readonly person: Person;
    readonly what: 'reset' | 'unlock' | null;
    readonly outcome: ResetOutcome;
  },
): Promise<readonly string[]> {
  const wanted = what ?? 'reset';
  const isDone = outcome.state === 'done';
  const again = outcome.anotherPassword ? ('proven' as const) : ('refused' as const);
  const state = isDone ? ('done' as const) : again;
  const sentence = isDone ? null : outcome.sentence;
  // The first of page and job tells; the other finds nothing to move.
  if (!(await move({ db: tx }, id, 'started', { state, sentence }))) return [];
  const entry: AuditEntry = entryOf(person, asOwner(person), actionOf(wanted));
  if (!isDone) {
    const because = outcome.code ?? outcome.sentence;
    return audit(tx, [{ ...entry, outcome: 'failed', because }]);
  }
  const ids = await audit(tx, [entry]);
  if (wanted === 'reset') await ports.endSignInsOf(tx, person.id);
  await tellOwner(tx, { telling: wanted, key: id, person, now: ports.clock() });
  return ids;
}

export function settleTask(ports: SelfServicePorts): Task {
  return task({
    name: settleTaskName,
    payload: z.object({ id: z.uuid() }),
    run: async ({ id }, { signal }) => {
      const row = await ports.db
        .selectFrom('reset_requests')
        .select('run_id')
        .where('id', '=', id)
        .where('state', '=', 'started')
        .executeTakeFirst();
      if (row?.run_id == null) return;
      if (await ports.resets.hasBegun(row.run_id)) {
        await ports.resets.waitFor(row.run_id, settleMs, signal);
      }
      if (!(await settle(ports, id))) throw new Error('The directory has not answered yet.');
    },
  });
}
