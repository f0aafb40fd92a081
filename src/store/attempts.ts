// Counts tries in PostgreSQL, so that any number of processes keep one limit between them.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from './db.ts';

export type Tier = {
  /** What is counted: `sign-in.login`, `sign-in.address` ... */
  readonly name: string;
  readonly triesMax: number;
  readonly windowMs: number;
};

export type Attempt = { readonly tier: Tier; readonly who: string };

/**
 * Counts one try before it is made, and says whether it may be. One statement: of a thousand tries
 * at the same moment exactly `triesMax` may. The window begins with the first try.
 */
export async function takeAttempt(db: Db, attempt: Attempt, now: Date): Promise<boolean> {
  const { tier } = attempt;
  const ends = new Date(now.getTime() + tier.windowMs);
  const { rows } = await sql<{ tries: number }>`
    insert into attempts as known (key, tries, since, ends_at)
    values (${attemptKey(attempt)}, 1, ${now}, ${ends})
    on conflict (key) do update set
      tries = case when known.ends_at <= ${now} then 1
              else least(known.tries + 1, ${tier.triesMax + 1}) end,
      since = case when known.ends_at <= ${now} then ${now} else known.since end,
      ends_at = case when known.ends_at <= ${now} then ${ends} else known.ends_at end
    returning tries`.execute(db);
  return (rows[0]?.tries ?? 0) <= tier.triesMax;
}

/** Seconds until tries are allowed again, or 0 when they are allowed now. Counts nothing. */
export async function secondsClosed(db: Db, attempt: Attempt, now: Date): Promise<number> {
  const row = await db
    .selectFrom('attempts')
    .select(['tries', 'ends_at'])
    .where('key', '=', attemptKey(attempt))
    .where('ends_at', '>', now)
    .executeTakeFirst();
  return secondsLeft(attempt, row && { tries: row.tries, endsAt: row.ends_at }, now);
}

/** The same of a row that was read along with something else, by its `attemptKey`. */
export function secondsLeft(
  { tier }: Attempt,
  tried: { readonly tries: number; readonly endsAt: Date } | undefined,
  now: Date,
): number {
  if (tried === undefined || tried.tries < tier.triesMax || tried.endsAt <= now) return 0;
  return Math.ceil((tried.endsAt.getTime() - now.getTime()) / 1000);
}

/** The try succeeded: what it counted is given back. */
export async function giveBackAttempt(db: Db, attempt: Attempt): Promise<void> {
  await sql`update attempts set tries = greatest(tries - 1, 0)
    where key = ${attemptKey(attempt)}`.execute(db);
}

export async function forgetAttempts(db: Db, attempt: Attempt): Promise<void> {
  await db.deleteFrom('attempts').where('key', '=', attemptKey(attempt)).execute();
}

/** Logins and addresses are personal data: only a digest of them is kept. */
export function attemptKey({ tier, who }: Attempt): Buffer {
  return createHash('sha256').update(`${tier.name}\0${who}`).digest();
}
