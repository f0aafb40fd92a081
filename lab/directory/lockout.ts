// Locking: too many wrong passwords within a while, and nobody signs in until the lock's time is over or it is lifted.
import type { Service } from './service.ts';
import { type Entry, firstOf, headOf, type Tree } from './tree.ts';
import { dateOfFileTime, fileTime, millisecondsOf, type Value } from './values.ts';
import { transaction } from './writing.ts';

type Rules = {
  /** So many wrong tries lock an account; none do when it is 0. */
  readonly threshold: number;
  readonly windowMs: number;
  /** 0 locks until somebody unlocks. */
  readonly durationMs: number;
};

export function isLocked(tree: Tree, entry: Entry, now: Date): boolean {
  const since = firstOf(entry, 'lockoutTime') ?? '0';
  if (since === '0') return false;
  const { durationMs } = rulesOf(tree);
  return durationMs === 0 || now.getTime() < dateOfFileTime(since).getTime() + durationMs;
}

/** Counts a wrong try, and forgets them all at a right one; nothing is written where nothing locks. */
export async function countTry(
  { tree, record }: Pick<Service, 'tree' | 'record'>,
  { id }: Pick<Entry, 'id'>,
  right: boolean,
): Promise<void> {
  if (rulesOf(tree).threshold === 0 || (right && !hasTries(tree.entries.get(id)))) return;
  await record(async (present, now) => {
    const entry = present.entries.get(id);
    if (entry === undefined) return transaction({ tree: present, now }, []);
    const changed = right ? forgotten : counted(rulesOf(present), entry, now);
    const values = { ...entry.values, ...changed };
    return transaction({ tree: present, now }, [{ ...entry, values }]);
  });
}

const forgotten = { badPwdCount: ['0'], lockoutTime: ['0'] };

function counted(
  { threshold, windowMs }: Rules,
  entry: Entry,
  now: Date,
): Readonly<Record<string, readonly Value[]>> {
  const last = dateOfFileTime(firstOf(entry, 'badPasswordTime') ?? '0').getTime();
  const before = now.getTime() - last < windowMs ? Number(firstOf(entry, 'badPwdCount') ?? 0) : 0;
  const count = before + 1;
  return {
    badPwdCount: [String(count)],
    badPasswordTime: [fileTime(now)],
    ...(count >= threshold ? { lockoutTime: [fileTime(now)] } : {}),
  };
}

function hasTries(entry: Entry | undefined): boolean {
  return ['badPwdCount', 'lockoutTime'].some(
    (name) => entry !== undefined && (firstOf(entry, name) ?? '0') !== '0',
  );
}

function rulesOf(tree: Tree): Rules {
  const head = headOf(tree);
  const value = (name: string) => (head === undefined ? undefined : firstOf(head, name)) ?? '0';
  return {
    threshold: Number(value('lockoutThreshold')),
    windowMs: millisecondsOf(value('lockOutObservationWindow')),
    durationMs: millisecondsOf(value('lockoutDuration')),
  };
}
