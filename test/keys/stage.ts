// A database with sealed values in several tables, and key rings on it as different processes have them.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Actor } from '#domain/actor.ts';
import type { KeyPorts } from '#features/keys/start.ts';
import { systemClock } from '#lib/clock.ts';
import { newId } from '#lib/ids.ts';
import { silentLog } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { type Db, json, type Tx } from '#store/db.ts';
import { type KeyRing, type KeySettings, openDatabaseSealing } from '#store/master-key.ts';
import { sealedPlace } from '#store/sealed-columns.ts';
import type { Sealing } from '#store/sealing.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';

export type KeyStage = AsyncDisposable & {
  readonly database: TestDatabase;
  readonly dataFolder: string;
  readonly ring: KeyRing;
  readonly ports: KeyPorts;
  /** Another process of the hub, with the same settings or others. */
  another(settings?: Partial<KeySettings>): Promise<KeyPorts>;
};

export const rosa: Actor = {
  kind: 'agent',
  id: '7',
  name: 'Rosa Lindqvist',
  permissions: new Set(['admin']),
};

export async function aKeyStage(settings: Partial<KeySettings> = {}): Promise<KeyStage> {
  const database = await aDatabase();
  const dataFolder = mkdtempSync(join(tmpdir(), 'sundog-keys-'));
  const another = async (other: Partial<KeySettings> = {}): Promise<KeyPorts> => ({
    db: database.db,
    keys: await openDatabaseSealing(database.db, {
      dataFolder,
      log: silentLog,
      ...settings,
      ...other,
    }),
    clock: systemClock,
  });
  const ports = await another();
  return {
    database,
    dataFolder,
    ring: ports.keys,
    ports,
    another,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

export function aSecretKey(): Secret {
  return new Secret(randomBytes(32).toString('base64'));
}

export const place = (id: string) =>
  sealedPlace({ table: 'signing_keys', column: 'sealed_private_key' }, id);

/** A row with a sealed value, which is "the secret of" its id. */
export async function keep(db: Db | Tx, sealing: Sealing, id = newId()): Promise<string> {
  const sealed = sealing.seal(place(id), new Secret(secretOf(id)));
  await db
    .insertInto('signing_keys')
    .values({ id, public_jwk: json({}), sealed_private_key: sealed, made_at: new Date() })
    .execute();
  return id;
}

export function secretOf(id: string): string {
  return `the secret of ${id}`;
}

export async function keepMany(db: Db, sealing: Sealing, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) await keep(db, sealing);
}

/** The ids whose value does not open to what it should be. */
export async function unreadable(db: Db, sealing: Sealing): Promise<string[]> {
  const rows = await db.selectFrom('signing_keys').select(['id', 'sealed_private_key']).execute();
  return rows
    .filter(({ id, sealed_private_key: sealed }) => {
      try {
        return sealing.unseal(place(id), sealed).reveal() !== secretOf(id);
      } catch {
        return true;
      }
    })
    .map(({ id }) => id);
}
