// What may be used once over all processes: assertion IDs, the jti of logout tokens.
import { fastHash } from '#lib/tokens.ts';
import type { Db, Tx } from '#store/db.ts';

/**
 * Takes it, or says that it was taken before. `until`: when it would be refused for its age alone, for so
 * long it is remembered. One statement: of any number at the same moment one is first.
 */
export async function takeOnce(
  db: Db | Tx,
  used: {
    readonly applicationId: number;
    readonly kind: 'assertion' | 'logout-token' | 'logout-request';
    readonly id: string;
    readonly until: Date;
  },
): Promise<boolean> {
  const key = fastHash(JSON.stringify([used.applicationId, used.kind, used.id]));
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('sso_used')
    .values({ key, until: used.until })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Forgets what is too old to be accepted anyway, a bounded number at a time; true while there is more. */
export async function forgetUsed(db: Db, now: Date, rowsMax: number): Promise<boolean> {
  const over = db.selectFrom('sso_used').select('key').where('until', '<', now).limit(rowsMax);
  const gone = await db.deleteFrom('sso_used').where('key', 'in', over).executeTakeFirst();
  return Number(gone.numDeletedRows) === rowsMax;
}
