// Sessions begun by single sign-on: each keeps beside it where it comes from, for logout both ways.
import { sql } from 'kysely';
import { callingFrom, theHub } from '#domain/actor.ts';
import type { Person, PersonId } from '#domain/ports/people.ts';
import { readCookie } from '#http/cookies.ts';
import type { Answer, RequestHeaders } from '#http/route.ts';
import { ownPath } from '#lib/own-path.ts';
import type { Secret } from '#lib/secret.ts';
import { fastHash } from '#lib/tokens.ts';
import { audit } from '#store/audit.ts';
import { accessBell, ring } from '#store/bell.ts';
import type { Tx } from '#store/db.ts';
import { sealedPlace } from '#store/sealed-columns.ts';
import { cookieName, type SignInPorts, signedIn, whoIsSignedIn } from './forms.ts';

import { about } from './people.ts';
import { type Browser, beginSessionIn } from './sessions.ts';

export type Origin = {
  readonly applicationId: number;
  readonly issuer: string;
  readonly subject: string;
  /** What the provider calls its own session: `sid` or SessionIndex. */
  readonly providerSession: string | undefined;
  /** What asks the provider to end it. */
  readonly logoutHint: Secret | undefined;
  /** When it is over there, and so here. */
  readonly sessionEndsAt?: Date | undefined;
};

/** Which sessions of an application: of one provider session, or all of one person there. */
export type OriginOf = {
  readonly applicationId: number;
  readonly issuer?: string;
  readonly subject?: string;
  readonly providerSession?: string;
};

export function ssoSessions(ports: SignInPorts) {
  return {
    begin: (tx: Tx, person: Person, browser: Browser, origin: Origin, now: Date) =>
      begin(ports, tx, { person, browser, origin }, now),
    signedIn: (token: Secret, back: string): Answer => signedIn(ports, token, ownPath(back)),
    whoIsSignedIn: (headers: RequestHeaders) => whoSignedOn(ports, headers),
    endOf: (tx: Tx, origin: OriginOf, because: string, address: string | undefined) =>
      endOf(tx, origin, { because, address }),
  };
}

async function begin(
  { sealing }: SignInPorts,
  tx: Tx,
  given: { readonly person: Person; readonly browser: Browser; readonly origin: Origin },
  now: Date,
): Promise<Secret> {
  const { person, browser, origin } = given;
  const { applicationId, issuer, subject, providerSession, logoutHint, sessionEndsAt } = origin;
  const because = `vouched for by ${issuer}`;
  const { token } = await beginSessionIn(
    tx,
    { person, browser, because, endsBy: sessionEndsAt },
    now,
  );
  const hash = fastHash(token.reveal());
  const hint = logoutHint === undefined ? null : sealing.seal(placeOf(hash), logoutHint);
  await sql`/* kept: insert-sso-session */
    insert into sso_sessions
      (session_hash, application_id, issuer, subject, provider_session, sealed_hint)
    values (${hash}, ${applicationId}, ${issuer}, ${subject}, ${providerSession ?? null},
      ${hint})`.execute(tx);
  return token;
}

/** Who really is: of somebody who acts as another it is they, and where their own session comes from. */
async function whoSignedOn(ports: SignInPorts, headers: RequestHeaders) {
  const token = readCookie(headers, cookieName(ports));
  const who = await whoIsSignedIn(ports, headers);
  if (token === undefined || who === undefined || who.session.mustChange) return undefined;
  const { kind, id, name } = who.behind ?? who.person;
  const origin = await findOrigin(ports, fastHash(token));
  const { session, csrfToken, behind } = who;
  const acting = behind !== undefined;
  return { person: { kind, id, name }, csrfToken, since: session.startedAt, acting, origin };
}

export async function findOrigin(
  { db, sealing }: SignInPorts,
  hash: Buffer,
): Promise<Origin | undefined> {
  const row = await db
    .selectFrom('sessions')
    .innerJoin('sso_sessions', (join) =>
      join.on('sso_sessions.session_hash', '=', sql`coalesce(sessions.parent, sessions.hash)`),
    )
    .selectAll('sso_sessions')
    .where('sessions.hash', '=', hash)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { sealed_hint: hint } = row;
  return {
    applicationId: row.application_id,
    issuer: row.issuer,
    subject: row.subject,
    providerSession: row.provider_session ?? undefined,
    logoutHint: hint === null ? undefined : sealing.unseal(placeOf(row.session_hash), hint),
  };
}

/** Part of the caller's transaction. Every process hears of it when that commits. */
async function endOf(
  tx: Tx,
  { applicationId, issuer, subject, providerSession }: OriginOf,
  { because, address }: { readonly because: string; readonly address: string | undefined },
): Promise<number> {
  // Without either, one logout token would end the sessions of everybody.
  if (subject === undefined && providerSession === undefined) {
    throw new RangeError('Sessions are ended by their subject or their provider session.');
  }
  let of = tx
    .selectFrom('sso_sessions')
    .select('session_hash')
    .where('application_id', '=', applicationId);
  if (issuer !== undefined) of = of.where('issuer', '=', issuer);
  if (subject !== undefined) of = of.where('subject', '=', subject);
  if (providerSession !== undefined) of = of.where('provider_session', '=', providerSession);
  // Names from within the same transaction: it must not wait for a second connection of the pool.
  const { rows } = await sql<{ kind: PersonId['kind']; id: number; name: string | null }>`
    with gone as (delete from sessions where hash in (${of}) returning owner_kind, owner_id)
    select owner_kind as kind, owner_id as id, coalesce(a.name, u.name) as name from gone
    left join desk_agents a on owner_kind = 'agent' and a.id = owner_id
    left join desk_users u on owner_kind = 'user' and u.id = owner_id`.execute(tx);
  if (rows.length === 0) return 0;
  const actor = address === undefined ? theHub : callingFrom(theHub, address);
  const entries = rows.map(({ kind, id, name }) => ({
    actor,
    action: 'session.ended',
    subject: about({ kind, id, name: name ?? '' }),
    outcome: 'done' as const,
    because,
    ...(kind === 'agent' ? { agentId: id } : { userId: id }),
  }));
  await audit(tx, entries);
  await ring(tx, accessBell);
  return rows.length;
}

/** As PostgreSQL writes the key, which is how a change of the master key finds the place. */
function placeOf(hash: Buffer) {
  const key = `\\x${hash.toString('hex')}`;
  return sealedPlace({ table: 'sso_sessions', column: 'sealed_hint' }, key);
}
