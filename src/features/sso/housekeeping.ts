// Forgets sign-ons nobody finished, what may be used again because it is refused for its age, and old attempts.
import { z } from 'zod';
import type { Db } from '#store/db.ts';
import { type Task, task } from '#store/queue.ts';
import { forgetUsed } from './once.ts';
import type { SsoPorts } from './ports.ts';
import { forgetTransactions } from './transactions.ts';

const rowsAtOnce = 1_000;
const roundsMax = 200;

/** Long enough to find out why somebody could not sign on in the last months; then it is only personal data. */
export const attemptsKeptMs = 90 * 24 * 60 * 60_000;

export function housekeeping({ db, clock }: Pick<SsoPorts, 'db' | 'clock'>): Task {
  const chores = [forgetTransactions, forgetUsed, forgetAttempts];
  return task({
    name: 'sso:forget',
    cron: '*/10 * * * *',
    payload: z.looseObject({}),
    run: async (_payload, { signal }) => {
      for (const chore of chores) {
        for (let round = 0; round < roundsMax && !signal.aborted; round += 1) {
          if (!(await chore(db, clock(), rowsAtOnce))) break;
        }
      }
    },
  });
}

/** A bounded number at a time; true while there is more. */
export async function forgetAttempts(db: Db, now: Date, rowsMax: number): Promise<boolean> {
  const since = new Date(now.getTime() - attemptsKeptMs);
  const over = db.selectFrom('sso_attempts').select('id').where('at', '<', since).limit(rowsMax);
  const gone = await db.deleteFrom('sso_attempts').where('id', 'in', over).executeTakeFirst();
  return Number(gone.numDeletedRows) === rowsMax;
}
