// A throw-away PostgreSQL as Debian packages it, on loopback, for the external mode.
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Secret } from '#lib/secret.ts';
import { serverUser } from '#store/embedded/server-user.ts';
import { skipWithout } from './servers.ts';

export type RealPostgres = AsyncDisposable & {
  /** `role` and `database` exist already: sundog_owner owns sundog, sundog_hub may connect. */
  connectionString(role: 'superuser' | 'sundog_owner' | 'sundog_hub', database?: string): Secret;
};

const startLimitMs = 20_000;
const absence = '/usr/lib/postgresql/*/bin was not found';
const password = 'for-tests-on-loopback-only';

/** The newest of Debian's, if one is installed. */
function binaries(): string | undefined {
  return globSync('/usr/lib/postgresql/*/bin')
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1);
}

/** For `skip`: false where Debian's PostgreSQL is installed. */
export function postgresAbsent(): string | false {
  return skipWithout('PostgreSQL', binaries() === undefined ? absence : undefined);
}

export async function aRealPostgres(): Promise<RealPostgres> {
  const bin = binaries();
  if (bin === undefined) throw new Error(`PostgreSQL is absent: ${absence}`);
  const folder = mkdtempSync(join(tmpdir(), 'sundog-postgres-'));
  const user = serverUser(join(folder, 'none'));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  initialise(bin, folder, user);
  const port = await freePort();
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', join(folder, 'data'), '-c', 'listen_addresses=127.0.0.1', '-p', String(port)].concat([
      '-c',
      'unix_socket_directories=',
      '-c',
      'fsync=off',
    ]),
    { ...user, cwd: folder, stdio: 'ignore' },
  );
  const ended = new Promise<void>((settle) => server.once('exit', () => settle()));
  function connectionString(role: string, database = 'sundog'): Secret {
    const name = role === 'superuser' ? 'postgres' : role;
    return new Secret(`postgresql://${name}:${password}@127.0.0.1:${port}/${database}`);
  }
  await prepare(connectionString('superuser', 'postgres'));
  return {
    connectionString,
    async [Symbol.asyncDispose]() {
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function initialise(bin: string, folder: string, user: ReturnType<typeof serverUser>): void {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password);
  if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
  const done = spawnSync(
    join(bin, 'initdb'),
    ['-D', join(folder, 'data'), '-U', 'postgres', '--auth=scram-sha-256', '-E', 'UTF8'].concat([
      '--locale=C.UTF-8',
      `--pwfile=${passwordFile}`,
      '--no-sync',
    ]),
    { ...user, cwd: folder, encoding: 'utf8' },
  );
  if (done.status !== 0) throw new Error(`initdb failed: ${done.stderr}`);
}

async function prepare(superuser: Secret): Promise<void> {
  const client = await connect(superuser);
  await client.query(`create role sundog_owner login password '${password}'`);
  await client.query(`create role sundog_hub login password '${password}'`);
  await client.query('create database sundog owner sundog_owner');
  await client.end();
}

async function connect(superuser: Secret): Promise<pg.Client> {
  const until = performance.now() + startLimitMs;
  for (;;) {
    const client = new pg.Client({ connectionString: superuser.reveal() });
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(50);
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((settle, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => settle(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
