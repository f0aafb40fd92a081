// The master keys: given by the administrator or made in the data folder; the database says which of them
// seals, and a canary in it tells a right one from a wrong one before anything is sealed or opened.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { refuse } from '#domain/problem.ts';
import type { Log } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { type Db, inTransaction, type Tx } from './db.ts';
import {
  asMasterKey,
  keepRetired,
  makeKeyFile,
  newMasterKey,
  readKeyFile,
  replaceKeyFile,
  warnIfOpen,
} from './key-file.ts';
import { locks } from './locks.ts';
import { countSealed } from './reseal.ts';
import {
  keyIdOf,
  type MasterKey,
  type Place,
  reseal,
  type Sealing,
  seal,
  unseal,
} from './sealing.ts';

export type KeySettings = {
  readonly dataFolder: string;
  /** SUNDOG_MASTER_KEY: 32 bytes in base64. */
  readonly masterKey?: Secret | undefined;
  /** SUNDOG_MASTER_KEY_NEXT: the one to change to. */
  readonly nextMasterKey?: Secret | undefined;
  /** SUNDOG_MASTER_KEY_PREVIOUS: one that still opens what it sealed. */
  readonly previousMasterKey?: Secret | undefined;
  /** SUNDOG_MASTER_KEY_FILE */
  readonly masterKeyFile?: string | undefined;
  readonly log: Log;
};

/** Every key this process has. What it seals is sealed with the one the database says is current. */
export type KeyRing = Sealing & {
  currentId(): string;
  has(id: string): boolean;
  /** Reads again which keys there are and which of them seals. */
  refresh(): Promise<void>;
  /** The same value under the current key. */
  reseal(place: Place, sealed: Buffer): Buffer;
  /** A key this database does not know yet: one that was given, else a new one, safe in the hub's own file. */
  prepareNext(tx: Tx, how: { readonly make: boolean }): Promise<MasterKey | undefined>;
  /** Has the current key seal the canary; part of the transaction that makes it current. */
  sealCanary(tx: Tx, key: MasterKey): Promise<void>;
  /** Takes keys that were retired out of the hub's own file, into one beside it. */
  tidy(): Promise<void>;
  /** The hub's own file, where that is where its keys are. */
  readonly ownFile: string | undefined;
};

const canaryMark = 'sealing canary';
const canaryPlace: Place = { table: 'marks', row: canaryMark, column: 'value' };
const canaryText = new Secret('the canary sings');

/** The sealing of this database. A key that did not seal its canary is refused. */
export async function openDatabaseSealing(db: Db, settings: KeySettings): Promise<KeyRing> {
  const known = await findCanary(db);
  const ring = openRing(db, settings, loadKeys(settings, known !== undefined));
  if (known === undefined) await firstCanary(db, ring);
  await ring.refresh();
  await refuseMissing(db, ring);
  const canary = (await findCanary(db)) ?? refuse('sealing.other-key', { key: ring.currentId() });
  ring.unseal(canaryPlace, canary);
  await ring.tidy();
  return ring;
}

type Ring = KeyRing & { readonly first: MasterKey };

function openRing(db: Db, settings: KeySettings, loaded: readonly MasterKey[]): Ring {
  const [first = newMasterKey()] = loaded;
  const ownFile = ownFileOf(settings);
  let keys = loaded;
  let current = first;
  const reload = () => {
    keys = loadKeys(settings, true);
  };
  const held = (id: string) => keys.find((key) => key.id === id);
  const find = (id: string) => {
    if (held(id) === undefined) reload();
    return held(id);
  };
  return {
    first,
    ownFile,
    currentId: () => current.id,
    has: (id) => find(id) !== undefined,
    seal: (place, secret) => seal(current, place, secret),
    unseal: (place, sealed) => unseal(find, place, sealed),
    reseal: (place, sealed) => reseal(find, current, place, sealed),
    async refresh() {
      const id = await currentIn(db);
      if (id === undefined) return;
      current = find(id) ?? refuse('sealing.other-key', { key: id });
    },
    async prepareNext(tx, { make }) {
      reload();
      const states = await statesIn(tx);
      const given = mayFollow(settings);
      const next = given.find(({ id }) => !states.has(id));
      if (next !== undefined || !make) return next;
      const back = given.find(({ id }) => states.get(id) === 'retired');
      if (back !== undefined) refuse('keys.came-back', { key: back.id });
      if (ownFile === undefined) refuse('keys.none-given');
      const made = newMasterKey();
      replaceKeyFile(ownFile, [made, ...readKeyFile(ownFile)]);
      reload();
      return held(made.id) ?? refuse('keys.file-unwritable', { file: ownFile, reason: 'unread' });
    },
    sealCanary: (tx, key) => writeCanary(tx, seal(key, canaryPlace, canaryText)),
    async tidy() {
      if (ownFile === undefined) return;
      await inTransaction(db, (tx) => moveRetired(tx, ownFile));
      reload();
    },
  };
}

/** Alone with the file: somebody else may be about to put a new key into it. */
async function moveRetired(tx: Tx, file: string): Promise<void> {
  const retired = (states: ReadonlyMap<string, string>, keys: readonly MasterKey[]) =>
    keys.filter(({ id }) => states.get(id) === 'retired');
  if (retired(await statesIn(tx), readKeyFile(file)).length === 0) return;
  await lockKeys(tx);
  const keys = readKeyFile(file);
  const gone = retired(await statesIn(tx), keys);
  const left = keys.filter((key) => !gone.includes(key));
  if (gone.length === 0 || left.length === 0) return;
  keepRetired(`${file}.retired`, gone);
  replaceKeyFile(file, left);
}

/** Whoever changes which key seals, or the file of keys, does it alone. */
export async function lockKeys(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${locks.masterKeys})`.execute(tx);
}

async function statesIn(db: Db | Tx): Promise<ReadonlyMap<string, string>> {
  const rows = await db.selectFrom('master_keys').select(['id', 'state']).execute();
  return new Map(rows.map(({ id, state }) => [id, state]));
}

async function currentIn(db: Db): Promise<string | undefined> {
  const row = await db
    .selectFrom('master_keys')
    .select('id')
    .where('state', '=', 'current')
    .executeTakeFirst();
  return row?.id;
}

/** What an old key sealed must open, or somebody would find out at the worst moment. */
async function refuseMissing(db: Db, ring: KeyRing): Promise<void> {
  const states = await statesIn(db);
  const missing = [...states].filter(([id, state]) => state === 'old' && !ring.has(id));
  if (missing.length === 0) return;
  const counts = await countSealed(db);
  for (const [key] of missing) {
    const count = counts
      .filter((one) => one.keyId === key)
      .reduce((sum, one) => sum + one.count, 0);
    if (count > 0) refuse('sealing.previous-key', { count, key });
  }
}

/** Another process may start first; then its canary counts, and the key it was sealed with. */
async function firstCanary(db: Db, ring: Ring): Promise<void> {
  await inTransaction(db, async (tx) => {
    const value = seal(ring.first, canaryPlace, canaryText).toString('base64');
    await tx
      .insertInto('marks')
      .values({ name: canaryMark, value })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
    const canary = await findCanary(tx);
    if (canary === undefined) return;
    await tx
      .insertInto('master_keys')
      .values({ id: keyIdOf(canary), state: 'current', since: sql`now()` })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}

async function writeCanary(tx: Tx, sealed: Buffer): Promise<void> {
  await tx
    .updateTable('marks')
    .set({ value: sealed.toString('base64') })
    .where('name', '=', canaryMark)
    .execute();
}

async function findCanary(db: Db | Tx): Promise<Buffer | undefined> {
  const row = await db
    .selectFrom('marks')
    .select('value')
    .where('name', '=', canaryMark)
    .executeTakeFirst();
  return row && Buffer.from(row.value, 'base64');
}

function ownFileOf(settings: KeySettings): string | undefined {
  const given = settings.masterKey ?? settings.masterKeyFile;
  return given === undefined ? join(settings.dataFolder, 'master.key') : undefined;
}

/** The first of them is the one that seals in a new database. */
function loadKeys(settings: KeySettings, inUse: boolean): readonly MasterKey[] {
  const { masterKey, nextMasterKey, previousMasterKey } = settings;
  const given = (secret: Secret | undefined, source: string) =>
    secret === undefined ? [] : [asMasterKey(secret.reveal(), source)];
  return [
    ...(masterKey === undefined
      ? keysOfFile(settings, inUse)
      : given(masterKey, 'SUNDOG_MASTER_KEY')),
    ...given(nextMasterKey, 'SUNDOG_MASTER_KEY_NEXT'),
    ...given(previousMasterKey, 'SUNDOG_MASTER_KEY_PREVIOUS'),
  ];
}

/** What may become the next key, best first: SUNDOG_MASTER_KEY_PREVIOUS never does. */
function mayFollow(settings: KeySettings): readonly MasterKey[] {
  const { nextMasterKey } = settings;
  const chosen = loadKeys(
    { ...settings, nextMasterKey: undefined, previousMasterKey: undefined },
    true,
  );
  if (nextMasterKey === undefined) return chosen;
  return [asMasterKey(nextMasterKey.reveal(), 'SUNDOG_MASTER_KEY_NEXT'), ...chosen];
}

function keysOfFile(settings: KeySettings, inUse: boolean): readonly MasterKey[] {
  const { masterKeyFile, log } = settings;
  if (masterKeyFile !== undefined) return readKeyFile(masterKeyFile);
  const file = join(settings.dataFolder, 'master.key');
  // A new key in the place of a lost one would only hide the loss.
  if (!existsSync(file) && inUse) refuse('sealing.key-lost', { file });
  if (!existsSync(file)) makeKeyFile(file, log);
  warnIfOpen(file, log);
  return readKeyFile(file);
}
