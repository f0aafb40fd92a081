// Reads some entries by their ids, over every place: those in none of them are gone.
import type { PlacedEntry } from '#domain/sync/draft.ts';
import { noDigest } from '#domain/sync/plan-gone.ts';
import { queryOf, type Rules } from '#domain/sync/rules.ts';
import { findKnown } from './people-rows.ts';
import { planBatch, planGoneBatch } from './plan-batch.ts';
import type { Reading } from './reading.ts';

/** So many are asked for at a time. */
export const someMax = 1_000;

/** Plans them as they are now; gives how many were found. Of those deleted nothing is asked. */
export async function readSome(
  reading: Reading,
  rules: Rules,
  ids: readonly string[],
  deleted: ReadonlySet<string> = nobody,
): Promise<number> {
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
  return found.length;
}

const nobody: ReadonlySet<string> = new Set();
