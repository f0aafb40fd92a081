// The commands around the database and the API's description.
import { openapiOf } from '#http/built-in.ts';
import { version, withHub } from './hub.ts';
import { printJson } from './print.ts';
import { withParts } from './serve.ts';

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

export async function openapiCommand(): Promise<void> {
  await withHub((hub) =>
    withParts(hub, async ({ routes }) => printJson(openapiOf(routes, { version }))),
  );
}
