// A database for a test: fresh, migrated, its own; cloned from a template on a server all tests share.
import { createHash } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { newId } from '#lib/ids.ts';
import { silentLog } from '#lib/log.ts';
import type { Secret } from '#lib/secret.ts';
import { closeDb, type Db, openDb, openPool } from '#store/db.ts';
import { type Embedded, openEmbedded } from '#store/embedded/embedded.ts';
import { locks } from '#store/locks.ts';
import { migrate, readMigrations } from '#store/migrate.ts';

export type TestDatabase = AsyncDisposable & {
  readonly db: Db;
  readonly pool: pg.Pool;
  /** The hub's role; it may do what the hub may do. */
  readonly connectionString: Secret;
  /** The owner of the tables. */
  readonly ownerConnectionString: Secret;
};

/** Fast rather than safe: nothing here has to survive a power cut. */
const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  max_connections: '400',
  max_wal_size: '256MB',
};
const templatesKept = 12;

let users = 0;
let shared: Promise<Embedded> | undefined;

/** A fresh migrated database. The server stops with its last user. */
export async function aDatabase(): Promise<TestDatabase> {
  const server = await join();
  const name = `test_${newId().replaceAll('-', '')}`;
  try {
    await asOwner(server, (owner) => copyTemplate(server, owner, name));
  } catch (error) {
    await leave(server);
    throw error;
  }
  const connectionString = server.connectionString('hub', name);
  const pool = openPool({ connectionString, name, connectionsMax: 5, log: silentLog });
  const db = openDb(pool);
  return {
    db,
    pool,
    connectionString,
    ownerConnectionString: server.connectionString('owner', name),
    async [Symbol.asyncDispose]() {
      await closeDb(db, pool);
      await asOwner(server, (owner) => owner.query(`drop database ${name} with (force)`));
      await leave(server);
    },
  };
}

async function join(): Promise<Embedded> {
  users += 1;
  shared ??= start();
  try {
    return await shared;
  } catch (error) {
    users -= 1;
    shared = undefined;
    throw error;
  }
}

async function leave(server: Embedded): Promise<void> {
  users -= 1;
  if (users > 0) return;
  shared = undefined;
  await server[Symbol.asyncDispose]();
}

async function start(): Promise<Embedded> {
  const before = `test_${newId().replaceAll('-', '')}`;
  const server = await openEmbedded({ dataFolder: folder(), chosen: true, settings });
  if (server.started) await asOwner(server, (owner) => sweep(owner, before));
  return server;
}

/** Drops what tests that were killed left behind, and the templates of times gone by. */
async function sweep(owner: pg.Client, before: string): Promise<void> {
  await owner.query('select pg_advisory_lock($1)', [locks.testTemplate]);
  const { rows } = await owner.query<{ name: string }>(
    `select datname as name from pg_database where datname like 'test\\_%' and datname < $1
     union (select datname from pg_database where datname like 'template\\_%' order by oid desc offset $2)`,
    [before, templatesKept],
  );
  for (const { name } of rows) await owner.query(`drop database if exists ${name} with (force)`);
  await owner.query('select pg_advisory_unlock($1)', [locks.testTemplate]);
}

/** To be raised with `settings`: a server that runs with others is not the one to join. */
const generation = 2;

/** One server a user of the machine: worktrees share it, each with templates of its own. */
function folder(): string {
  return path.join(tmpdir(), `sundog-test-${userInfo().username}-${generation}`);
}

/** Those who copy share a lock; who makes a template is alone: nobody copies half of one. */
async function copyTemplate(server: Embedded, owner: pg.Client, name: string): Promise<void> {
  const template = templateName();
  await owner.query('select pg_advisory_lock_shared($1)', [locks.testTemplate]);
  if (!(await exists(owner, template))) {
    await owner.query('select pg_advisory_unlock_shared($1)', [locks.testTemplate]);
    await owner.query('select pg_advisory_lock($1)', [locks.testTemplate]);
    if (!(await exists(owner, template))) await makeTemplate(server, owner, template);
  }
  await owner.query(`create database ${name} template ${template} strategy file_copy`);
  await owner.query('select pg_advisory_unlock_all()');
}

async function exists(owner: pg.Client, database: string): Promise<boolean> {
  const found = await owner.query('select 1 from pg_database where datname = $1', [database]);
  return found.rowCount === 1;
}

async function makeTemplate(server: Embedded, owner: pg.Client, template: string): Promise<void> {
  const unfinished = `${template}_new`;
  await owner.query(`drop database if exists ${unfinished} with (force)`);
  await owner.query(`create database ${unfinished}`);
  await migrate(server.connectionString('owner', unfinished), {
    hub: server.connectionString('hub', unfinished),
  });
  await owner.query(`alter database ${unfinished} rename to ${template}`);
}

function templateName(): string {
  const hash = createHash('sha256');
  for (const { name, checksum } of readMigrations()) hash.update(`${name} ${checksum}\n`);
  return `template_${hash.digest('hex').slice(0, 16)}`;
}

async function asOwner<T>(server: Embedded, work: (owner: pg.Client) => Promise<T>): Promise<T> {
  const owner = new pg.Client({
    connectionString: server.connectionString('owner', 'postgres').reveal(),
  });
  await owner.connect();
  try {
    return await work(owner);
  } finally {
    await owner.end();
  }
}
