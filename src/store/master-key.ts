// The master key: given by the administrator or made in the data folder; a canary in the database
// tells the right one from a wrong one before anything is sealed or opened with it.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { refuse } from '#domain/problem.ts';
import { errorCode } from '#lib/errors.ts';
import type { Log } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import type { Db } from './db.ts';
import { type MasterKey, openSealing, type Place, type Sealing } from './sealing.ts';

export type KeySettings = {
  readonly dataFolder: string;
  /** SUNDOG_MASTER_KEY: 32 bytes in base64. */
  readonly masterKey?: Secret | undefined;
  /** SUNDOG_MASTER_KEY_FILE */
  readonly masterKeyFile?: string | undefined;
  readonly log: Log;
};

const keyBytes = 32;
const canaryMark = 'sealing canary';
const canaryPlace: Place = { table: 'marks', row: canaryMark, column: 'value' };
const canaryText = new Secret('the canary sings');

/** The sealing of this database. A key that did not seal its canary is refused. */
export async function openDatabaseSealing(db: Db, settings: KeySettings): Promise<Sealing> {
  const known = await findCanary(db);
  const sealing = openSealing([findKey(settings, known !== undefined)]);
  if (known === undefined) {
    const value = sealing.seal(canaryPlace, canaryText).toString('base64');
    await db
      .insertInto('marks')
      .values({ name: canaryMark, value })
      // Another process may start first; then its canary counts.
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
  }
  const canary = known ?? (await findCanary(db)) ?? refuse('sealing.other-key');
  sealing.unseal(canaryPlace, Buffer.from(canary, 'base64'));
  return sealing;
}

/** Its id is a hash of the key: the same key always has the same, and it tells nothing of the key. */
export function asMasterKey(base64: string, source: string): MasterKey {
  const key = Buffer.from(base64.trim(), 'base64');
  if (key.length !== keyBytes) refuse('sealing.bad-key', { source });
  const id = createHash('sha256').update('sundog master key id').update(key).digest('hex');
  return { id: id.slice(0, 16), key };
}

async function findCanary(db: Db): Promise<string | undefined> {
  const row = await db
    .selectFrom('marks')
    .select('value')
    .where('name', '=', canaryMark)
    .executeTakeFirst();
  return row?.value;
}

function findKey(settings: KeySettings, inUse: boolean): MasterKey {
  if (settings.masterKey !== undefined) {
    return asMasterKey(settings.masterKey.reveal(), 'SUNDOG_MASTER_KEY');
  }
  if (settings.masterKeyFile !== undefined) {
    return asMasterKey(readKeyFile(settings.masterKeyFile), settings.masterKeyFile);
  }
  const file = join(settings.dataFolder, 'master.key');
  // A new key in the place of a lost one would only hide the loss.
  if (!existsSync(file) && inUse) refuse('sealing.key-lost', { file });
  if (!existsSync(file)) makeKeyFile(file, settings.log);
  warnIfOpen(file, settings.log);
  return asMasterKey(readKeyFile(file), file);
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    refuse('sealing.unreadable-key', { file, reason: errorCode(error) ?? 'unknown' }, error);
  }
}

function makeKeyFile(file: string, log: Log): void {
  try {
    // Fails when it exists: two processes that start at once must not seal with different keys.
    writeFileSync(file, `${randomBytes(keyBytes).toString('base64')}\n`, {
      mode: 0o600,
      flag: 'wx',
    });
    log.warn(
      `A master key was made in ${file}; keep a copy elsewhere, for without it no sealed secret opens.`,
    );
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

function warnIfOpen(file: string, log: Log): void {
  if (process.platform === 'win32' || (statSync(file).mode & 0o077) === 0) return;
  log.warn(`Others can read the master key ${file}; run chmod 600 on it.`);
}
