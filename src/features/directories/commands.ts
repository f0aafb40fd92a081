// What one can do with the settings of directory syncs, each with its entry in the audit trail.
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import type { SyncSettings } from '#domain/sync/settings.ts';
import type { Clock } from '#lib/clock.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { checkClient } from '#store/known-client.ts';
import { checkSync } from './check.ts';
import type { ConnectionPort } from './connection-port.ts';
import { differences, syncEntry } from './differences.ts';
import { checkMaySet } from './may-make.ts';
import { type DirectorySync, type HaloKept, nextDue, parseKept, parseSettings } from './model.ts';
import {
  getOwnSync,
  getSync,
  insertSync,
  isUnderWay,
  lockSync,
  nextRowIds,
  removeSync,
  syncOfConnection,
  updateSync,
} from './queries.ts';
import { checkDesk, checkLook, mayLookThrough } from './whose-connections.ts';

export type SettingsPorts = {
  readonly db: Db;
  readonly clock: Clock;
  readonly connections: ConnectionPort;
};

type Part<T> = { readonly [K in keyof T]?: unknown };

/** A row without an id, or with one that is not its sync's, is a new one. */
export type GivenSettings = Part<SyncSettings>;

export type NewDirectorySync = {
  readonly connectionId: string;
  readonly deskConnectionId: string | null;
  readonly clientId: number | null;
  readonly active: boolean;
  readonly settings: GivenSettings;
  readonly halo?: Part<HaloKept> | undefined;
};

/** On a directory's connection that the actor may change and that has no sync yet. */
export async function createSync(
  { db, clock, connections }: SettingsPorts,
  actor: Actor,
  asked: NewDirectorySync,
): Promise<DirectorySync> {
  refuseImpersonated(actor);
  const now = clock();
  return inTransaction(db, async (tx) => {
    const { connectionId, deskConnectionId } = asked;
    const found = await connections.find(tx, actor, [connectionId]);
    const connection = found.get(connectionId);
    if (connection === undefined || !mayLookThrough(actor, connection)) {
      refuse('record.unknown', { kind: 'directory connection', id: connectionId });
    }
    const clientId = actor.clientId ?? asked.clientId ?? connection.clientId;
    await checkDesk(tx, { deskConnectionId, clientId });
    const settings = parseSettings(await withIds(tx, asked.settings, undefined));
    if (connection.clientId !== null && clientId !== connection.clientId) {
      refuse('directory-sync.misfit', {
        reason: `the connection "${connection.name}" belongs to one client; so does its sync`,
      });
    }
    await checkClient(tx, clientId);
    const sync = {
      ...{ connectionId, deskConnectionId, clientId, settings, active: asked.active },
      halo: parseKept(await keptWithIds(tx, asked.halo ?? {}, undefined)),
      nextAt: nextDue({ active: asked.active, settings }, now),
      createdAt: now,
      updatedAt: now,
    };
    await checkSync(tx, sync, now);
    checkMaySet(actor, settings);
    const id = await insertSync(tx, sync);
    if (id === undefined) {
      const there = await syncOfConnection(tx, connectionId);
      refuse('directory-sync.taken', { name: connection.name, id: there?.id ?? 0 });
    }
    const made = await getSync(tx, actor, id);
    await audit(tx, [syncEntry(actor, 'directory-sync.created', made)]);
    return made;
  });
}

export type SyncChange = {
  readonly deskConnectionId?: string | null | undefined;
  readonly active?: boolean | undefined;
  /** Only the settings given change; what is undefined is not. */
  readonly settings?: GivenSettings | undefined;
  readonly halo?: Part<HaloKept> | undefined;
};

/** New settings plan everybody anew; a new desk begins from nothing. */
export async function changeSync(
  { db, clock }: Pick<SettingsPorts, 'db' | 'clock'>,
  actor: Actor,
  id: number,
  asked: SyncChange,
): Promise<DirectorySync> {
  refuseImpersonated(actor);
  const now = clock();
  return inTransaction(db, async (tx) => {
    await lockSync(tx, id);
    const before = await getOwnSync(tx, actor, id);
    await checkLook(tx, actor, before);
    const given = await withIds(tx, asked.settings ?? {}, before);
    const settings = parseSettings({ ...before.settings, ...defined(given) });
    const kept = await keptWithIds(tx, asked.halo ?? {}, before);
    const { deskConnectionId = before.deskConnectionId, active = before.active } = asked;
    if (deskConnectionId !== before.deskConnectionId) {
      if (await isUnderWay(tx, id)) refuse('directory-sync.busy', { name: before.settings.name });
      await checkDesk(tx, { deskConnectionId, clientId: before.clientId });
      await tx.deleteFrom('sync_people').where('sync_id', '=', id).execute();
      await tx.deleteFrom('sync_disputes').where('sync_id', '=', id).execute();
    }
    const changed = JSON.stringify(settings) !== JSON.stringify(before.settings);
    const isNew = changed || deskConnectionId !== before.deskConnectionId;
    const timed =
      active !== before.active ||
      JSON.stringify(settings.schedule) !== JSON.stringify(before.settings.schedule);
    const after: DirectorySync = {
      ...before,
      ...{ settings, active, deskConnectionId },
      version: before.version + (isNew ? 1 : 0),
      halo: parseKept({ ...before.halo, ...defined(kept) }),
      nextAt: timed ? nextDue({ active, settings }, now) : before.nextAt,
      updatedAt: now,
    };
    await checkSync(tx, after, now);
    if (isNew) checkMaySet(actor, before.settings, settings);
    await updateSync(tx, after);
    await audit(tx, differences(actor, before, after));
    return after;
  });
}

/** With what it knows of the people and its history; the people stay in the desk as they are. */
export async function deleteSync(
  { db }: Pick<SettingsPorts, 'db'>,
  actor: Actor,
  id: number,
): Promise<DirectorySync> {
  refuseImpersonated(actor);
  return inTransaction(db, async (tx) => {
    await lockSync(tx, id);
    const sync = await getOwnSync(tx, actor, id);
    if (await isUnderWay(tx, id)) refuse('directory-sync.busy', { name: sync.settings.name });
    await removeSync(tx, id);
    await audit(tx, [syncEntry(actor, 'directory-sync.deleted', sync)]);
    return sync;
  });
}

/** Rows keep the ids that are theirs; all others get new ones, unique within the hub. */
async function withIds(
  tx: Tx,
  given: GivenSettings,
  before: DirectorySync | undefined,
): Promise<GivenSettings> {
  const { places, fields } = given;
  return {
    ...given,
    ...(places === undefined
      ? {}
      : { places: await rowsWithIds(tx, places, before?.settings.places ?? []) }),
    ...(fields === undefined
      ? {}
      : { fields: await rowsWithIds(tx, fields, before?.settings.fields ?? []) }),
  };
}

async function keptWithIds(
  tx: Tx,
  given: Part<HaloKept>,
  before: DirectorySync | undefined,
): Promise<Part<HaloKept>> {
  const { unknownMappings } = given;
  if (unknownMappings === undefined) return given;
  const rows = await rowsWithIds(tx, unknownMappings, before?.halo.unknownMappings ?? []);
  return { ...given, unknownMappings: rows };
}

type Row = { readonly id: number };

async function rowsWithIds(tx: Tx, rows: unknown, before: readonly Row[]): Promise<unknown> {
  if (!Array.isArray(rows)) return rows;
  const known = new Set(before.map(({ id }) => id));
  const all: unknown[] = rows;
  const keeps = all.map((row) => {
    const id = hasId(row) ? row.id : undefined;
    return id !== undefined && known.delete(id);
  });
  const fresh = await nextRowIds(tx, keeps.filter((keep) => !keep).length);
  let next = 0;
  return all.map((row, at) => {
    if (keeps[at] || typeof row !== 'object' || row === null) return row;
    const id = fresh[next];
    next += 1;
    return { ...row, id };
  });
}

function hasId(row: unknown): row is Row {
  return typeof row === 'object' && row !== null && 'id' in row && typeof row.id === 'number';
}

function defined(part: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined));
}
