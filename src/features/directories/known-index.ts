// Whom a sync knows, in a few octets each: a whole read of a million asks the database once, not a thousand times.
import type pg from 'pg';
import type { Given } from '#domain/ports/directory-scan.ts';
import type { SyncTarget } from '#domain/sync/settings.ts';
import { letGo } from '#lib/buffers.ts';
import { uuidOctets, uuidText } from '#lib/guid.ts';
import { idHash } from '#lib/id-hash.ts';
import { seen, seenIds } from '#lib/seen-ids.ts';
import { copyOut } from '#store/copy-out.ts';

/** What a read makes of an entry: as it was; to be planned; or a second time in one read. */
export type Glance = 'same' | 'differs' | 'again';

export type KnownIndex = Disposable & {
  /** How many of those known are paired. */
  readonly linked: number;
  /** For a scan that begins. Of one index one scan is under way at a time. */
  beginScan(): Given;
  /** Marks the entry as seen; a digest that differs, one not known and one that is due are to be planned. */
  glance(id: string, digest: Buffer, mask: Buffer): Glance;
  isKnown(id: string): boolean;
  /** Ids of those who were known as anything but gone and were not seen, so many at a time. */
  unseen(size: number): Generator<readonly string[]>;
};

const flag = { used: 1, seen: 2, due: 4, gone: 8, given: 16 } as const;

export async function loadKnown(
  client: pg.Client,
  syncId: number,
  target: SyncTarget,
  { everybody }: { readonly everybody: boolean },
): Promise<KnownIndex> {
  // As many are counted as are read.
  await client.query('begin isolation level repeatable read read only');
  try {
    const { rows } = await client.query<{ count: string }>(
      'select count(*)::text as count from sync_people where sync_id = $1 and target = $2',
      [syncId, target],
    );
    const index = newIndex(Number(rows[0]?.count ?? 0));
    let linked = 0;
    // COPY takes no parameters: both are ours, a number and one of three words.
    await copyOut(
      client,
      `select uuid_send(entry_id) || digest, case state when 'gone' then 2 when 'linked' then 0 else 1 end,
         case when due or state = 'disputed' then 1 else 0 end
       from sync_people where sync_id = ${Number(syncId)} and target = '${target}'`,
      (row) => {
        const state = row.whole(1);
        if (state === 0) linked += 1;
        const due = everybody || row.whole(2) === 1 ? flag.due : 0;
        index.put(row.slice(0, 1).subarray(4), due | (state === 2 ? flag.gone : 0));
        return true;
      },
    );
    return { ...index.reading, linked };
  } finally {
    await client.query('rollback');
  }
}

/**
 * Open addressing, five sixths full, so that an empty place is near. Of a digest the first 8 of its 16 octets are
 * kept: a million people are thirty megabytes.
 */
function newIndex(count: number) {
  const places = Math.ceil((count * 6) / 5) + 1;
  const ids = new Uint32Array(places * idWords);
  const digests = new Uint32Array(places * digestWords);
  const flags = new Uint8Array(places);
  const hash = idHash();
  // Of those not known it is enough to hear when they come again.
  const others = seenIds();
  const wanted = Buffer.alloc(16);

  /** Where it is, or the empty place where it would be. */
  function find(id: Buffer): number {
    const [a, b] = [id.readUInt32LE(0), id.readUInt32LE(4)];
    const [c, d] = [id.readUInt32LE(8), id.readUInt32LE(12)];
    for (let at = Math.floor(((hash(id) >>> 0) / 2 ** 32) * places); ; at += 1) {
      if (at === places) at = 0;
      const flagged = flags[at];
      if (flagged === undefined) throw new TypeError('What was let go knows nobody.');
      if (flagged === 0) return at;
      const word = at * idWords;
      const isNear = ids[word] === a && ids[word + 1] === b;
      if (isNear && ids[word + 2] === c && ids[word + 3] === d) return at;
    }
  }

  /** Id and digest, 16 octets each. */
  function put(bytes: Buffer, flagged: number): void {
    const at = find(bytes);
    for (let word = 0; word < idWords; word += 1) {
      ids[at * idWords + word] = bytes.readUInt32LE(word * 4);
    }
    for (let word = 0; word < digestWords; word += 1) {
      digests[at * digestWords + word] = bytes.readUInt32LE(16 + word * 4);
    }
    flags[at] = flagged | flag.used;
  }

  function isAsItWas(at: number, digest: Buffer, mask: Buffer): boolean {
    for (let word = 0; word < digestWords; word += 1) {
      const now = digest.readInt32LE(word * 4) ^ mask.readInt32LE(word * 4);
      if (digests[at * digestWords + word] !== now >>> 0) return false;
    }
    return true;
  }

  /** Of those not known the others remember it. */
  function isGiven(id: Buffer): boolean {
    const at = find(id);
    const flagged = flags[at] ?? 0;
    if (flagged === 0) return !others.add(id, seen.passing);
    flags[at] = flagged | flag.given;
    return (flagged & flag.given) !== 0;
  }

  const reading: Omit<KnownIndex, 'linked'> = {
    beginScan() {
      others.pass();
      for (let at = 0; at < flags.length; at += 1) flags[at] = (flags[at] ?? 0) & ~flag.given;
      return { add: (id) => !isGiven(id) };
    },
    glance(id, digest, mask) {
      take(id, wanted);
      const at = find(wanted);
      const flagged = flags[at] ?? 0;
      if (flagged === 0) return others.add(wanted) ? 'differs' : 'again';
      if ((flagged & flag.seen) !== 0) return 'again';
      flags[at] = flagged | flag.seen;
      return (flagged & flag.due) === 0 && isAsItWas(at, digest, mask) ? 'same' : 'differs';
    },
    isKnown(id) {
      take(id, wanted);
      return flags[find(wanted)] !== 0;
    },
    *unseen(size) {
      let some: string[] = [];
      for (const [at, flagged] of flags.entries()) {
        if (flagged === 0 || (flagged & (flag.seen | flag.gone)) !== 0) continue;
        some.push(textOf(ids.subarray(at * idWords, (at + 1) * idWords)));
        if (some.length < size) continue;
        yield some;
        some = [];
      }
      if (some.length > 0) yield some;
    },
    [Symbol.dispose]() {
      for (const one of [ids, digests, flags]) letGo(one);
      others[Symbol.dispose]();
    },
  };
  return { reading, put };
}

const idWords = 4;
const digestWords = 2;

function take(id: string, into: Buffer): void {
  if (!uuidOctets(id, into)) throw new RangeError('the id of an entry is no UUID');
}

function textOf(words: Uint32Array): string {
  const octets = Buffer.alloc(16);
  for (const [at, word] of words.entries()) octets.writeUInt32LE(word, at * 4);
  return uuidText(octets);
}
