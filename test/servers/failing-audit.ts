// A database that takes no audit entries of some actions, as if the write failed.
import pg from 'pg';
import type { TestDatabase } from './database.ts';

/** Until it is disposed; by a constraint that only the tables' owner can make. */
export async function failingAudit(
  { ownerConnectionString }: Pick<TestDatabase, 'ownerConnectionString'>,
  actions: string,
): Promise<AsyncDisposable> {
  const owner = new pg.Client({ connectionString: ownerConnectionString.reveal() });
  await owner.connect();
  await owner.query(
    `alter table audit_entries add constraint failing check (action !~ ${owner.escapeLiteral(actions)}) not valid`,
  );
  return {
    async [Symbol.asyncDispose]() {
      await owner.query('alter table audit_entries drop constraint failing');
      await owner.end();
    },
  };
}
