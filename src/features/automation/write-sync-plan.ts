// Writes the plan of a sync: a page of people at a time by COPY, hashed on the way; memory has one page of it.
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import type { PlannedPerson } from '#domain/plan.ts';
import { type PlanHash, startPlanHash } from '#domain/plan-hash.ts';
import type {
  SyncPlanEnd,
  SyncPlanHead,
  SyncPlanWriter,
  Withdrawn,
} from '#domain/ports/sync-plans.ts';
import { countChanges, noTotals, type Totals } from '#domain/totals.ts';
import { newId } from '#lib/ids.ts';
import { streamIn } from '#store/copy-in.ts';
import { type Db, given, inTransaction, json, type Tx } from '#store/db.ts';
import { changeColumns, changeRows, personColumns, personRows } from './plan-rows.ts';
import type { LookPorts } from './ports.ts';
import { planLivesMs, tellOfPlan, waitingNotice, worstOf } from './store-plan.ts';
import { takeOut } from './sync-past.ts';

type WriterPorts = Pick<LookPorts, 'db' | 'pool' | 'clock' | 'notify'>;

export async function beginSyncPlan(
  ports: WriterPorts,
  head: SyncPlanHead,
  actor: Actor,
  undoesRunId: string | null = null,
): Promise<SyncPlanWriter<Tx>> {
  const now = ports.clock();
  if (undoesRunId === null) await sweepSync(ports.db, head.syncId);
  else await sweepUndoes(ports.db, head.syncId, now);
  const id = newId(now);
  await ports.db
    .insertInto('plans')
    .values({
      id,
      sync_id: head.syncId,
      automation_version: head.version,
      definition_digest: head.settingsDigest,
      title: head.title,
      undoes_run_id: undoesRunId,
      client_id: head.clientId,
      state: 'planning',
      source_connection_id: head.sourceConnectionId,
      ...{ needs_approval: true, sentence: '', hash: '', verdict: 'pass' as const },
      ...{ source: json({}), guards: json([]), account_count: 0, change_count: 0 },
      created_at: now,
      created_by_kind: actor.kind,
      created_by_id: actor.id,
      created_by: actor.name,
      expires_at: new Date(now.getTime() + planLivesMs),
    })
    .execute();
  return writerOf(ports, id, head, actor);
}

/** Leaves nothing of plans of this sync whose writing broke off; an undo may be written meanwhile, and stays. */
export async function sweepSync(db: Db, syncId: number): Promise<void> {
  await db
    .deleteFrom('plans')
    .where('sync_id', '=', syncId)
    .where('state', '=', 'planning')
    .where('undoes_run_id', 'is', null)
    .execute();
}

/** Longer than any undo is written: another that is being written stands beside this one. */
const undoWrittenInMs = 60 * 60_000;

async function sweepUndoes(db: Db, syncId: number, now: Date): Promise<void> {
  await db
    .deleteFrom('plans')
    .where('sync_id', '=', syncId)
    .where('state', '=', 'planning')
    .where('undoes_run_id', 'is not', null)
    .where('created_at', '<', new Date(now.getTime() - undoWrittenInMs))
    .execute();
}

/** What is known of a plan under way, beside what is in the database. */
type Writing = {
  hash: PlanHash;
  changes: number;
  /** The next positions: of a change, and of a person. */
  next: number;
  nextPerson: number;
  withdrawn: boolean;
};

function writerOf(
  ports: WriterPorts,
  id: string,
  head: SyncPlanHead,
  actor: Actor,
): SyncPlanWriter<Tx> {
  const start = () =>
    startPlanHash({ automationId: String(head.syncId), automationVersion: head.version });
  const plan: Writing = { hash: start(), changes: 0, next: 0, nextPerson: 0, withdrawn: false };
  return {
    id,
    add: (people) => add(ports, id, plan, people),
    async withdraw(people) {
      const taken = await withdraw(ports.db, id, people);
      const count = countChanges(taken);
      plan.changes -= count;
      if (count > 0) plan.withdrawn = true;
      return taken;
    },
    async finish(end, together) {
      if (plan.withdrawn) plan.hash = await hashAgain(ports.db, id, start());
      return finish(ports, { ...head, ...end, id }, plan, actor, together);
    },
    async abandon() {
      await ports.db
        .deleteFrom('plans')
        .where('id', '=', id)
        .where('state', '=', 'planning')
        .execute();
    },
  };
}

async function add(
  { db, pool }: WriterPorts,
  planId: string,
  plan: Writing,
  people: readonly PlannedPerson[],
): Promise<void> {
  const changes = people.flatMap((person) => person.changes);
  if (changes.length > 0) {
    const rows = changeRows(planId, plan.next, changes, plan.hash);
    await streamIn(pool, 'plan_changes', changeColumns, rows);
  }
  const again = people.filter(comesAgain);
  const first = again.length === 0 ? people : people.filter((person) => !comesAgain(person));
  if (first.length > 0) {
    const rows = personRows(planId, plan.nextPerson, first, () => undefined);
    await streamIn(pool, 'plan_people', personColumns, rows);
  }
  await addAgain(db, planId, plan.nextPerson + first.length, again);
  plan.changes += changes.length;
  plan.next += changes.length;
  plan.nextPerson += people.length;
}

/** Who may be in the plan already: a second look at them has changes of a later step alone. */
function comesAgain({ changes }: PlannedPerson): boolean {
  return changes.length > 0 && changes.every(({ step }) => step > 0);
}

async function addAgain(
  db: Db,
  planId: string,
  firstPosition: number,
  people: readonly PlannedPerson[],
): Promise<void> {
  if (people.length === 0) return;
  const rows = people.map((person, at) => ({
    plan_id: planId,
    position: firstPosition + at,
    person_key: person.key,
    person_name: person.name,
    situation: person.situation,
    in_group: person.group,
    change_count: person.changes.length,
    notes: person.notes,
  }));
  await db
    .insertInto('plan_people')
    .columns(columns)
    .expression((from) => from.selectFrom(given('plan_people', rows, 'row')).select(columns))
    .onConflict((conflict) =>
      conflict.columns(['plan_id', 'person_key']).doUpdateSet({
        change_count: sql`plan_people.change_count + excluded.change_count`,
        notes: sql`plan_people.notes || excluded.notes`,
        in_group: sql`case when plan_people.in_group in ('unchanged', 'waiting')
          then excluded.in_group else plan_people.in_group end`,
      }),
    )
    .execute();
}

const columns = [
  ...(['plan_id', 'position', 'person_key', 'person_name', 'situation'] as const),
  ...(['in_group', 'change_count', 'notes'] as const),
];

/** Gives what was taken out; its people stay, as somebody's to decide. */
async function withdraw(db: Db, planId: string, people: readonly Withdrawn[]): Promise<Totals> {
  if (people.length === 0) return noTotals;
  const keys = people.map(({ personKey }) => personKey);
  const notes = people.map(({ note }) => json(note === undefined ? [] : [note]));
  return inTransaction(db, async (tx) => {
    const taken = await takeOut(tx, planId, keys);
    await sql`
      update plan_people set situation = 'disputed', in_group = 'disputed', change_count = 0,
        notes = plan_people.notes || said.notes
      from unnest(${keys}::text[], ${notes}::jsonb[]) as said (person_key, notes)
      where plan_id = ${planId}::uuid and plan_people.person_key = said.person_key`.execute(tx);
    return taken;
  });
}

/** As many documents as one page has. */
const pageRows = 1_000;

async function hashAgain(db: Db, planId: string, hash: PlanHash): Promise<PlanHash> {
  let after = -1;
  for (;;) {
    const rows = await db
      .selectFrom('plan_changes')
      .select(['position', 'document'])
      .where('plan_id', '=', planId)
      .where('position', '>', after)
      .orderBy('position')
      .limit(pageRows)
      .execute();
    for (const { document } of rows) hash.addKept(document);
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) return hash;
    after = last.position;
  }
}

async function finish(
  ports: WriterPorts,
  plan: SyncPlanHead & SyncPlanEnd & { readonly id: string },
  { hash, changes }: Writing,
  actor: Actor,
  together: (tx: Tx) => Promise<void> = async () => {},
): Promise<{ readonly hash: string; readonly changeCount: number }> {
  const expiresAt = new Date(ports.clock().getTime() + planLivesMs);
  const { guards, source, sentence } = plan;
  const finished = hash.finish({ expiresAt, guards, sourceDigest: source.digest });
  await inTransaction(ports.db, async (tx) => {
    await tx
      .updateTable('plans')
      .set({ state: 'waiting', hash: finished, change_count: changes, expires_at: expiresAt })
      .set({ guards: json(guards), source: json(source), verdict: worstOf(guards), sentence })
      .set({ account_count: plan.accounts, needs_approval: plan.needsApproval })
      .where('id', '=', plan.id)
      .where('state', '=', 'planning')
      .returning('id')
      .executeTakeFirstOrThrow();
    await together(tx);
    await tellOfPlan(tx, { ...plan, hash: finished }, actor);
    if (plan.needsApproval && changes > 0) await ports.notify(tx, waitingNotice(plan));
  });
  return { hash: finished, changeCount: changes };
}
