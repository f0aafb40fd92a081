// The key that signs the hub's tokens: made at the first need, its private part sealed.
import {
  createLocalJWKSet,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importPKCS8,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import { JOSEError } from 'jose/errors';
import { sql } from 'kysely';
import { z } from 'zod';
import { newId } from '#lib/ids.ts';
import { Secret } from '#lib/secret.ts';
import { type Db, inTransaction, json } from '#store/db.ts';
import { locks } from '#store/locks.ts';
import type { Place, Sealing } from '#store/sealing.ts';

/** OpenID Connect Core §15.1: what every client can check. */
const algorithm = 'RS256';

export const PublicJwk = z.object({
  kty: z.literal('RSA'),
  n: z.string(),
  e: z.string(),
  kid: z.string(),
  use: z.literal('sig'),
  alg: z.literal(algorithm),
});
export type PublicJwk = z.infer<typeof PublicJwk>;

export type SigningKeyPorts = { readonly db: Db; readonly sealing: Sealing };

/** Every key that may have signed a token still in use; there is always one. */
export async function publicKeys(ports: SigningKeyPorts, now: Date): Promise<PublicJwk[]> {
  await ensureKey(ports, now);
  const rows = await ports.db
    .selectFrom('signing_keys')
    .select('public_jwk')
    .orderBy('made_at')
    .execute();
  return rows.map((row) => PublicJwk.parse(row.public_jwk));
}

export type Claims = {
  readonly issuer: string;
  readonly audience: string;
  readonly subject: string;
  readonly lifeSeconds: number;
  /** What kind of token it says it is (RFC 8725 §3.11), so that none is taken for another. */
  readonly type?: string;
  readonly more: Readonly<Record<string, unknown>>;
};

export async function signToken(
  ports: SigningKeyPorts,
  claims: Claims,
  now: Date,
): Promise<string> {
  await ensureKey(ports, now);
  const row = await ports.db
    .selectFrom('signing_keys')
    .select(['id', 'sealed_private_key'])
    .orderBy('made_at', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  const pem = ports.sealing.unseal(placeOf(row.id), row.sealed_private_key);
  const issuedAt = Math.floor(now.getTime() / 1000);
  return new SignJWT({ ...claims.more })
    .setProtectedHeader({ alg: algorithm, kid: row.id, typ: claims.type ?? 'JWT' })
    .setIssuer(claims.issuer)
    .setSubject(claims.subject)
    .setAudience(claims.audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + claims.lifeSeconds)
    .sign(await importPKCS8(pem.reveal(), algorithm));
}

/** What a token of ours says, if it is one: of this kind, for this audience, by RS256 and not expired. */
export async function readToken(
  ports: SigningKeyPorts,
  token: string,
  wanted: { readonly issuer: string; readonly audience: string; readonly type: string },
  now: Date,
): Promise<JWTPayload | undefined> {
  const keys = createLocalJWKSet({ keys: await publicKeys(ports, now) });
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: [algorithm],
      issuer: wanted.issuer,
      audience: wanted.audience,
      typ: wanted.type,
      requiredClaims: ['exp', 'jti', 'sub'],
      currentDate: now,
    });
    return payload;
  } catch (error) {
    if (error instanceof JOSEError) return undefined;
    throw error;
  }
}

/** Two processes that need the first key at once make one: the second waits, looks and finds it. */
async function ensureKey({ db, sealing }: SigningKeyPorts, now: Date): Promise<void> {
  if (await anyKey(db)) return;
  await inTransaction(db, async (tx) => {
    await sql`select pg_advisory_xact_lock(${locks.signingKey})`.execute(tx);
    if (await anyKey(tx)) return;
    const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 });
    const id = newId(now);
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: id, use: 'sig', alg: algorithm };
    await tx
      .insertInto('signing_keys')
      .values({
        id,
        public_jwk: json(PublicJwk.parse(jwk)),
        sealed_private_key: sealing.seal(
          placeOf(id),
          new Secret(await exportPKCS8(pair.privateKey)),
        ),
        made_at: now,
      })
      .execute();
  });
}

async function anyKey(db: Pick<Db, 'selectFrom'>): Promise<boolean> {
  const row = await db.selectFrom('signing_keys').select('id').limit(1).executeTakeFirst();
  return row !== undefined;
}

function placeOf(id: string): Place {
  return { table: 'signing_keys', row: id, column: 'sealed_private_key' };
}
