// Plans for those who are in no place of a sync any more: only after a complete read, or when they were told to be gone.
import type { Change } from '#domain/change.ts';
import type { DeskPerson } from '#domain/ports/desk-people.ts';
import { changeOf } from './change-of.ts';
import { type KnownPerson, noteOf, type PlannedEntry } from './plan-page.ts';
import type { Rules } from './rules.ts';

export function planGone(
  rules: Rules,
  gone: readonly KnownPerson[],
  desk: ReadonlyMap<number, DeskPerson>,
  /** Records that somebody else has who is there: they stay as they are. */
  held: ReadonlySet<number>,
): PlannedEntry[] {
  return gone.map((known) => {
    const person = known.deskId === null ? undefined : desk.get(known.deskId);
    const key = `${rules.target}:${known.entryId}`;
    const name = person?.name ?? known.name;
    const leaves = person?.active === true && !held.has(person.id);
    const deactivates = leaves && rules.leavers.gone === 'deactivate';
    const changes = deactivates ? [disabling(rules, { key, name }, person.id)] : [];
    const notes =
      leaves && !deactivates ? [noteOf({ key, name }, 'gone', 'sync.gone', { person: name })] : [];
    const said = changes.length + notes.length > 0;
    const group = deactivates ? 'leaver' : 'disputed';
    return {
      person: said
        ? { key, name, situation: 'gone', group, changes, notes, leftOut: 0 }
        : undefined,
      seen: {
        ...{ target: rules.target, entryId: known.entryId, digest: noDigest },
        ...{ dn: known.dn, name: known.name, placeId: known.placeId },
        ...{ state: 'gone', deskId: known.deskId, changeId: null, managerDn: null },
        ...{ managerWas: null, keys: [], fresh: false, joins: false, dispute: null },
      },
      photo: undefined,
      administrator: deactivates && person.administrator,
    };
  });
}

/** No entry has it, so that whoever comes back is planned. */
export const noDigest = Buffer.alloc(16);

function disabling(
  rules: Rules,
  person: { readonly key: string; readonly name: string },
  deskId: number,
): Change {
  return changeOf(rules, person, {
    kind: 'disable',
    before: { enabled: ['true'] },
    after: { enabled: ['false'] },
    target: { id: `${rules.target}:${deskId}`, kind: 'existing', name: person.name },
    because: 'No longer in the directory.',
  });
}
