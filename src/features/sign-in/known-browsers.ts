// Browsers in which somebody has signed in: their tries count apart, so that strangers cannot use them up.
import { sql } from 'kysely';
import type { PersonId } from '#domain/ports/people.ts';
import { readCookie, writeCookie } from '#http/cookies.ts';
import type { RequestHeaders } from '#http/route.ts';
import { fastHash, newToken } from '#lib/tokens.ts';
import type { Db } from '#store/db.ts';

export const knownForMs = 365 * 24 * 60 * 60_000;
const keptMax = 20;

type Secure = { readonly secure: boolean };

function nameOf({ secure }: Secure): string {
  return secure ? '__Host-sundog_browser' : 'sundog_browser';
}

/** What the browser shows; whether anybody has signed in with it, only the database knows. */
export function browserTokenIn(secure: Secure, headers: RequestHeaders): string | undefined {
  const value = readCookie(headers, nameOf(secure));
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined;
}

export async function isKnownBrowser(
  db: Db,
  owner: PersonId,
  token: string | undefined,
  now: Date,
): Promise<boolean> {
  if (token === undefined) return false;
  const row = await db
    .selectFrom('known_browsers')
    .select('seen_at')
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .where('hash', '=', fastHash(token))
    .where('seen_at', '>', new Date(now.getTime() - knownForMs))
    .executeTakeFirst();
  return row !== undefined;
}

/** After a sign-in. Gives back its cookie, for the header set-cookie; the oldest of many is forgotten. */
export async function noteBrowser(
  db: Db,
  { kind, id }: PersonId,
  given: Secure & { readonly token: string | undefined },
  now: Date,
): Promise<string> {
  const value = given.token ?? newToken().reveal();
  await db
    .insertInto('known_browsers')
    .values({ hash: fastHash(value), owner_kind: kind, owner_id: id, seen_at: now })
    .onConflict((conflict) =>
      conflict.columns(['owner_kind', 'owner_id', 'hash']).doUpdateSet({ seen_at: now }),
    )
    .execute();
  await sql`delete from known_browsers where owner_kind = ${kind} and owner_id = ${id} and hash in (
    select hash from known_browsers where owner_kind = ${kind} and owner_id = ${id}
    order by seen_at desc offset ${keptMax})`.execute(db);
  const { secure } = given;
  return writeCookie({ name: nameOf({ secure }), value, secure, maxAgeSeconds: knownForMs / 1000 });
}
