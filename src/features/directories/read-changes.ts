// Reads who changed since the last sync, and nobody else: what it costs follows the changes, not the directory.
import type { Changes } from '#domain/ports/directory-changes.ts';
import { counted } from '#domain/words.ts';
import { findDue } from './people-rows.ts';
import type { ScannedDirectory } from './ports.ts';
import { readSome, someMax } from './read-some.ts';
import { type Reading, report } from './reading.ts';
import type { SyncState } from './syncs.ts';

/** More of them are read faster in a whole read. */
export const changesMax = 20_000;

export async function readChanges(reading: Reading, changes: Changes): Promise<void> {
  const { ports, sync, tally } = reading;
  const told = new Set([...changes.changed, ...changes.deleted]);
  tally.read = told.size;
  for (const rules of reading.rules) {
    const due = await findDue(ports.db, sync.id, rules.target);
    const ids = [...new Set([...told, ...due])];
    for (let at = 0; at < ids.length; at += someMax) {
      await readSome(reading, rules, ids.slice(at, at + someMax), changes.deleted);
    }
  }
  await report(reading, true);
}

/** Why the changes alone are not enough, as a sentence; undefined where they are. */
export async function whyWhole(
  directory: Pick<ScannedDirectory, 'groupIds'>,
  { settings }: Pick<SyncState, 'settings'>,
  changes: Changes,
  hoursSinceWhole: number,
): Promise<string | undefined> {
  if (changes.restructured) return 'A container of the directory was made, renamed or moved.';
  const hours = settings.deletionsSoughtEveryHours;
  if (!changes.seesDeletions && hoursSinceWhole > hours) {
    return `The directory does not show every deletion, and the last whole read was more than ${counted(hours, 'hour')} ago.`;
  }
  if (changes.changed.size > changesMax) return 'So many entries changed that all are read.';
  if (changes.changed.size === 0) return undefined;
  const groups = settings.places
    .filter(({ kind }) => kind === 'group')
    .map(({ dn, recursive }) => ({ dn, nested: recursive }));
  for (const group of groups) {
    for (const id of await directory.groupIds(group)) {
      if (changes.changed.has(id)) return 'The members of a group changed.';
    }
  }
  return undefined;
}
