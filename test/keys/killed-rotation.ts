// Rotations of the master key during which the process that rotates, sets and shows passwords is killed (SIGKILL)
// again and again, beside another that lives; and what is left of it all.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { theHub } from '#domain/actor.ts';
import { clients } from '#features/desk/clients/clients.ts';
import { customFields } from '#features/desk/custom-fields/custom-fields.ts';
import { passwordPlace } from '#features/desk/resource/password-values.ts';
import { saveRecords } from '#features/desk/resource/save.ts';
import { users } from '#features/desk/users/users.ts';
import { finishRotation } from '#features/keys/advance.ts';
import { readKeys } from '#features/keys/queries.ts';
import { systemClock } from '#lib/clock.ts';
import { silentLog } from '#lib/log.ts';
import { chainOldest } from '#store/audit-chain.ts';
import { hearBell, keysBell } from '#store/bell.ts';
import { readKeyFile } from '#store/key-file.ts';
import { type KeyRing, openDatabaseSealing } from '#store/master-key.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { numberIn, passwordWork, setPassword, type Told, textOf } from './password-work.ts';

export type KilledRotation = {
  readonly kills: number;
  /** Rotations that were begun, and how many of the kills fell between a begin and its end. */
  readonly rotations: number;
  readonly midway: number;
  readonly values: number;
  readonly set: number;
  readonly shown: number;
  /** Values that do not open, or are older than one that was told to be set. */
  readonly lost: number;
  /** What was shown and was not what had been set. */
  readonly wrong: number;
  /** Shown without a chained entry in the audit trail. */
  readonly unrecorded: number;
  /** Values under an old key, old keys that are not retired, retired keys still in the hub's file. */
  readonly left: number;
};

const people = 60;
const ownPeople = 10;
const perProcess = 1_000_000;

type Stage = {
  readonly database: TestDatabase;
  readonly dataFolder: string;
  readonly ring: KeyRing;
  readonly fieldId: number;
  readonly userIds: readonly number[];
  readonly told: Told[];
};

export async function killedRotation(asked: {
  readonly kills: number;
  readonly random: () => number;
}): Promise<KilledRotation> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'sundog-killed-keys-'));
  await using database = await aDatabase();
  try {
    const stage = await aStage(database, dataFolder);
    const midway = await beside(stage, () => killing(stage, asked));
    const ports = { db: database.db, keys: stage.ring, clock: systemClock };
    await finishRotation(ports);
    await stage.ring.refresh();
    await stage.ring.tidy();
    return { kills: asked.kills, midway, ...(await counted(stage)) };
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

async function aStage(database: TestDatabase, dataFolder: string): Promise<Stage> {
  const { db } = database;
  const ring = await openDatabaseSealing(db, { dataFolder, log: silentLog });
  const acting = { actor: theHub, now: new Date(), sealing: ring };
  const idOf = (wire: unknown, name = 'id') => z.looseObject({ [name]: z.int() }).parse(wire)[name];
  const [client] = await saveRecords(db, clients, acting, [
    { name: 'Larkfield Optics', newclient_sitename: 'Bristol' },
  ]);
  const [field] = await saveRecords(db, customFields, acting, [
    { name: 'CFcode', usage: 4, inputtype: 6 },
  ]);
  const fieldId = z.int().parse(idOf(field));
  const everybody = Array.from({ length: people }, (_, at) => ({
    name: `Ines Marlow ${at}`,
    site_id: z.int().parse(idOf(client, 'main_site_id')),
  }));
  const saved = await saveRecords(db, users, acting, everybody);
  const userIds = saved.map((user) => z.int().parse(idOf(user)));
  const ports = { db, clock: systemClock, sealing: ring };
  for (const userId of userIds) {
    await setPassword(ports, { userId, fieldId, value: textOf(userId, 0) });
  }
  return { database, dataFolder, ring, fieldId, userIds, told: [] };
}

/** A second process of the hub, as far as keys go: it lives on, and hears of changes as a hub does. */
async function beside<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
  const { database, dataFolder, fieldId, told } = stage;
  const sealing = await openDatabaseSealing(database.db, { dataFolder, log: silentLog });
  await using _ = await hearBell({
    connectionString: database.connectionString,
    name: keysBell,
    log: silentLog,
    onRing: () => void sealing.refresh().catch(() => {}),
    onHearing: () => {},
  });
  const stopping = new AbortController();
  const working = passwordWork(
    { db: database.db, clock: systemClock, sealing },
    {
      fieldId,
      userIds: stage.userIds.slice(0, ownPeople),
      from: 1,
      tell: (one) => void told.push(one),
      signal: stopping.signal,
    },
  );
  try {
    // Where it fails, that is the result; else it is told to stop.
    return await Promise.race([work(), working.then(() => Promise.reject(new Error('it ended')))]);
  } finally {
    stopping.abort();
    await working;
  }
}

async function killing(
  stage: Stage,
  { kills, random }: { readonly kills: number; readonly random: () => number },
): Promise<number> {
  let midway = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const worker = await aWorker(stage, kill + 1);
    await sleep(random() * 600);
    if (worker.exitCode !== null) throw new Error(`the worker ended itself: ${worker.exitCode}`);
    const gone = once(worker, 'exit');
    worker.kill('SIGKILL');
    await gone;
    const { rotation } = await readKeys(stage.database.db);
    if (rotation?.state === 'running') midway += 1;
  }
  return midway;
}

const Message = z.union([
  z.object({ set: z.object({ userId: z.int(), at: z.int() }) }),
  z.object({ shown: z.object({ userId: z.int(), at: z.number() }) }),
]);

async function aWorker(stage: Stage, number: number): Promise<ChildProcess> {
  const { database, dataFolder, fieldId, userIds, told } = stage;
  const given = {
    connectionString: database.connectionString.reveal(),
    dataFolder,
    fieldId,
    userIds: userIds.slice(ownPeople),
    from: number * perProcess,
  };
  const script = join(import.meta.dirname, '..', 'processes', 'key-worker.ts');
  const worker = fork(script, [JSON.stringify(given)], { silent: true });
  const said: string[] = [];
  worker.stderr?.on('data', (data: Buffer) => said.push(data.toString()));
  worker.on('message', (message) => {
    const one = Message.safeParse(message);
    if (one.success) told.push(one.data);
  });
  const early = once(worker, 'exit').then(() => {
    throw new Error(`the worker ended before it was ready: ${said.join('')}`);
  });
  await Promise.race([once(worker, 'message'), early]);
  early.catch(() => {});
  return worker;
}

async function counted(stage: Stage): Promise<Omit<KilledRotation, 'kills' | 'midway'>> {
  const { database, dataFolder, ring, told } = stage;
  const set = told.flatMap((one) => ('set' in one ? [one.set] : []));
  const shown = told.flatMap((one) => ('shown' in one ? [one.shown] : []));
  const { keys, old } = await readKeys(database.db);
  // A key that nobody uses yet was written by a start that was killed; the next rotation takes it.
  const used = new Set(keys.filter(({ state }) => state !== 'current').map(({ id }) => id));
  const stale = readKeyFile(join(dataFolder, 'master.key')).filter(({ id }) => used.has(id));
  const { rotations } = await database.db
    .selectFrom('key_rotations')
    .select((row) => row.fn.countAll<number>().as('rotations'))
    .executeTakeFirstOrThrow();
  return {
    rotations,
    values: stage.userIds.length,
    set: set.length,
    shown: shown.length,
    lost: await lostOf(stage, ring, set),
    wrong: shown.filter(({ at }) => Number.isNaN(at)).length,
    unrecorded: await unrecordedOf(database, shown.length),
    left: old + keys.filter(({ state }) => state === 'old').length + stale.length,
  };
}

/** Each value opens, and is the last that was told to be set or one that was under way. */
async function lostOf(
  { database, fieldId, userIds }: Stage,
  ring: KeyRing,
  set: readonly { readonly userId: number; readonly at: number }[],
): Promise<number> {
  const rows = await database.db.selectFrom('password_values').selectAll().execute();
  const newest = new Map<number, number>();
  for (const { userId, at } of set) newest.set(userId, Math.max(at, newest.get(userId) ?? 0));
  return userIds.filter((userId) => {
    const row = rows.find(({ object_id }) => object_id === userId);
    if (row === undefined) return true;
    try {
      const value = ring.unseal(passwordPlace(fieldId, userId), row.sealed_value).reveal();
      return !(numberIn(userId, value) >= (newest.get(userId) ?? 0));
    } catch {
      return true;
    }
  }).length;
}

/** Of the reveals that were answered, those without an entry in the chain; and entries that are in none. */
async function unrecordedOf({ db, pool }: TestDatabase, shown: number): Promise<number> {
  while ((await chainOldest(db, 1_000)) > 0);
  const { rows } = await pool.query<{ proven: string; reveals: string }>(
    `select (select count(*) from password_reveals) as reveals,
      (select count(*) from password_reveals r join audit_entries e on e.id = r.entry_id
        and e.action = 'password-field.revealed' join audit_chain c on c.entry_id = e.id) as proven`,
  );
  const [proven, reveals] = [Number(rows[0]?.proven), Number(rows[0]?.reveals)];
  return Math.max(0, shown - proven) + (reveals - proven);
}
