// Composes directory sync: directories to read, the desk to write to, and the plan path that applies its plans.

import { refuse } from '#domain/problem.ts';
import type { SetApplier } from '#features/automation/ports.ts';
import { personHistory } from '#features/automation/sync-history.ts';
import { syncPlansOf } from '#features/automation/sync-plans.ts';
import { readyConnection } from '#features/connections/open.ts';
import { deskPeopleOfTheHub } from '#features/desk/people/queries.ts';
import { listActiveRecords } from '#features/desk/people/records.ts';
import { writePeople } from '#features/desk/people/write.ts';
import { applyingEnded, applySet } from '#features/directories/apply.ts';
import type { SyncPorts } from '#features/directories/ports.ts';
import type { Clock } from '#lib/clock.ts';
import type { Db } from '#store/db.ts';
import type { Hub } from './hub.ts';

/** How people call the hub's own desk. */
const ownDesk = 'Service desk';

export function syncPortsOf(hub: Hub): SyncPorts {
  const { db, clock, log, store, automation, connections } = hub;
  return {
    ...{ db, clock, log, pool: store.pool, connectionString: store.connectionString },
    plans: syncPlansOf(automation),
    notify: automation.notify,
    openDirectory: connections.openSyncDirectory,
    async serviceAccount(id) {
      const { reached } = await readyConnection(hub, id);
      return reached.kind === 'ldap' ? (reached.settings.bindDn ?? '') : '';
    },
    async openDesk({ deskConnectionId, settings }) {
      if (deskConnectionId !== null) refuse('sync.remote-desk', { name: settings.name });
      return { ...deskPeopleOfTheHub(db, clock), name: ownDesk };
    },
    listRecords: (_, target, asked) => listActiveRecords(db, target, asked),
    writePeople,
    personHistory: (syncId, key) => personHistory(db, syncId, key),
  };
}

/** Applies the changes of a sync to the hub's own desk. */
export function syncApplierOf(ports: { readonly db: Db; readonly clock: Clock }): SetApplier {
  return {
    apply: (set) => applySet({ ...ports, writePeople }, set),
    ended: (tx, run, how) => applyingEnded(tx, run, how, ports.clock()),
  };
}
