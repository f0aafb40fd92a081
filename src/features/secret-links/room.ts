// How much the links of one sender, and of all, may keep: so that nobody fills the disk.
import { refuse } from '#domain/problem.ts';
import type { Db } from '#store/db.ts';
import type { LinkRules } from './model.ts';

export type Room = {
  /** Refuses what does not fit any more. */
  take(sender: { readonly kind: string; readonly id: string }, bytes: number): Promise<void>;
};

/** A sum is asked of the database so seldom; what this process adds meanwhile is counted on top. */
const askedAgainMs = { sender: 2_000, hub: 20_000 } as const;
const sendersMax = 10_000;

type Sum = { readonly askedAtMs: number; readonly sum: Promise<{ bytes: number }> };

/** Near enough for a limit of megabytes, and it costs a small secret no query. */
export function openRoom(db: Db, rules: LinkRules, nowMs = () => performance.now()): Room {
  const sums = new Map<string, Sum>();
  const sumOf = (key: string, forMs: number, ask: () => Promise<number>) => {
    const known = sums.get(key);
    if (known !== undefined && nowMs() - known.askedAtMs < forMs) return known.sum;
    if (sums.size >= sendersMax) sums.clear();
    const sum = ask().then((bytes) => ({ bytes }));
    sums.set(key, { askedAtMs: nowMs(), sum });
    sum.catch(() => sums.delete(key));
    return sum;
  };
  return {
    async take({ kind, id }, bytes) {
      const sender = () => kept(db, { kind, id });
      const own = await sumOf(`${kind} ${id}`, askedAgainMs.sender, sender);
      if (own.bytes + bytes > rules.senderBytesMax) {
        noRoom(bytes, 'your', own.bytes, rules.senderBytesMax);
      }
      const all = await sumOf('', askedAgainMs.hub, () => kept(db));
      if (all.bytes + bytes > rules.hubBytesMax) {
        noRoom(bytes, 'all', all.bytes, rules.hubBytesMax);
      }
      own.bytes += bytes;
      all.bytes += bytes;
    },
  };
}

async function kept(db: Db, sender?: { readonly kind: string; readonly id: string }) {
  let select = db
    .selectFrom('secret_links')
    .select((row) => row.fn.sum<string | null>('bytes').as('bytes'))
    .where('bytes', '>', 0);
  if (sender !== undefined) {
    select = select.where('sender_kind', '=', sender.kind).where('sender_id', '=', sender.id);
  }
  return Number((await select.executeTakeFirstOrThrow()).bytes ?? 0);
}

function noRoom(bytes: number, whose: string, keptBytes: number, most: number): never {
  return refuse('secret-link.no-room', {
    size: inWords(bytes),
    whose,
    kept: inWords(keptBytes),
    most: inWords(most),
  });
}

export function inWords(bytes: number): string {
  const mega = bytes / (1024 * 1024);
  return mega >= 1 ? `${Math.round(mega * 10) / 10} MB` : `${Math.ceil(bytes / 1024)} kB`;
}
