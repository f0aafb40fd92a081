// The lab mark: a database that served the lab once is a lab's for ever, so that the lab's loose
// manners never meet real people.
import { refuse } from '#domain/problem.ts';
import type { Db } from './db.ts';

const mark = 'lab';

export async function labMark(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('marks')
    .select('name')
    .where('name', '=', mark)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * What `start` asks first. With --lab an unmarked database gets the mark while it holds nothing;
 * `holdsData` is asked only then. Without --lab a marked one is refused.
 */
export async function agreeOnLab(
  db: Db,
  lab: boolean,
  holdsData: () => Promise<boolean>,
): Promise<void> {
  const marked = await labMark(db);
  if (marked && !lab) refuse('lab.marked');
  if (marked || !lab) return;
  if (await holdsData()) refuse('lab.unmarked');
  await markAsLab(db);
}

export async function markAsLab(db: Db): Promise<void> {
  await db
    .insertInto('marks')
    .values({ name: mark, value: 'yes' })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
}

/** Whether anything was ever done here: every deed of a person or the hub leaves an audit entry. */
export async function holdsData(db: Db): Promise<boolean> {
  const row = await db.selectFrom('audit_entries').select('id').limit(1).executeTakeFirst();
  return row !== undefined;
}
