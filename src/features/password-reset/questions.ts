// The catalogue of security questions: what people may choose from when they enrol.
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';

export const questionLengthMax = 200;

export type Question = { readonly id: number; readonly name: string; readonly enabled: boolean };

export type QuestionDraft = {
  readonly id?: number | undefined;
  readonly name?: string | null | undefined;
  readonly enabled?: boolean | null | undefined;
};

export async function listQuestions(
  db: Db | Tx,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly rows: readonly Question[]; readonly count: number }> {
  const rows = await db
    .selectFrom('security_questions')
    .select(['id', 'name', 'enabled'])
    .orderBy('id')
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  const { count } = await db
    .selectFrom('security_questions')
    .select((of) => of.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return { rows, count };
}

export async function findQuestions(db: Db | Tx, ids: readonly number[]): Promise<Question[]> {
  if (ids.length === 0) return [];
  return db
    .selectFrom('security_questions')
    .select(['id', 'name', 'enabled'])
    .where('id', 'in', [...ids])
    .execute();
}

export async function offeredQuestions(db: Db | Tx): Promise<Question[]> {
  return db
    .selectFrom('security_questions')
    .select(['id', 'name', 'enabled'])
    .where('enabled', '=', true)
    .orderBy('id')
    .execute();
}

/** Makes those without an id and changes those with one; all or none. */
export async function saveQuestions(
  db: Db,
  drafts: readonly QuestionDraft[],
  by: Actor,
): Promise<readonly Question[]> {
  return inTransaction(db, async (tx) => {
    const saved: Question[] = [];
    for (const draft of drafts) {
      const isNew = draft.id === undefined || draft.id === 0;
      saved.push(isNew ? await insert(tx, draft, by) : await change(tx, draft, by));
    }
    return saved;
  });
}

async function insert(tx: Tx, draft: QuestionDraft, actor: Actor): Promise<Question> {
  const row = await tx
    .insertInto('security_questions')
    .values({ name: textOf(draft.name), enabled: draft.enabled ?? true })
    .onConflict((conflict) => conflict.doNothing())
    .returning(['id', 'name', 'enabled'])
    .executeTakeFirst();
  if (row === undefined) return refuse('question.taken');
  await audit(tx, [entry(row, actor, 'question.created')]);
  return row;
}

async function change(tx: Tx, draft: QuestionDraft, actor: Actor): Promise<Question> {
  const id = draft.id ?? 0;
  const before = await locked(tx, id);
  const after: Question = {
    id,
    name: draft.name === undefined ? before.name : textOf(draft.name),
    enabled: draft.enabled ?? before.enabled,
  };
  const { name, enabled } = after;
  // What people have answered stays the question they answered.
  if (name !== before.name && (await isAnswered(tx, id))) refuse('question.in-use', { id });
  const twin = await tx
    .selectFrom('security_questions')
    .select('id')
    .where((row) => row(row.fn<string>('lower', ['name']), '=', name.toLowerCase()))
    .where('id', '<>', id)
    .executeTakeFirst();
  if (twin !== undefined) refuse('question.taken');
  await tx.updateTable('security_questions').set({ name, enabled }).where('id', '=', id).execute();
  const fields = [
    { field: 'name', before: before.name, after: name },
    { field: 'enabled', before: String(before.enabled), after: String(enabled) },
  ].filter((field) => field.before !== field.after);
  await audit(
    tx,
    fields.map((field) => ({ ...entry(after, actor, 'question.changed'), ...field })),
  );
  return after;
}

export async function deleteQuestion(db: Db, id: number, actor: Actor): Promise<Question> {
  return inTransaction(db, async (tx) => {
    const question = await locked(tx, id);
    if (await isAnswered(tx, id)) refuse('question.in-use', { id });
    await tx.deleteFrom('security_questions').where('id', '=', id).execute();
    await audit(tx, [entry(question, actor, 'question.deleted')]);
    return question;
  });
}

async function locked(tx: Tx, id: number): Promise<Question> {
  const row = await tx
    .selectFrom('security_questions')
    .select(['id', 'name', 'enabled'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row ?? refuse('record.unknown', { kind: 'security question', id });
}

async function isAnswered(tx: Tx, id: number): Promise<boolean> {
  const row = await tx
    .selectFrom('security_answers')
    .select('user_id')
    .where('question_id', '=', id)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

function textOf(name: string | null | undefined): string {
  const text = (name ?? '').replaceAll(/\s+/g, ' ').trim();
  const wrong = /\p{Cc}/u.test(text) ? 'holds control characters' : undefined;
  const length = [...text].length;
  const fault = length < 5 || length > questionLengthMax ? 'needs 5 to 200 characters' : wrong;
  if (fault !== undefined) refuse('request.invalid', { reason: `name ${fault}` });
  return text;
}

function entry({ id, name }: Question, actor: Actor, action: string): AuditEntry {
  return { actor, action, subject: { kind: 'question', id: String(id), name }, outcome: 'done' };
}
