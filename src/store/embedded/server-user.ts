// Which user of the machine PostgreSQL runs as. It refuses root, so root lends it another one.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';

/** Undefined: run as who we are. */
export type ServerUser = { readonly uid: number; readonly gid: number } | undefined;

/**
 * As root: the owner of a cluster that exists, else `postgres`, else `nobody`. All have an entry in
 * /etc/passwd, which initdb insists on, and none is created.
 */
export function serverUser(clusterFolder: string): ServerUser {
  if (process.getuid?.() !== 0) return undefined;
  if (existsSync(clusterFolder)) {
    const { uid, gid } = statSync(clusterFolder);
    if (uid !== 0) return { uid, gid };
  }
  return passwdEntry('postgres') ?? passwdEntry('nobody') ?? { uid: 65_534, gid: 65_534 };
}

/** Whether that user can go into the folder and write there; asks the system, by being that user. */
export function canWrite(user: ServerUser, folder: string): boolean {
  return probe(user, '/bin/sh', ['-c', 'cd -- "$1" && test -w .', 'sh', folder]);
}

/** Whether that user can run the program. */
export function canRun(user: ServerUser, program: string): boolean {
  return probe(user, program, ['--version']);
}

const probeLimitMs = 10_000;

function probe(user: ServerUser, program: string, args: readonly string[]): boolean {
  const done = spawnSync(program, args, {
    ...user,
    cwd: '/',
    stdio: 'ignore',
    timeout: probeLimitMs,
  });
  return done.error === undefined && done.status === 0;
}

function passwdEntry(name: string): ServerUser {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined || uid === '0'
    ? undefined
    : { uid: Number(uid), gid: Number(gid) };
}
