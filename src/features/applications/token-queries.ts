// The SQL of tokens and authorization codes. What is taken back is deleted.
import { sql } from 'kysely';
import type { Permission } from '#domain/permission.ts';
import type { Db, Tx } from '#store/db.ts';
import type { Application } from './model.ts';
import { applicationOf, scopesOf } from './queries.ts';

export type Token = {
  readonly hash: Buffer;
  readonly kind: 'access' | 'refresh';
  readonly family: string;
  readonly applicationId: string;
  readonly agentId: number | undefined;
  readonly scopes: readonly Permission[];
  readonly signedInAt: Date;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
};

export type Code = {
  readonly hash: Buffer;
  readonly family: string;
  readonly applicationId: string;
  readonly agentId: number;
  readonly redirectUri: string;
  readonly scopes: readonly Permission[];
  readonly challenge: string;
  readonly nonce: string | undefined;
  readonly signedInAt: Date;
  readonly expiresAt: Date;
};

/** One statement for one token or two, spelt out: it runs for every sign-in of every program. */
export async function insertTokens(db: Db | Tx, tokens: readonly Token[]): Promise<void> {
  const rows = tokens.map(
    (token) => sql`(${token.hash}, ${token.kind}, ${token.family}, ${token.applicationId},
      ${token.agentId ?? null}, ${[...token.scopes]}, ${token.signedInAt}, ${token.issuedAt},
      ${token.expiresAt})`,
  );
  await sql`insert into tokens (hash, kind, family, application_id, agent_id, scopes, signed_in_at,
    issued_at, expires_at) values ${sql.join(rows)}`.execute(db);
}

/** A live access token of an enabled application. */
export async function findAccess(
  db: Db,
  hash: Buffer,
  now: Date,
): Promise<
  | {
      readonly application: Application;
      /** The agent who signed in, or the one the application logs in as. */
      readonly agentId: number | undefined;
      readonly signedIn: boolean;
      readonly scopes: readonly Permission[];
      readonly expiresAt: Date;
    }
  | undefined
> {
  const row = await db
    .selectFrom('tokens')
    .innerJoin('applications', 'applications.id', 'tokens.application_id')
    .selectAll('applications')
    .select([
      'tokens.agent_id as signed_in',
      'tokens.scopes as token_scopes',
      'tokens.expires_at as token_ends',
    ])
    .where('hash', '=', hash)
    .where('tokens.kind', '=', 'access')
    .where('expires_at', '>', now)
    .where('enabled', '=', true)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const application = applicationOf(row);
  return {
    application,
    agentId: row.signed_in ?? application.agentId,
    signedIn: row.signed_in !== null,
    scopes: scopesOf(row.token_scopes),
    expiresAt: row.token_ends,
  };
}

/** Spends a refresh token, once: of two at the same moment one gets nothing. */
export async function spendRefresh(
  db: Db | Tx,
  hash: Buffer,
  applicationId: string,
  now: Date,
): Promise<Token | undefined> {
  const row = await db
    .updateTable('tokens')
    .set({ used_at: now })
    .where('hash', '=', hash)
    .where('kind', '=', 'refresh')
    .where('application_id', '=', applicationId)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    hash,
    kind: row.kind,
    family: row.family,
    applicationId,
    agentId: row.agent_id ?? undefined,
    scopes: scopesOf(row.scopes),
    signedInAt: row.signed_in_at,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
  };
}

/** The family of a refresh token that was spent before, if this is one. */
export async function familyOfSpent(
  db: Db,
  hash: Buffer,
  applicationId: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('tokens')
    .select('family')
    .where('hash', '=', hash)
    .where('application_id', '=', applicationId)
    .where('used_at', 'is not', null)
    .executeTakeFirst();
  return row?.family;
}

/** A token of this application, of either kind: for its revocation. */
export async function findTokenOf(
  db: Db,
  hash: Buffer,
  applicationId: string,
): Promise<{ readonly kind: Token['kind']; readonly family: string } | undefined> {
  return db
    .selectFrom('tokens')
    .select(['kind', 'family'])
    .where('hash', '=', hash)
    .where('application_id', '=', applicationId)
    .executeTakeFirst();
}

export async function insertCode(db: Db, code: Code): Promise<void> {
  await db
    .insertInto('authorization_codes')
    .values({
      hash: code.hash,
      family: code.family,
      application_id: code.applicationId,
      agent_id: code.agentId,
      redirect_uri: code.redirectUri,
      scopes: [...code.scopes],
      challenge: code.challenge,
      nonce: code.nonce ?? null,
      signed_in_at: code.signedInAt,
      expires_at: code.expiresAt,
    })
    .execute();
}

/** Takes a code, whoever shows it: after the first try it is spent, right or wrong. */
export async function takeCode(db: Db, hash: Buffer, now: Date): Promise<Code | undefined> {
  const row = await db
    .updateTable('authorization_codes')
    .set({ used_at: now })
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    hash,
    family: row.family,
    applicationId: row.application_id,
    agentId: row.agent_id,
    redirectUri: row.redirect_uri,
    scopes: scopesOf(row.scopes),
    challenge: row.challenge,
    nonce: row.nonce ?? undefined,
    signedInAt: row.signed_in_at,
    expiresAt: row.expires_at,
  };
}

export async function familyOfTakenCode(db: Db, hash: Buffer): Promise<string | undefined> {
  const row = await db
    .selectFrom('authorization_codes')
    .select('family')
    .where('hash', '=', hash)
    .where('used_at', 'is not', null)
    .executeTakeFirst();
  return row?.family;
}

export async function deleteTokensOf(
  db: Db | Tx,
  whose:
    | { readonly family: string }
    | { readonly applicationId: string }
    | { readonly agentId: number }
    | { readonly hash: Buffer },
): Promise<void> {
  const tokens = db.deleteFrom('tokens');
  if ('family' in whose) await tokens.where('family', '=', whose.family).execute();
  else if ('applicationId' in whose) {
    await tokens.where('application_id', '=', whose.applicationId).execute();
  } else if ('agentId' in whose) await tokens.where('agent_id', '=', whose.agentId).execute();
  else await tokens.where('hash', '=', whose.hash).execute();
}

/** Deletes what has expired, a bounded number at a time; true while there is more. */
export async function deleteExpired(db: Db, now: Date, rowsMax: number): Promise<boolean> {
  const dead = db.selectFrom('tokens').select('hash').where('expires_at', '<', now).limit(rowsMax);
  const tokens = await db.deleteFrom('tokens').where('hash', 'in', dead).executeTakeFirst();
  // A taken code is kept for a day, so that its second use is noticed.
  const dayAgo = new Date(now.getTime() - 24 * 60 * 60_000);
  const old = db
    .selectFrom('authorization_codes')
    .select('hash')
    .where('expires_at', '<', dayAgo)
    .limit(rowsMax);
  const codes = await db
    .deleteFrom('authorization_codes')
    .where('hash', 'in', old)
    .executeTakeFirst();
  return Number(tokens.numDeletedRows) === rowsMax || Number(codes.numDeletedRows) === rowsMax;
}
