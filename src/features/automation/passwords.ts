// A generated password waits, sealed, for its one reveal to one person; then it is destroyed.
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import type { Change } from '#domain/change.ts';
import { refuse } from '#domain/problem.ts';
import type { Secret } from '#lib/secret.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import type { Place, Sealing } from '#store/sealing.ts';
import { isPerson } from './approve.ts';
import type { AutomationPorts } from './ports.ts';
import type { RunFacts } from './work.ts';

/** Nobody who has not fetched a first password in two weeks needs it: a reset is safer. */
const handoverDays = 14;
const dayMs = 86_400_000;

export function intentPlace(runId: string, changeId: string): Place {
  return { table: 'intents', row: `${runId}/${changeId}`, column: 'sealed_password' };
}

export function handoverPlace(runId: string, changeId: string): Place {
  return { table: 'password_handovers', row: `${runId}/${changeId}`, column: 'sealed' };
}

/** Keeps the password of an account that was just created until somebody entitled fetches it. */
export function handoverRow(
  sealing: Sealing,
  made: {
    readonly run: RunFacts;
    readonly change: Change;
    readonly account: { readonly id: string; readonly name: string };
    readonly password: Secret;
    readonly now: Date;
  },
) {
  const { run, change, account, password, now } = made;
  return {
    run_id: run.id,
    change_id: change.id,
    account_id: account.id,
    account_name: account.name,
    state: 'sealed' as const,
    sealed: sealing.seal(handoverPlace(run.id, change.id), password),
    expires_at: new Date(now.getTime() + handoverDays * dayMs),
    ended_at: null,
    ended_by: null,
  };
}

/** Shows a password once. The row is emptied and the reveal audited before anything is answered. */
export async function revealPassword(
  ports: Pick<AutomationPorts, 'db' | 'clock' | 'sealing'>,
  runId: string,
  changeId: string,
  actor: Actor,
): Promise<Secret> {
  if (!isPerson(actor)) refuse('approver.not-a-person');
  refuseImpersonated(actor);
  const now = ports.clock();
  return inTransaction(ports.db, async (tx) => {
    let query = tx
      .selectFrom('password_handovers')
      .innerJoin('runs', 'runs.id', 'password_handovers.run_id')
      .select(['state', 'sealed', 'account_id', 'account_name', 'expires_at'])
      .where('run_id', '=', runId)
      .where('change_id', '=', changeId)
      .forUpdate('password_handovers');
    if (actor.clientId !== undefined) query = query.where('runs.client_id', '=', actor.clientId);
    const row = await query.executeTakeFirst();
    if (row === undefined) refuse('password.none', { change: changeId });
    if (row.sealed === null) refuse('password.gone', { state: row.state });
    if (row.expires_at <= now) refuse('password.gone', { state: 'destroyed' });
    await tx
      .updateTable('password_handovers')
      .set({ state: 'revealed', sealed: null, ended_at: now, ended_by: actor.name })
      .where('run_id', '=', runId)
      .where('change_id', '=', changeId)
      .execute();
    const subject = { kind: 'account', id: row.account_id, name: row.account_name };
    const action = 'password.revealed';
    await audit(tx, [{ actor, action, subject, outcome: 'done', runId }]);
    return ports.sealing.unseal(handoverPlace(runId, changeId), row.sealed);
  });
}

/** The password of an account that is not to be used any more. */
export async function destroyHandover(
  tx: Tx,
  accountId: string,
  because: string,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('password_handovers')
    .set({ state: 'destroyed', sealed: null, ended_at: now, ended_by: because })
    .where('account_id', '=', accountId)
    .where('state', '=', 'sealed')
    .execute();
}

/** Destroys what nobody fetched in time. */
export async function destroyExpired(db: Db, now: Date): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('password_handovers')
    .set({ state: 'destroyed', sealed: null, ended_at: now, ended_by: 'its time ran out' })
    .where('state', '=', 'sealed')
    .where('expires_at', '<=', now)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}
