// Composes what the audit trail asks for: where checkpoints stand outside, and who is told.
import { join } from 'node:path';
import type { CheckpointPorts } from '#features/audit/checkpoints.ts';
import type { Hub } from './hub.ts';

export function auditPortsOf(hub: Hub): CheckpointPorts {
  const { db, sealing, clock, log, store, automation } = hub;
  return {
    db,
    sealing,
    clock,
    log,
    connectionString: store.connectionString,
    checkpointFile: auditFileOf(hub),
    notify: automation.notify,
  };
}

export function auditFileOf({ config, store }: Pick<Hub, 'config' | 'store'>): string {
  return config.auditCheckpoints ?? join(store.dataFolder, 'audit-checkpoints.ndjson');
}
