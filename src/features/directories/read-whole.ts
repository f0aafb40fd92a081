// Reads every place of a sync to its end; only entries that differ from what is known are decoded and planned.
import type { Scanned } from '#domain/ports/directory-scan.ts';
import type { PlacedEntry } from '#domain/sync/draft.ts';
import { masked, maskOf, queryOf, type Rules } from '#domain/sync/rules.ts';
import type { Place } from '#domain/sync/settings.ts';
import { type KnownIndex, loadKnown } from './known-index.ts';
import { planBatch } from './plan-batch.ts';
import { readSome, someMax } from './read-some.ts';
import { countRead, type Reading, report } from './reading.ts';

/** Entries that differ are planned so many at a time. */
const batchSize = 1_000;

/** Gives how many people were paired before. */
export async function readWhole(reading: Reading): Promise<number> {
  let linked = 0;
  for (const rules of reading.rules) {
    using index = await knownOf(reading, rules);
    linked += index.linked;
    await using batches = batchesOf(reading, rules, index);
    for (const place of rules.places) await readPlace(reading, rules, place, index, batches.add);
    await batches.end();
    // Whoever moved from place to place while they were read was seen in none of them, and so was a member of a
    // group who was renamed meanwhile: each is asked for once more before it is concluded that they left.
    for (const ids of index.unseen(someMax)) {
      reading.tally.read += await readSome(reading, rules, ids);
      await report(reading);
    }
  }
  await report(reading, true);
  return linked;
}

async function knownOf({ ports, sync, drift }: Reading, rules: Rules): Promise<KnownIndex> {
  const client = await ports.pool.connect();
  try {
    return await loadKnown(client, sync.id, rules.target, { everybody: drift });
  } finally {
    client.release();
  }
}

async function readPlace(
  reading: Reading,
  rules: Rules,
  place: Place,
  index: KnownIndex,
  add: (entries: readonly PlacedEntry[]) => Promise<void>,
): Promise<void> {
  const { directory, sync, settingsDigest, signal, tally } = reading;
  const query = queryOf(sync.settings, rules, place);
  const mask = maskOf(settingsDigest, place.id);
  const given = index.beginScan();
  for await (const { entries, references } of directory.scan(query, signal, given)) {
    const differing: Scanned[] = [];
    for (const entry of entries) {
      // Of several places, and of pages that repeat: the first that has a person decides.
      const glance = index.glance(entry.id, entry.digest, mask);
      if (glance === 'again') continue;
      countRead(reading, entry);
      if (glance === 'differs') differing.push(entry);
    }
    for (const reference of references) tally.references.add(reference);
    tally.changed += differing.length;
    if (differing.length > 0) {
      const decoded = await directory.readScanned(query, differing);
      await add(
        decoded.map((entry, at) => ({
          ...{ entry, place },
          digest: masked(differing[at]?.digest ?? Buffer.alloc(16), mask),
        })),
      );
    }
    await report(reading);
  }
}

/** While one batch is planned and put by, the next is read and decoded. */
function batchesOf(reading: Reading, rules: Rules, index: KnownIndex) {
  let waiting: PlacedEntry[] = [];
  let underWay: Promise<void> = Promise.resolve();
  const flush = async () => {
    await underWay;
    const batch = waiting;
    waiting = [];
    underWay = planBatch(reading, rules, batch, index.isKnown);
    // Whoever waits for it next hears of it.
    underWay.catch(reading.stop);
  };
  return {
    async add(entries: readonly PlacedEntry[]): Promise<void> {
      waiting.push(...entries);
      if (waiting.length >= batchSize) await flush();
    },
    async end(): Promise<void> {
      if (waiting.length > 0) await flush();
      await underWay;
    },
    /** The next attempt must not begin before the last batch of this one has ended, one way or the other. */
    async [Symbol.asyncDispose](): Promise<void> {
      await underWay.catch(() => {});
    },
  };
}
