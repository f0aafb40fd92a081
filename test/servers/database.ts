// A database for a test: fresh, migrated, its own; cloned from a template on a server all tests share.
import { createHash } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
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

/** What a test may want to see kept is asked for after the test: nothing here survives a power cut. */
const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '400',
  max_wal_size: '256MB',
};

let users = 0;
let shared: Promise<Embedded> | undefined;

/** A fresh migrated database. The server stops with its last user. */
export async function aDatabase(): Promise<TestDatabase> {
  users += 1;
  shared ??= openEmbedded({ dataFolder: folder(), chosen: true, settings });
  const server = await shared;
  const name = `test_${newId().replaceAll('-', '')}`;
  await asOwner(server, (owner) => createFromTemplate(server, owner, name));
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
      users -= 1;
      if (users > 0) return;
      shared = undefined;
      await server[Symbol.asyncDispose]();
    },
  };
}

/** One server a user of the machine: worktrees share it, each with templates of its own. */
function folder(): string {
  return join(tmpdir(), `sundog-test-${userInfo().username}`);
}

async function createFromTemplate(server: Embedded, owner: pg.Client, name: string): Promise<void> {
  const template = templateName();
  // Shared by those who copy, alone for the one who makes it: nobody copies half a template.
  await owner.query('select pg_advisory_lock($1)', [locks.testTemplate]);
  const found = await owner.query('select 1 from pg_database where datname = $1', [template]);
  if (found.rowCount === 0) await makeTemplate(server, owner, template);
  await owner.query('select pg_advisory_unlock($1)', [locks.testTemplate]);
  await owner.query(`create database ${name} template ${template}`);
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
