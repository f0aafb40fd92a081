// A yes or a no by someone entitled, given to the hash of one stored plan, once.
import type { Selectable } from 'kysely';
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import type { GuardVerdict } from '#domain/plan.ts';
import { refuse } from '#domain/problem.ts';
import { audit } from '#store/audit.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import type { Plans } from '#store/tables.ts';
import { GuardsDocument } from './documents.ts';
import type { AutomationPorts } from './ports.ts';
import { refuseApplied } from './start-run.ts';

/** Which guards that stop the plan are to be passed over, and why. */
export type Override = { readonly guards: readonly string[]; readonly reason: string };

export type NamedPolicy = { readonly name: string; readonly version: number };

export type Decision = {
  readonly hash: string;
  readonly comment: string;
  readonly override?: Override | undefined;
  /** Set when a policy decides and no person. */
  readonly policy?: NamedPolicy;
};

/** The actor of the hub's own command line: whoever can run it holds the hub's keys already. */
export const commandLineId = 'command-line';

/**
 * Whether a person decides here: an agent or user who signed in, or somebody at the hub's own command
 * line. An application never is one, whatever it may do, and neither is the hub itself.
 */
export function isPerson({ kind, id }: Actor): boolean {
  return kind === 'agent' || kind === 'user' || (kind === 'system' && id === commandLineId);
}

export async function approvePlan(
  { db, clock }: Pick<AutomationPorts, 'db' | 'clock'>,
  planId: string,
  decision: Decision,
  actor: Actor,
): Promise<void> {
  if (!isPerson(actor)) refuse('approver.not-a-person');
  refuseImpersonated(actor);
  const now = clock();
  await inTransaction(db, async (tx) => {
    const plan = await lockUndecided(tx, planId, actor, now);
    if (plan.hash !== decision.hash) refuse('plan.hash-differs');
    if (plan.change_count === 0) refuse('plan.empty');
    const overridden = checkOverride(GuardsDocument.parse(plan.guards), decision.override);
    await record(tx, plan, 'approved', decision, overridden, actor, now);
  });
}

/** The named policy says yes where no person is asked; its name and version are kept with the hash. */
export async function approveByPolicy(
  tx: Tx,
  planId: string,
  decision: { readonly hash: string; readonly comment: string; readonly policy: NamedPolicy },
  now: Date,
): Promise<void> {
  const { policy } = decision;
  const actor: Actor = {
    kind: 'system',
    id: `policy:${policy.name}`,
    name: `The policy "${policy.name}", version ${policy.version}`,
    permissions: new Set(),
  };
  const plan = await lockUndecided(tx, planId, actor, now);
  if (plan.hash !== decision.hash) refuse('plan.hash-differs');
  if (plan.change_count === 0) refuse('plan.empty');
  checkOverride(GuardsDocument.parse(plan.guards), undefined);
  await record(tx, plan, 'approved', decision, [], actor, now);
}

export async function rejectPlan(
  { db, clock }: Pick<AutomationPorts, 'db' | 'clock'>,
  planId: string,
  comment: string,
  actor: Actor,
): Promise<void> {
  if (!isPerson(actor)) refuse('approver.not-a-person');
  refuseImpersonated(actor);
  const now = clock();
  await inTransaction(db, async (tx) => {
    const plan = await lockUndecided(tx, planId, actor, now);
    await record(tx, plan, 'rejected', { hash: plan.hash, comment }, [], actor, now);
  });
}

/** The row lock makes the second of two deciders wait, and then see the decision of the first. */
async function lockUndecided(
  tx: Tx,
  id: string,
  actor: Actor,
  now: Date,
): Promise<Selectable<Plans>> {
  let query = tx.selectFrom('plans').selectAll().where('id', '=', id).forUpdate();
  if (actor.clientId !== undefined) query = query.where('client_id', '=', actor.clientId);
  const plan = (await query.executeTakeFirst()) ?? refuse('record.unknown', { kind: 'plan', id });
  const before = await tx
    .selectFrom('approvals')
    .select(['decision', 'decided_by'])
    .where('plan_id', '=', id)
    .executeTakeFirst();
  if (before !== undefined) {
    refuse('plan.decided', { decision: before.decision, name: before.decided_by });
  }
  // A plan that needed no yes may have been started without one.
  if (plan.state === 'applying' || plan.state === 'applied') await refuseApplied(tx, id);
  if (plan.state !== 'waiting') refuse('plan.decided', { decision: plan.state, name: 'Sundog' });
  if (plan.expires_at <= now) refuse('plan.expired', { at: plan.expires_at.toISOString() });
  return plan;
}

/** Every guard that stops must be named, with a reason: a single "all of them" would be no decision. */
function checkOverride(
  guards: readonly GuardVerdict[],
  override: Override | undefined,
): readonly string[] {
  const stopping = guards.filter(({ verdict }) => verdict === 'stop').map(({ name }) => name);
  const named = new Set(override?.guards ?? []);
  const known = guards.map(({ name }) => name);
  const mistaken = [...named].find((name) => !known.includes(name));
  if (mistaken !== undefined) {
    refuse('guard.unknown', { name: mistaken, guards: known.join(', ') || 'none' });
  }
  const unnamed = stopping.filter((name) => !named.has(name));
  if (unnamed.length > 0) refuse('plan.stopped', { guards: unnamed.join(', ') });
  if (stopping.length > 0 && override?.reason.trim() === '') {
    refuse('plan.stopped', { guards: stopping.join(', ') });
  }
  return stopping;
}

async function record(
  tx: Tx,
  plan: Selectable<Plans>,
  what: 'approved' | 'rejected',
  decision: Decision,
  overridden: readonly string[],
  actor: Actor,
  now: Date,
): Promise<void> {
  const reason = overridden.length > 0 ? (decision.override?.reason ?? null) : null;
  await tx
    .insertInto('approvals')
    .values({
      plan_id: plan.id,
      decision: what,
      hash: decision.hash,
      comment: decision.comment,
      overridden: [...overridden],
      override_reason: reason,
      policy_name: decision.policy?.name ?? null,
      policy_version: decision.policy?.version ?? null,
      decided_by_kind: actor.kind,
      decided_by_id: actor.id,
      decided_by: actor.name,
      decided_at: now,
    })
    .execute();
  await tx.updateTable('plans').set({ state: what }).where('id', '=', plan.id).execute();
  const because = [decision.comment, ...(reason === null ? [] : [`passed over: ${reason}`])];
  await audit(tx, [
    {
      actor,
      action: `plan.${what}`,
      subject: { kind: 'plan', id: plan.id, name: plan.title },
      outcome: 'done',
      after: decision.hash,
      because: because.filter((text) => text !== '').join('; '),
      clientId: plan.client_id,
    },
    ...overridden.map((guard) => ({
      actor,
      action: 'guard.overridden',
      subject: { kind: 'plan', id: plan.id, name: plan.title },
      field: guard,
      outcome: 'done' as const,
      because: reason ?? '',
    })),
  ]);
}
