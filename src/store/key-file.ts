// The file of master keys: a line each, the newest first; replaced as a whole, so that it is never half written.
import { createHash, randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { refuse } from '#domain/problem.ts';
import { errorCode } from '#lib/errors.ts';
import type { Log } from '#lib/log.ts';
import type { MasterKey } from './sealing.ts';

const keyBytes = 32;
const ownerOnly = 0o600;

/** Its id is a hash of the key: the same key always has the same, and it tells nothing of the key. */
export function asMasterKey(base64: string, source: string): MasterKey {
  const key = Buffer.from(base64.trim(), 'base64');
  if (key.length !== keyBytes) refuse('sealing.bad-key', { source });
  const id = createHash('sha256').update('sundog master key id').update(key).digest('hex');
  return { id: id.slice(0, 16), key };
}

export function newMasterKey(): MasterKey {
  return asMasterKey(randomBytes(keyBytes).toString('base64'), 'chance');
}

/** Every key of the file. A line that is none, as of a file that was copied in part, is refused. */
export function readKeyFile(file: string): readonly MasterKey[] {
  const lines = textOf(file).split(/\r?\n/);
  const filled = lines.flatMap((line, at) =>
    line.trim() === '' ? [] : [{ line, source: at === 0 ? file : `line ${at + 1} of ${file}` }],
  );
  if (filled.length === 0) refuse('sealing.bad-key', { source: file });
  return filled.map(({ line, source }) => asMasterKey(line, source));
}

/** Made where there is none: two processes that start at once must not seal with different keys. */
export function makeKeyFile(file: string, log: Log): void {
  const written = writeBeside(file, [newMasterKey()]);
  try {
    // Unlike a rename, a link fails when the file is there by now.
    linkSync(written, file);
    syncFolder(file);
    log.warn(
      `A master key was made in ${file}; keep a copy elsewhere, for without it no sealed secret opens.`,
    );
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(written, { force: true });
  }
}

/** Puts these keys in the place of those in the file. After a crash it holds the ones or the others. */
export function replaceKeyFile(file: string, keys: readonly MasterKey[]): void {
  try {
    const written = writeBeside(file, keys);
    keepOwner(file, written);
    renameSync(written, file);
    syncFolder(file);
  } catch (error) {
    refuse('keys.file-unwritable', { file, reason: errorCode(error) ?? 'unknown' }, error);
  }
}

/** Adds keys that are no longer used to the file of those; what it holds already is not added twice. */
export function keepRetired(file: string, keys: readonly MasterKey[]): void {
  const kept = existsSync(file) ? readKeyFile(file) : [];
  const added = keys.filter(({ id }) => !kept.some((one) => one.id === id));
  if (added.length > 0) replaceKeyFile(file, [...added, ...kept]);
}

export function warnIfOpen(file: string, log: Log): void {
  if (process.platform === 'win32' || (statSync(file).mode & 0o077) === 0) return;
  log.warn(`Others can read the master key ${file}; run chmod 600 on it.`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    refuse('sealing.unreadable-key', { file, reason: errorCode(error) ?? 'unknown' }, error);
  }
}

function writeBeside(file: string, keys: readonly MasterKey[]): string {
  const beside = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.new`;
  const descriptor = openSync(beside, 'wx', ownerOnly);
  try {
    writeSync(descriptor, keys.map(({ key }) => `${key.toString('base64')}\n`).join(''));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return beside;
}

/** An administrator who rotates as root must not take the file from the user the hub runs as. */
function keepOwner(file: string, written: string): void {
  if (process.getuid?.() !== 0 || !existsSync(file)) return;
  const { uid, gid } = statSync(file);
  chownSync(written, uid, gid);
}

/** A new name is safe only when its folder is. */
function syncFolder(file: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
}
