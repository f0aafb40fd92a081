// The PostgreSQL the hub brings along: made, started or joined on the way in; whoever leaves last
// stops it.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { refuse } from '#domain/problem.ts';
import { errorMessage } from '#lib/errors.ts';
import { Secret } from '#lib/secret.ts';
import { locks } from '#store/locks.ts';
import { type Binaries, copyBinaries, linkLibraries, packagedBinaries } from './binaries.ts';
import { hubRole, makeCluster, ownerRole, type Passwords } from './cluster.ts';
import { type DataFolder, serverFolder, systemFolder } from './data-folder.ts';
import { findPostmaster, type Postmaster, startPostmaster, stopPostmaster } from './postmaster.ts';
import { canRun } from './server-user.ts';
import { markUse, refuseUnseenUsers, withStartLock } from './start-lock.ts';

export type EmbeddedOptions = {
  readonly dataFolder: string;
  /** Somebody named the folder: then it is never exchanged for another. */
  readonly chosen: boolean;
  /** Settings of PostgreSQL beyond the hub's own; the tests switch fsync off. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where root's data goes when PostgreSQL's user cannot reach a folder that nobody chose. */
  readonly fallbackFolder?: string;
  /** Other binaries than those npm brought. */
  readonly binaries?: Binaries;
  /** Called once when the server ends while it is in use. */
  readonly onLost?: (because: string) => void;
};

export type Embedded = AsyncDisposable & {
  /** Where the data really is. */
  readonly dataFolder: string;
  /** This process started it, rather than joining one that ran. */
  readonly started: boolean;
  readonly pid: number;
  connectionString(role: 'owner' | 'hub', database: string): Secret;
};

/** Long enough for another process to make a cluster, or to recover one after a crash. */
const startLockLimitMs = 150_000;

const ourSettings: Readonly<Record<string, string>> = {
  unix_socket_permissions: '0700',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // What is stored shall not stand in a log: no statements, no values, no details of errors.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_parameter_max_length_on_error: '0',
};

export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  if (process.platform === 'win32') refuse('store.no-windows');
  const folder = serverFolder(
    options.dataFolder,
    options.chosen,
    options.fallbackFolder ?? systemFolder,
  );
  return withStartLock(folder.path, startLockLimitMs, async () => {
    const binaries = usableBinaries(folder, options.binaries ?? packagedBinaries());
    const passwords = await makeCluster(folder, binaries);
    const running = await findPostmaster(folder.cluster);
    if (running === undefined) await refuseUnseenUsers(folder.path);
    const postmaster = running ?? (await start(folder, binaries, options));
    try {
      return await use(folder, postmaster, passwords, running === undefined, options.onLost);
    } catch (error) {
      if (running === undefined) await stopPostmaster(folder.cluster, postmaster.pid);
      throw error;
    }
  });
}

async function use(
  folder: DataFolder,
  postmaster: Postmaster,
  passwords: Passwords,
  started: boolean,
  onLost: EmbeddedOptions['onLost'],
): Promise<Embedded> {
  const connectionString = connector(postmaster, passwords);
  const keeper = await keep(connectionString('owner', 'postgres'), folder);
  const mark = markUse(folder.path);
  let leaving = false;
  keeper.once('end', () => {
    mark.close();
    if (!leaving) onLost?.('the database server ended');
  });
  await makeRolesAndDatabase(keeper, passwords);
  return {
    dataFolder: folder.path,
    started,
    pid: postmaster.pid,
    connectionString,
    async [Symbol.asyncDispose]() {
      if (leaving) return;
      leaving = true;
      await leave(folder, postmaster, keeper);
    },
  };
}

/** The packaged binaries where the server's user can run them, else a copy in the data folder. */
function usableBinaries(folder: DataFolder, packaged: Binaries): Binaries {
  if (linkLibraries(packaged) && canRun(folder.user, packaged.postgres)) return packaged;
  return copyBinaries(packaged, folder.path);
}

function start(
  folder: DataFolder,
  binaries: Binaries,
  options: EmbeddedOptions,
): Promise<Postmaster> {
  const address = { listen_addresses: '', unix_socket_directories: folder.socketFolder };
  return startPostmaster({
    binaries,
    cluster: folder.cluster,
    user: folder.user,
    logFile: join(folder.path, 'database.log'),
    settings: { ...ourSettings, ...address, port: '5432', ...options.settings },
  });
}

function connector(postmaster: Postmaster, passwords: Passwords): Embedded['connectionString'] {
  return (role, database) => {
    const user = role === 'owner' ? ownerRole : hubRole;
    const host = encodeURIComponent(postmaster.socketFolder ?? '127.0.0.1');
    const password = passwords[role].reveal();
    return new Secret(`postgresql://${user}:${password}@${host}:${postmaster.port}/${database}`);
  };
}

/** A connection that says, for as long as it lasts, that this process uses the server. */
async function keep(connectionString: Secret, folder: DataFolder): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: connectionString.reveal(),
    application_name: 'sundog keeper',
    connectionTimeoutMillis: 10_000,
  });
  // Without a listener, a server that dies would take the process with it; 'end' follows.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select pg_advisory_lock_shared($1)', [locks.embeddedInUse]);
  } catch (error) {
    refuse('store.join-failed', { folder: folder.path, reason: errorMessage(error) }, error);
  }
  return client;
}

async function makeRolesAndDatabase(owner: pg.Client, passwords: Passwords): Promise<void> {
  const found = await owner.query('select 1 from pg_database where datname = $1', ['sundog']);
  if (found.rowCount === 1) return;
  await owner.query('begin');
  // Many iterations make guessing a person's password slow. These are 256 random bits, and every
  // connection would pay for it (RFC 7677 §4 speaks of passwords that people choose).
  await owner.query('set local scram_iterations = 1');
  await owner.query(`drop role if exists ${hubRole}`);
  await owner.query(`create role ${hubRole} login password ${quoted(owner, passwords.hub)}`);
  await owner.query(`alter role ${ownerRole} password ${quoted(owner, passwords.owner)}`);
  await owner.query('commit');
  // Comes last: it cannot be part of a transaction, and its presence says that all is there.
  await owner.query(`create database sundog owner ${ownerRole}`);
}

function quoted(client: pg.Client, password: Secret): string {
  return client.escapeLiteral(password.reveal());
}

/** Whoever gets the lock that every user shares is the last one, and switches off the light. */
async function leave(folder: DataFolder, postmaster: Postmaster, keeper: pg.Client): Promise<void> {
  await withStartLock(folder.path, startLockLimitMs, async () => {
    const last = await isLast(keeper);
    await keeper.end().catch(() => {});
    if (!last) return;
    await stopPostmaster(folder.cluster, postmaster.pid);
    // Where the data folder lies too deep for a socket, it stood in the system's temporary folder.
    const { socketFolder } = postmaster;
    const elsewhere = socketFolder !== undefined && !socketFolder.startsWith(folder.path);
    if (elsewhere) rmSync(socketFolder, { recursive: true, force: true });
  });
}

async function isLast(keeper: pg.Client): Promise<boolean> {
  try {
    await keeper.query('select pg_advisory_unlock_shared($1)', [locks.embeddedInUse]);
    const { rows } = await keeper.query('select pg_try_advisory_lock($1) as alone', [
      locks.embeddedInUse,
    ]);
    return rows[0]?.alone === true;
  } catch {
    // The server is gone already: nothing is left to stop.
    return false;
  }
}
