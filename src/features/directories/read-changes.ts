// Reads who changed since the last sync, and nobody else: what it costs follows the changes, not the directory.
import type { Changes } from '#domain/ports/directory-changes.ts';
import type { PlacedEntry } from '#domain/sync/draft.ts';
import { noDigest } from '#domain/sync/plan-gone.ts';
import { queryOf, type Rules } from '#domain/sync/rules.ts';
import { counted } from '#domain/words.ts';
import { findDue, findKnown } from './people-rows.ts';
import { planBatch, planGoneBatch } from './plan-batch.ts';
import { type Reading, report } from './reading.ts';

/** More of them are read faster in a whole read. */
export const changesMax = 20_000;
const batchSize = 1_000;

export async function readChanges(reading: Reading, changes: Changes): Promise<void> {
  const { ports, sync, tally } = reading;
  const told = new Set([...changes.changed, ...changes.deleted]);
  tally.read = told.size;
  for (const rules of reading.rules) {
    const due = await findDue(ports.db, sync.id, rules.target);
    const ids = [...new Set([...told, ...due])];
    for (let at = 0; at < ids.length; at += batchSize) {
      await readSome(reading, rules, ids.slice(at, at + batchSize), changes.deleted);
    }
  }
  await report(reading, true);
}

async function readSome(
  reading: Reading,
  rules: Rules,
  ids: readonly string[],
  deleted: ReadonlySet<string>,
): Promise<void> {
  const { directory, sync, ports, tally } = reading;
  const left = new Set(ids.filter((id) => !deleted.has(id)));
  const found: PlacedEntry[] = [];
  for (const place of rules.places) {
    if (left.size === 0) break;
    reading.signal.throwIfAborted();
    const query = queryOf(sync.settings, rules, place);
    for (const entry of await directory.readByIds(query, [...left])) {
      // Read by id there is no digest: the next whole read looks at the entry once more.
      if (left.delete(entry.id)) found.push({ entry, place, digest: noDigest });
    }
  }
  const known = await findKnown(ports.db, sync.id, rules.target, ids);
  tally.changed += found.length;
  if (found.length > 0) await planBatch(reading, rules, found, (id) => known.has(id));
  const here = new Set(found.map(({ entry }) => entry.id));
  const gone = [...known.keys()].filter((id) => !here.has(id));
  if (gone.length > 0) await planGoneBatch(reading, rules, gone);
}

/** Why the changes alone are not enough, as a sentence; undefined where they are. */
export async function whyWhole(
  { directory, rules, sync }: Pick<Reading, 'directory' | 'rules' | 'sync'>,
  changes: Changes,
  hoursSinceWhole: number,
): Promise<string | undefined> {
  if (changes.restructured) return 'A container of the directory was made, renamed or moved.';
  const hours = sync.settings.deletionsSoughtEveryHours;
  if (!changes.seesDeletions && hoursSinceWhole > hours) {
    return `The directory does not show every deletion, and the last whole read was more than ${counted(hours, 'hour')} ago.`;
  }
  if (changes.changed.size > changesMax) return 'So many entries changed that all are read.';
  if (changes.changed.size === 0) return undefined;
  const groups = rules
    .flatMap(({ places }) => places)
    .filter(({ kind }) => kind === 'group')
    .map(({ dn, recursive }) => ({ dn, nested: recursive }));
  for (const group of groups) {
    for (const id of await directory.groupIds(group)) {
      if (changes.changed.has(id)) return 'The members of a group changed.';
    }
  }
  return undefined;
}
