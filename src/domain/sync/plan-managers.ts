// The second pass of a sync: who reports to whom, when it is known which entry everybody is.
import type { Change } from '#domain/change.ts';
import type { PlannedPerson } from '#domain/plan.ts';
import { changeOf } from './change-of.ts';
import type { Rules } from './rules.ts';

/** Somebody whose manager may differ, and who that is now. */
export type Reporting = {
  readonly entryId: string;
  readonly name: string;
  /** Null where the plan creates the record. */
  readonly deskId: number | null;
  readonly changeId: string | null;
  /** The record of the manager the desk has. */
  readonly was: number | null;
  readonly wasName: string;
  /** Whom the directory names, where they are somebody of the sync: paired, or to be created. */
  readonly manager: {
    readonly entryId: string;
    readonly deskId: number | null;
    readonly name: string;
  } | null;
};

/** Undefined where it is as it should be. Nobody reports to themselves; a circle of several is the directory's matter. */
export function planManager(
  rules: Pick<Rules, 'target' | 'connectionId' | 'system'>,
  reporting: Reporting,
): PlannedPerson | undefined {
  const { entryId, name, deskId, changeId, was } = reporting;
  const manager = reporting.manager?.entryId === entryId ? null : reporting.manager;
  if (manager === null ? was === null : manager.deskId !== null && manager.deskId === was) {
    return undefined;
  }
  const key = `${rules.target}:${entryId}`;
  const change: Change = {
    ...changeOf(
      rules,
      { key, name },
      {
        kind: 'update',
        before: { manager: was === null ? [] : [reporting.wasName] },
        after: { manager: manager === null ? [] : [manager.name] },
        target:
          deskId === null
            ? { change: changeId ?? `${key}:create`, kind: 'planned', name }
            : { id: `${rules.target}:${deskId}`, kind: 'existing', name },
        because:
          manager === null
            ? 'Their manager in the directory is nobody of this sync.'
            : 'Changed in the directory.',
      },
    ),
    ...{ id: `${key}:manager`, step: 1, action: 'sync-manager' },
    manager: { entryId: manager?.entryId ?? null, was },
    needs: changeId === null ? [] : [changeId],
  };
  return {
    ...{ key, name, situation: changeId === null ? 'linked' : 'new', group: 'mover' },
    ...{ changes: [change], notes: [], leftOut: 0 },
  };
}
