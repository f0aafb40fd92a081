// A sign-in whose password fitted: what is missing is the second factor, or setting one up.
//
//   (password fits) -> under way -> signed in, or over after ten minutes
import type { PersonId } from '#domain/ports/people.ts';
import { forgetCookie, readCookie, writeCookie } from '#http/cookies.ts';
import type { RequestHeaders } from '#http/route.ts';
import { fastHash, newToken } from '#lib/tokens.ts';
import type { Db, Tx } from '#store/db.ts';

/** Long enough to find the phone and to set up an app. */
export const underWayMs = 10 * 60_000;

export type UnderWay = {
  readonly owner: PersonId;
  /** To prove the factor there is, or to set one up because one is asked for. */
  readonly purpose: 'prove' | 'enrol';
  readonly back: string;
};

type Secure = { readonly secure: boolean };

function nameOf({ secure }: Secure): string {
  return secure ? '__Host-sundog_step' : 'sundog_step';
}

/** Gives back its cookie, for the header set-cookie. */
export async function beginUnderWay(
  db: Db,
  { owner, purpose, back }: UnderWay,
  secure: Secure,
  now: Date,
): Promise<string> {
  const value = newToken().reveal();
  await db
    .insertInto('sign_ins_under_way')
    .values({
      hash: fastHash(value),
      owner_kind: owner.kind,
      owner_id: owner.id,
      purpose,
      back,
      expires_at: new Date(now.getTime() + underWayMs),
    })
    .execute();
  const maxAgeSeconds = underWayMs / 1000;
  return writeCookie({ name: nameOf(secure), value, secure: secure.secure, maxAgeSeconds });
}

export async function findUnderWay(
  db: Db,
  secure: Secure,
  headers: RequestHeaders,
  now: Date,
): Promise<UnderWay | undefined> {
  const token = readCookie(headers, nameOf(secure));
  if (token === undefined) return undefined;
  const row = await db
    .selectFrom('sign_ins_under_way')
    .selectAll()
    .where('hash', '=', fastHash(token))
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return (
    row && {
      owner: { kind: row.owner_kind, id: row.owner_id },
      purpose: row.purpose,
      back: row.back,
    }
  );
}

/** Ends it, once: whoever comes second with the same cookie gets no session of it. */
export async function takeUnderWay(
  db: Db | Tx,
  secure: Secure,
  headers: RequestHeaders,
  now: Date,
): Promise<boolean> {
  const gone = await db
    .deleteFrom('sign_ins_under_way')
    .where('hash', '=', fastHash(readCookie(headers, nameOf(secure)) ?? ''))
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return gone.numDeletedRows > 0n;
}

export function forgetUnderWay(secure: Secure): string {
  return forgetCookie(nameOf(secure), secure.secure);
}

/** With a new password, or without the factor that was asked for, one begins anew. */
export async function endUnderWayOf(tx: Db | Tx, owner: PersonId): Promise<void> {
  await tx
    .deleteFrom('sign_ins_under_way')
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .execute();
}
