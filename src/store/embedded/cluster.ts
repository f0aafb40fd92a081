// Makes a cluster: the folder in which PostgreSQL keeps its databases, with a generated password.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import { errorCode } from '#lib/errors.ts';
import { Secret } from '#lib/secret.ts';
import type { Binaries } from './binaries.ts';
import { type DataFolder, giveTo } from './data-folder.ts';

/** The role that owns the tables, and the one the hub works as; it may not bend the audit trail. */
export const ownerRole = 'sundog_owner';
export const hubRole = 'sundog';

export type Passwords = { readonly owner: Secret; readonly hub: Secret };

const Stored = z.object({ owner: z.string().min(20), hub: z.string().min(20) });
const initdbLimitMs = 120_000;

/** Makes the cluster unless it is there, and returns its passwords. Call it under the start lock. */
export async function makeCluster(folder: DataFolder, binaries: Binaries): Promise<Passwords> {
  const file = join(folder.path, 'database.json');
  if (existsSync(folder.cluster)) return readPasswords(file, folder);
  const passwords = { owner: newPassword(), hub: newPassword() };
  writeFileSync(
    file,
    JSON.stringify({ owner: passwords.owner.reveal(), hub: passwords.hub.reveal() }),
    { mode: 0o600 },
  );
  // Made under another name and renamed when complete: a kill in between leaves nothing half-done.
  const unfinished = `${folder.cluster}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  giveTo(folder.user, unfinished);
  const passwordFile = join(folder.socketFolder, 'first-password');
  writeFileSync(passwordFile, passwords.owner.reveal(), { mode: 0o600 });
  giveTo(folder.user, passwordFile);
  try {
    // Writing through to disk file by file takes longer than all the rest; one pass at the end does.
    await initdb(folder, binaries, [...initOptions(passwordFile), '-D', unfinished, '--no-sync']);
    await initdb(folder, binaries, ['-D', unfinished, '--sync-only']);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(unfinished, folder.cluster);
  return passwords;
}

function initOptions(passwordFile: string): string[] {
  return [
    `--username=${ownerRole}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // PostgreSQL's own collation: it does not change with the machine's libraries.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
  ];
}

async function initdb(
  folder: DataFolder,
  binaries: Binaries,
  args: readonly string[],
): Promise<void> {
  const child = spawn(binaries.initdb, args, {
    ...folder.user,
    cwd: folder.socketFolder,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: initdbLimitMs,
    env: { LC_ALL: 'C', TZ: 'UTC', PATH: '' },
  });
  let said = '';
  child.stderr.on('data', (bytes) => {
    said += String(bytes);
  });
  const status = await new Promise<number | null>((settle) => {
    child.once('error', (error) => {
      said += error.message;
      settle(null);
    });
    child.once('close', settle);
  });
  if (status === 0) return;
  if (/could not look up effective user/.test(said)) {
    refuse('store.user-unnamed', { user: process.getuid?.() ?? 0 });
  }
  const reason =
    said
      .trim()
      .split('\n')
      .find((line) => /error|fatal/i.test(line)) ?? said.trim();
  refuse('store.cluster-failed', { folder: folder.path, reason: reason.replace(/^initdb: /, '') });
}

function readPasswords(file: string, folder: DataFolder): Passwords {
  try {
    const stored = Stored.parse(JSON.parse(readFileSync(file, 'utf8')));
    return { owner: new Secret(stored.owner), hub: new Secret(stored.hub) };
  } catch (error) {
    if (errorCode(error) === 'EACCES') refuse('store.folder-foreign', { folder: folder.path });
    refuse('store.password-lost', { file }, error);
  }
}

function newPassword(): Secret {
  return new Secret(randomBytes(32).toString('base64url'));
}
