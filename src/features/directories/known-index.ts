// Whom a sync knows, in a few octets each: a whole read of a million asks the database once, not a thousand times.
import type pg from 'pg';
import type { SyncTarget } from '#domain/sync/settings.ts';
import { copyOut } from '#store/copy-out.ts';

/** What a read makes of an entry: as it was; to be planned; or a second time in one read. */
export type Glance = 'same' | 'differs' | 'again';

export type KnownIndex = {
  /** How many of those known are paired. */
  readonly linked: number;
  /** Marks the entry as seen; a digest that differs, one not known and one that is due are to be planned. */
  glance(id: string, digest: Buffer, mask: Buffer): Glance;
  isKnown(id: string): boolean;
  /** Ids of those who were known as anything but gone and were not seen, so many at a time. */
  unseen(size: number): Generator<readonly string[]>;
};

const flag = { used: 1, known: 2, seen: 4, due: 8, gone: 16 } as const;
/** A million of them are fifty megabytes. */
const slotBytes = 33;

export async function loadKnown(
  client: pg.Client,
  syncId: number,
  target: SyncTarget,
  { everybody }: { readonly everybody: boolean },
): Promise<KnownIndex> {
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
      const bytes = row.slice(0, 1).subarray(4);
      index.put(bytes, flag.known | due | (state === 2 ? flag.gone : 0));
      return true;
    },
  );
  return { ...index.reading, linked };
}

/** Open addressing over one buffer: id (16), digest (16), flags (1). */
function newIndex(expected: number) {
  let capacity = 1024;
  while (capacity < expected * 2) capacity *= 2;
  let slots = Buffer.alloc(capacity * slotBytes);
  let count = 0;
  const wanted = Buffer.alloc(16);

  /** At most half of the slots are used, so that an empty one is near. */
  function find(id: Buffer): number {
    for (let at = mixed(id); ; at += 1) {
      const slot = ((at >>> 0) & (capacity - 1)) * slotBytes;
      if (slots[slot + 32] === 0 || isAt(slot, id)) return slot;
    }
  }

  function isAt(slot: number, id: Buffer): boolean {
    for (let at = 0; at < 16; at += 1) if (slots[slot + at] !== id[at]) return false;
    return true;
  }

  function put(bytes: Buffer, flags: number): void {
    if (count * 2 >= capacity) grow();
    const slot = find(bytes);
    bytes.copy(slots, slot, 0, 32);
    slots[slot + 32] = flags | flag.used;
    count += 1;
  }

  function grow(): void {
    const old = slots;
    capacity *= 2;
    slots = Buffer.alloc(capacity * slotBytes);
    for (let slot = 0; slot < old.length; slot += slotBytes) {
      if (old[slot + 32] === 0) continue;
      old.copy(slots, find(old.subarray(slot, slot + 16)), slot, slot + slotBytes);
    }
  }

  const reading: Omit<KnownIndex, 'linked'> = {
    glance(id, digest, mask) {
      bytesOf(id, wanted);
      const slot = find(wanted);
      const flags = slots[slot + 32] ?? 0;
      if (flags === 0) {
        put(Buffer.concat([wanted, wanted]), flag.seen);
        return 'differs';
      }
      if ((flags & flag.seen) !== 0) return 'again';
      slots[slot + 32] = flags | flag.seen;
      if ((flags & flag.due) !== 0) return 'differs';
      for (let at = 0; at < 16; at += 1) {
        if (slots[slot + 16 + at] !== ((digest[at] ?? 0) ^ (mask[at] ?? 0))) return 'differs';
      }
      return 'same';
    },
    isKnown(id) {
      bytesOf(id, wanted);
      return ((slots[find(wanted) + 32] ?? 0) & flag.known) !== 0;
    },
    *unseen(size) {
      let ids: string[] = [];
      for (let slot = 0; slot < slots.length; slot += slotBytes) {
        const flags = slots[slot + 32] ?? 0;
        if ((flags & flag.known) === 0 || (flags & (flag.seen | flag.gone)) !== 0) continue;
        ids.push(textOf(slots, slot));
        if (ids.length < size) continue;
        yield ids;
        ids = [];
      }
      if (ids.length > 0) yield ids;
    },
  };
  return { reading, put };
}

/** Ids of one directory are alike in most of their octets, and differ in others than another's: all count. */
function mixed(id: Buffer): number {
  let hash = 0;
  for (let at = 0; at < 16; at += 4) {
    hash = Math.imul(hash ^ id.readUInt32LE(at), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

function bytesOf(id: string, into: Buffer): void {
  let at = 0;
  for (let digit = 0; digit < 36; digit += 1) {
    const high = digits[id.charCodeAt(digit)] ?? 0xff;
    if (high === 0xff) continue;
    digit += 1;
    into[at] = (high << 4) | ((digits[id.charCodeAt(digit)] ?? 0) & 15);
    at += 1;
  }
}

const digits = new Uint8Array(128).fill(0xff);
for (const [value, letter] of [...'0123456789abcdef'].entries()) {
  digits[letter.charCodeAt(0)] = value;
  digits[letter.toUpperCase().charCodeAt(0)] = value;
}

function textOf(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + 16);
  return [
    ...[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16)],
    ...[hex.slice(16, 20), hex.slice(20)],
  ].join('-');
}
