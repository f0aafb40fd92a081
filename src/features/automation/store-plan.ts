// Keeps a plan: its changes go to PostgreSQL by COPY as they come, hashed on the way, shown when whole.
import type { Actor } from '#domain/actor.ts';
import type { Link } from '#domain/link.ts';
import type { Notice } from '#domain/notice.ts';
import type { GuardVerdict } from '#domain/plan.ts';
import { startPlanHash } from '#domain/plan-hash.ts';
import type { SourceFacts, SourceRecord } from '#domain/record.ts';
import { newId } from '#lib/ids.ts';
import { audit } from '#store/audit.ts';
import { type CopiedValue, streamIn } from '#store/copy-in.ts';
import { inTransaction, json, type Tx } from '#store/db.ts';
import {
  changeColumns,
  changeRows,
  type PlannedFor,
  personColumns,
  personRows,
} from './plan-rows.ts';
import type { LookPorts } from './ports.ts';

export type NewPlan = {
  readonly of:
    | { readonly kind: 'automation'; readonly id: string; readonly version: number }
    | { readonly kind: 'outbound-webhook'; readonly id: string }
    /** Asked for by self-service: the version is that of the policy which says yes. */
    | { readonly kind: 'password-reset'; readonly id: string; readonly version: number };
  readonly digest: string;
  readonly title: string;
  readonly clientId: number | null;
  readonly sentence: string;
  readonly undoesRunId: string | null;
  readonly personKey: string | null;
  readonly sourceConnectionId: string | null;
  readonly source: SourceFacts;
  readonly guards: readonly GuardVerdict[];
  /** How many accounts the guards took their shares of; judged again when the plan is applied. */
  readonly accounts: number;
  readonly needsApproval: boolean;
  readonly people: readonly PlannedFor[];
  readonly links: readonly Link[];
  /** What the source said of a person, kept for whoever has changes: told requests speak of it. */
  record(key: string): SourceRecord | undefined;
};

/** A plan is true for a day; then the world has moved on. */
export const planLivesMs = 24 * 60 * 60_000;

export async function storePlan(
  ports: Pick<LookPorts, 'db' | 'pool' | 'clock' | 'notify'>,
  plan: NewPlan,
  actor: Actor,
  { quiet }: { readonly quiet: boolean } = { quiet: false },
): Promise<{ readonly id: string; readonly hash: string; readonly changeCount: number }> {
  const now = ports.clock();
  const id = newId(now);
  const expiresAt = new Date(now.getTime() + planLivesMs);
  const changes = plan.people.flatMap((person) => person.changes);
  const version = plan.of.kind === 'outbound-webhook' ? 1 : plan.of.version;
  const hash = startPlanHash({ automationId: plan.of.id, automationVersion: version });
  await ports.db
    .insertInto('plans')
    .values(rowOf(plan, id, version, actor, now, expiresAt))
    .execute();
  const { pool } = ports;
  await streamIn(pool, 'plan_changes', changeColumns, changeRows(id, 0, changes, hash));
  const people = personRows(id, 0, plan.people, plan.record);
  await streamIn(pool, 'plan_people', personColumns, people);
  await streamIn(pool, 'plan_links', linkColumns, linkRows(id, plan.links));
  const finished = hash.finish({
    expiresAt,
    guards: plan.guards,
    sourceDigest: plan.source.digest,
  });
  await inTransaction(ports.db, async (tx) => {
    await tx
      .updateTable('plans')
      .set({ state: 'waiting', hash: finished, change_count: changes.length })
      .where('id', '=', id)
      .execute();
    await tellOfPlan(tx, { ...plan, id, hash: finished }, actor);
    if (plan.needsApproval && changes.length > 0 && !quiet) {
      await ports.notify(tx, waitingNotice({ ...plan, id }));
    }
  });
  return { id, hash: finished, changeCount: changes.length };
}

type MadePlan = Pick<NewPlan, 'clientId' | 'title' | 'sentence'> & { readonly id: string };

/** The audit entry of a plan that is shown from now on. */
export async function tellOfPlan(
  tx: Tx,
  plan: MadePlan & { readonly hash: string },
  actor: Actor,
): Promise<void> {
  const subject = { kind: 'plan', id: plan.id, name: plan.title };
  const { clientId, hash: after, sentence: because } = plan;
  await audit(tx, [
    { actor, action: 'plan.made', subject, outcome: 'done', after, clientId, because },
  ]);
}

export function waitingNotice(plan: MadePlan): Notice {
  const { id, clientId, title, sentence } = plan;
  const key = `plan.waits:${id}`;
  return {
    event: 'plan.waits',
    key,
    clientId,
    title: `A plan waits: ${title}`,
    sentence,
    path: `/plans/${id}`,
  };
}

/** Plans whose writing broke off are nobody's. */
export async function sweepUnfinished({
  db,
  clock,
}: Pick<LookPorts, 'db' | 'clock'>): Promise<void> {
  await db
    .deleteFrom('plans')
    .where('state', '=', 'planning')
    .where('created_at', '<', new Date(clock().getTime() - planLivesMs))
    .execute();
}

function rowOf(
  plan: NewPlan,
  id: string,
  version: number,
  actor: Actor,
  now: Date,
  expiresAt: Date,
) {
  return {
    id,
    automation_id: plan.of.kind === 'automation' ? plan.of.id : null,
    automation_version: version,
    outbound_webhook_id: plan.of.kind === 'outbound-webhook' ? plan.of.id : null,
    reset_connection_id: plan.of.kind === 'password-reset' ? plan.of.id : null,
    definition_digest: plan.digest,
    title: plan.title,
    client_id: plan.clientId,
    state: 'planning' as const,
    needs_approval: plan.needsApproval,
    sentence: plan.sentence,
    hash: '',
    undoes_run_id: plan.undoesRunId,
    person_key: plan.personKey,
    source_connection_id: plan.sourceConnectionId,
    source: json(plan.source),
    guards: json(plan.guards),
    verdict: worstOf(plan.guards),
    account_count: plan.accounts,
    change_count: 0,
    created_at: now,
    created_by_kind: actor.kind,
    created_by_id: actor.id,
    created_by: actor.name,
    expires_at: expiresAt,
  };
}

const linkColumns = ['plan_id', 'person_key', 'document'];

function* linkRows(planId: string, links: readonly Link[]): Generator<readonly CopiedValue[]> {
  for (const link of links) yield [planId, link.personKey, link];
}

/** What a plan's row says of its guards, to be found by without reading them. */
export function worstOf(guards: readonly GuardVerdict[]): GuardVerdict['verdict'] {
  const verdicts = guards.map(({ verdict }) => verdict);
  return (['stop', 'review'] as const).find((one) => verdicts.includes(one)) ?? 'pass';
}
