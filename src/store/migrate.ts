// Brings a database up to date: plain SQL files in order, each in a transaction of its own.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runMigrations } from 'graphile-worker';
import pg from 'pg';
import { refuse } from '#domain/problem.ts';
import { errorCode, errorMessage } from '#lib/errors.ts';
import type { Secret } from '#lib/secret.ts';
import { locks } from './locks.ts';
import { queueLogger } from './queue-logger.ts';
import { guardSealedColumns } from './sealed-columns.ts';

export type Migration = { readonly name: string; readonly sql: string; readonly checksum: string };

export type MigrateOptions = {
  /** The address the hub works with, where its role is not the owner: it is given its rights. */
  readonly hub?: Secret;
  readonly migrations?: readonly Migration[];
};

const folder = join(import.meta.dirname, 'migrations');
/** How long one process waits for another that is migrating. */
const lockLimitMs = 120_000;
/** insufficient_privilege (PostgreSQL, appendix A) */
const notAllowed = '42501';

/** The migrations that came with this program, in order. */
export function readMigrations(): readonly Migration[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

/** Applies what is missing and says what it was. Two processes that start at once do it once. */
export async function migrate(
  connectionString: Secret,
  options: MigrateOptions = {},
): Promise<{ readonly applied: readonly string[] }> {
  const migrations = options.migrations ?? readMigrations();
  const hub = options.hub ?? connectionString;
  const client = await connect(connectionString);
  try {
    await takeLock(client);
    await makeLedger(client, migrations);
    const pending = pendingOf(migrations, await appliedOf(client));
    for (const migration of pending) await apply(client, migration);
    await guardSealedColumns(client);
    await grant(client, hub);
    await migrateQueue(hub);
    return { applied: pending.map(({ name }) => name) };
  } finally {
    // Ends the session, and with it the lock.
    await client.end();
  }
}

/**
 * Whether the schema lacks something, as far as the hub's own role can see. Refuses a database that
 * a newer or an altered program has used.
 */
export async function needsMigration(
  pool: pg.Pool,
  migrations: readonly Migration[] = readMigrations(),
): Promise<boolean> {
  try {
    return pendingOf(migrations, await appliedOf(pool)).length > 0;
  } catch (error) {
    // Not there yet (undefined_table), or not yet granted to this role: both are mended by migrating.
    if (['42P01', notAllowed].includes(errorCode(error) ?? '')) return true;
    throw error;
  }
}

function pendingOf(
  migrations: readonly Migration[],
  applied: ReadonlyMap<string, string>,
): readonly Migration[] {
  const known = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  for (const [name, checksum] of applied) {
    if (!known.has(name)) refuse('store.schema-newer', { name });
    if (known.get(name) !== checksum) refuse('store.migration-changed', { name });
  }
  return migrations.filter(({ name }) => !applied.has(name));
}

async function appliedOf(client: pg.Client | pg.Pool): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from schema_migrations order by name',
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

async function makeLedger(client: pg.Client, migrations: readonly Migration[]): Promise<void> {
  try {
    await client.query(`create table if not exists schema_migrations (
      name text primary key, checksum text not null, applied_at timestamptz not null default now())`);
  } catch (error) {
    const name = migrations[0]?.name ?? 'of the queue';
    if (errorCode(error) === notAllowed) refuse('store.migration-denied', { name }, error);
    throw error;
  }
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query('insert into schema_migrations (name, checksum) values ($1, $2)', [
      name,
      checksum,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    if (errorCode(error) === notAllowed) refuse('store.migration-denied', { name }, error);
    refuse('store.migration-failed', { name, reason: errorMessage(error) }, error);
  }
}

async function connect(connectionString: Secret): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: connectionString.reveal(),
    application_name: 'sundog migrate',
    connectionTimeoutMillis: 15_000,
  });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function takeLock(client: pg.Client): Promise<void> {
  try {
    await client.query(`set lock_timeout = ${lockLimitMs}`);
    await client.query('select pg_advisory_lock($1)', [locks.migration]);
    await client.query('set lock_timeout = 0');
  } catch (error) {
    // 55P03 lock_not_available
    if (errorCode(error) === '55P03') refuse('store.migration-busy', {}, error);
    throw error;
  }
}

/**
 * Gives the hub's role what it needs and no more: it reads and writes rows, but of a table whose
 * comment begins with `insert-only` it can only read and insert, of one with `read-only` only read.
 * Such a table is written by functions of the owner's, commented `for the hub`. Changing the schema
 * stays the owner's.
 */
async function grant(client: pg.Client, hub: Secret): Promise<void> {
  const role = new pg.Client({ connectionString: hub.reveal() }).user ?? '';
  const { rows } = await client.query<{ owner: string; is_owner: boolean }>(
    'select current_user as owner, current_user = $1 as is_owner',
    [role],
  );
  if (role === '' || rows[0]?.is_owner !== false) return;
  const to = client.escapeIdentifier(role);
  const tables = await client.query<{ name: string; remark: string | null }>(
    `select format('%I', relname) as name, obj_description(oid, 'pg_class') as remark from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')`,
  );
  const grants = tables.rows.flatMap(({ name, remark }) => {
    const rights = rightsOn(name, remark);
    return [`revoke all on ${name} from ${to}`, `grant ${rights} on ${name} to ${to}`];
  });
  const functions = await client.query<{ name: string }>(
    `select oid::regprocedure::text as name from pg_proc
      where pronamespace = 'public'::regnamespace and obj_description(oid, 'pg_proc') like 'for the hub%'`,
  );
  const executions = functions.rows.map(({ name }) => `grant execute on function ${name} to ${to}`);
  const { rows: database } = await client.query<{ name: string }>(
    `select format('%I', current_database()) as name`,
  );
  await client.query(
    [
      'begin',
      ...grants,
      ...executions,
      `grant usage on all sequences in schema public to ${to}`,
      // The queue keeps its own schema, which the hub's role owns.
      `grant connect, create on database ${database[0]?.name} to ${to}`,
      'commit',
    ].join(';'),
  );
}

function rightsOn(table: string, remark: string | null): string {
  if (table === 'schema_migrations' || remark?.startsWith('read-only') === true) return 'select';
  return remark?.startsWith('insert-only') === true
    ? 'select, insert'
    : 'select, insert, update, delete';
}

/** graphile-worker brings its own migrations and its own care for two that start at once. */
async function migrateQueue(hub: Secret): Promise<void> {
  await runMigrations({ connectionString: hub.reveal(), logger: queueLogger() });
}
