// Composes directory sync: directories to read, the desk to write to, and the plan path that applies its plans.

import type { Origins } from '#domain/origin.ts';
import type { Sync } from '#domain/sync/settings.ts';
import type { SetApplier } from '#features/automation/ports.ts';
import { rejectSyncPlans } from '#features/automation/supersede.ts';
import { personHistory } from '#features/automation/sync-history.ts';
import { syncPlansOf } from '#features/automation/sync-plans.ts';
import { findConnectionFacts, listConnectionFacts } from '#features/connections/queries.ts';
import { sweepPhotos } from '#features/desk/people/photos.ts';
import { deskPeopleOfTheHub } from '#features/desk/people/queries.ts';
import { listActiveRecords } from '#features/desk/people/records.ts';
import { writePeople } from '#features/desk/people/write.ts';
import { applyingEnded, applySet } from '#features/directories/apply.ts';
import { originsOf } from '#features/directories/origins.ts';
import type { Desk, RemoteDesk, SyncPorts } from '#features/directories/ports.ts';
import { remoteDeskPeople } from '#features/directories/remote-desk/remote-desk.ts';
import { checkDesk } from '#features/directories/whose-connections.ts';
import type { Clock } from '#lib/clock.ts';
import type { Db } from '#store/db.ts';
import type { Hub } from './hub.ts';

/** How people call the hub's own desk. */
const ownDesk = 'Service desk';

export type DeskPorts = {
  readonly db: Db;
  readonly clock: Clock;
  openRemote(connectionId: string): Promise<RemoteDesk>;
  /** How people call a connection. */
  nameOf(connectionId: string): Promise<string>;
};

export function syncPortsOf(hub: Hub): SyncPorts {
  const { db, clock, log, store, automation, connections } = hub;
  const desks = deskPortsOf(hub);
  return {
    ...{ db, clock, log, pool: store.pool, connectionString: store.connectionString },
    plans: syncPlansOf(automation),
    rejectPlans: rejectSyncPlans,
    notify: automation.notify,
    openDirectory: connections.openSyncDirectory,
    openDesk: (sync) => openDesk(desks, sync),
    openRemote: desks.openRemote,
    writePeople,
    sweepPhotos: (now) => sweepPhotos(db, now),
    personHistory: (syncId, key) => personHistory(db, syncId, key),
  };
}

export function deskPortsOf({
  db,
  clock,
  connections: { openRemote },
}: Pick<Hub, 'db' | 'clock' | 'connections'>): DeskPorts {
  const nameOf = async (id: string) =>
    (await findConnectionFacts(db, [id])).get(id)?.name ?? 'Remote Halo';
  return { db, clock, openRemote, nameOf };
}

/** The hub's own desk, or the remote Halo that the sync names. */
export async function openDesk(
  { db, clock, openRemote, nameOf }: DeskPorts,
  { deskConnectionId, clientId }: Pick<Sync, 'deskConnectionId' | 'clientId'>,
): Promise<Desk> {
  const own = deskPeopleOfTheHub(db, clock, clientId);
  if (deskConnectionId === null) {
    return {
      ...own,
      name: ownDesk,
      refresh: async () => {},
      listRecords: (target, asked) => listActiveRecords(db, target, { ...asked, clientId }),
      [Symbol.asyncDispose]: async () => {},
    };
  }
  await checkDesk(db, { deskConnectionId, clientId });
  const name = await nameOf(deskConnectionId);
  const halo = await openRemote(deskConnectionId);
  const mirror = { db, clock, connectionId: deskConnectionId, remote: halo.people };
  return {
    ...remoteDeskPeople({ ...mirror, keepPhotos: own.keepPhotos }),
    name,
    [Symbol.asyncDispose]: () => halo[Symbol.asyncDispose](),
  };
}

/** Of an automation's source, whichever of its addresses a connection has: two may lead to one desk. */
export async function originsInDesk(
  { db, ownDesk }: { readonly db: Db; readonly ownDesk: readonly string[] },
  directoryConnectionId: string,
  sourceConnectionId: string,
  personKeys: readonly string[],
): Promise<Origins> {
  const all = await listConnectionFacts(db);
  const origin = all.find(({ id }) => id === sourceConnectionId)?.origin ?? null;
  const same = all.filter(({ kind, origin: one }) => kind === 'halo' && one === origin);
  return originsOf(db, {
    ...{ directoryConnectionId, personKeys },
    deskConnectionIds: [sourceConnectionId, ...same.map(({ id }) => id)],
    isOwnDesk: origin !== null && ownDesk.includes(origin),
  });
}

/** Applies the changes of a sync to the desk they were planned for. */
export function syncApplierOf({
  db,
  clock,
  connections: { openRemote },
}: {
  readonly db: Db;
  readonly clock: Clock;
  readonly connections: Pick<DeskPorts, 'openRemote'>;
}): SetApplier {
  return {
    apply: (set) => applySet({ db, clock, writePeople, openRemote }, set),
    ended: (tx, run, how) => applyingEnded(tx, run, how, clock()),
  };
}
