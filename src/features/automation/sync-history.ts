// What plans of a sync said and did of one person, the newest first: for "why did this happen to Maya?".
import { sql } from 'kysely';
import type { Db } from '#store/db.ts';
import { ChangeDocument, NotesDocument } from './documents.ts';

const plansMax = 100;

export async function personHistory(db: Db, syncId: number, personKey: string) {
  const plans = await db
    .selectFrom('plans')
    .innerJoin('plan_people', 'plan_people.plan_id', 'plans.id')
    .leftJoin('runs', 'runs.plan_id', 'plans.id')
    .select(['plans.id', 'plans.state', 'plans.created_at', 'plans.created_by'])
    .select(['plan_people.situation', 'plan_people.notes', 'runs.id as run_id'])
    .where('plans.sync_id', '=', syncId)
    .where('plans.state', '<>', 'planning')
    .where('plan_people.person_key', '=', personKey)
    .orderBy('plans.id', 'desc')
    .limit(plansMax)
    .execute();
  const { rows } = await sql<{
    plan_id: string;
    document: unknown;
    result: string | null;
    because: string | null;
    settled_at: Date | null;
  }>`
    select c.plan_id, c.document, o.result, o.because, o.settled_at from plan_changes c
    left join runs r on r.plan_id = c.plan_id
    left join outcomes o on o.run_id = r.id and o.change_id = c.change_id
    where c.plan_id = any(${plans.map(({ id }) => id)}::uuid[]) and c.person_key = ${personKey}
    order by c.position`.execute(db);
  return plans.map((plan) => ({
    ...{ planId: plan.id, runId: plan.run_id, state: plan.state, situation: plan.situation },
    ...{ at: plan.created_at, by: plan.created_by },
    notes: NotesDocument.parse(plan.notes).map(({ code, sentence }) => ({
      code: code ?? null,
      sentence,
    })),
    changes: rows
      .filter(({ plan_id }) => plan_id === plan.id)
      .map(({ document, result, because, settled_at }) => {
        const change = ChangeDocument.parse(document);
        return {
          ...{ kind: change.kind, before: change.before, after: change.after },
          ...{ because: change.because, result, outcome: because, settledAt: settled_at },
        };
      }),
  }));
}
