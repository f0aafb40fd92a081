// The folder where the hub keeps what it must not lose: checked before anything is started in it.

import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmdirSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { refuse } from '#domain/problem.ts';
import { errorCode, errorMessage } from '#lib/errors.ts';
import { canWrite, type ServerUser, serverUser } from './server-user.ts';

/** Where root's data goes when the folder beside the program cannot be reached by PostgreSQL's user. */
export const systemFolder = '/var/lib/sundog';

export type DataFolder = {
  readonly path: string;
  readonly cluster: string;
  readonly user: ServerUser;
  readonly socketFolder: string;
};

/** Makes the folder if need be. Throws a Problem that says why it cannot serve. */
export function makeFolder(path: string): string {
  const full = resolve(path);
  try {
    // The folders above are ordinary ones; only the last is private.
    mkdirSync(dirname(full), { recursive: true });
    makeOnce(full);
    // A probe by writing: root may write nearly everywhere, but not on a read-only file system.
    const probe = mkdtempSync(join(full, '.probe-'));
    rmdirSync(probe);
    return full;
  } catch (error) {
    refuse('store.folder-unwritable', {
      folder: full,
      reason: errorCode(error) ?? errorMessage(error),
    });
  }
}

function makeOnce(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST' || !statSync(folder).isDirectory()) throw error;
  }
}

/**
 * Finds the folder in which PostgreSQL can run. As root it runs as another user, who may not reach a
 * folder below a private home: a folder nobody chose then gives way to /var/lib/sundog, a chosen one
 * is refused with the reason.
 */
export function serverFolder(wanted: string, chosen: boolean, fallback: string): DataFolder {
  const first = prepare(makeFolder(wanted));
  if (first !== undefined) return first;
  if (chosen) refuse('store.folder-unreachable', { folder: resolve(wanted) });
  const second = prepare(makeFolder(fallback));
  return second ?? refuse('store.folder-unreachable', { folder: fallback });
}

function prepare(path: string): DataFolder | undefined {
  const cluster = join(path, 'database');
  const user = serverUser(cluster);
  refuseForeign(path, cluster, user);
  // Others may pass through, not look: what lies inside has its own, stricter rights.
  if (user !== undefined && statSync(path).uid === 0) chmodSync(path, 0o711);
  const socketFolder = join(path, 'run');
  mkdirSync(socketFolder, { recursive: true, mode: 0o700 });
  giveTo(user, socketFolder);
  if (!canWrite(user, socketFolder)) return undefined;
  return { path, cluster, user, socketFolder: shortEnough(socketFolder, user) };
}

/** A cluster made by root's stand-in or another person is not ours to open; PostgreSQL says it less well. */
function refuseForeign(path: string, cluster: string, user: ServerUser): void {
  const uid = user?.uid ?? process.getuid?.();
  if (uid === undefined || !existsSync(cluster) || statSync(cluster).uid === uid) return;
  refuse('store.folder-foreign', { folder: path });
}

export function giveTo(user: ServerUser, path: string): void {
  if (user !== undefined) chownSync(path, user.uid, user.gid);
}

/** A Unix socket's path holds at most 107 bytes (unix(7)); a deep data folder needs another place. */
const socketPathMax = 107;

function shortEnough(folder: string, user: ServerUser): string {
  if (Buffer.byteLength(join(folder, '.s.PGSQL.5432')) <= socketPathMax) return folder;
  const name = `sundog-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`;
  const temporary = Buffer.byteLength(tmpdir()) < 60 ? tmpdir() : '/tmp';
  const short = join(temporary, name);
  return isOurs(short, user) ? short : freshFolder(short, user);
}

function isOurs(folder: string, user: ServerUser): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
    giveTo(user, folder);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  // Anyone may have made that name in a shared folder: take it only if it is private and ours.
  const found = lstatSync(folder);
  const uid = user?.uid ?? process.getuid?.();
  return found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0;
}

function freshFolder(prefix: string, user: ServerUser): string {
  const folder = mkdtempSync(`${prefix}-`);
  giveTo(user, folder);
  return folder;
}
