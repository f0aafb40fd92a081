// The command that brings the database up to date.
import { withHub } from './hub.ts';

/** Opening the store migrates it; what is left to say is how it stands. */
export async function migrateCommand(): Promise<void> {
  await withHub(async ({ db }) => {
    const row = await db
      .selectFrom('schema_migrations')
      .select((row) => [row.fn.countAll<string>().as('count'), row.fn.max('name').as('last')])
      .executeTakeFirstOrThrow();
    console.log(`The database is up to date: ${row.count} migrations, the last is ${row.last}.`);
  });
}
