// The Ed25519 key that signs checkpoints: made at the first need, its private part sealed.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import { newId } from '#lib/ids.ts';
import { Secret } from '#lib/secret.ts';
import { type Db, inTransaction } from '#store/db.ts';
import { locks } from '#store/locks.ts';
import { sealedPlace } from '#store/sealed-columns.ts';
import type { Sealing } from '#store/sealing.ts';

export type KeyPorts = { readonly db: Db; readonly sealing: Sealing };

/** RFC 8037: what a stranger checks checkpoints with. */
export const AuditKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(/^[\w-]{43}$/),
  kid: z.string(),
  use: z.literal('sig').default('sig'),
  alg: z.literal('EdDSA').default('EdDSA'),
});
export type AuditKey = z.infer<typeof AuditKey>;

/** Every key that signed a checkpoint of this hub; the newest last. */
export async function auditKeys(db: Db): Promise<readonly AuditKey[]> {
  const rows = await db
    .selectFrom('audit_keys')
    .select(['id', 'public_key'])
    .orderBy('made_at')
    .execute();
  return rows.map(({ id, public_key: key }) => jwkOf(id, key));
}

/** There is one from the first start on, so that it can be kept elsewhere before it is needed. */
export async function ensureAuditKey({ db, sealing }: KeyPorts, now: Date): Promise<void> {
  if (await anyKey(db)) return;
  await inTransaction(db, async (tx) => {
    await sql`select pg_advisory_xact_lock(${locks.auditKey})`.execute(tx);
    if (await anyKey(tx)) return;
    const pair = generateKeyPairSync('ed25519');
    const { x = '' } = pair.publicKey.export({ format: 'jwk' });
    const pem = pair.privateKey.export({ format: 'pem', type: 'pkcs8' });
    const id = newId(now);
    await tx
      .insertInto('audit_keys')
      .values({
        id,
        public_key: Buffer.from(x, 'base64url'),
        sealed_private_key: sealing.seal(placeOf(id), new Secret(String(pem))),
        made_at: now,
      })
      .execute();
  });
}

/** Signs with the newest key. */
export async function openSigner(
  ports: KeyPorts,
): Promise<{ readonly keyId: string; readonly sign: (text: string) => Buffer }> {
  const row = await ports.db
    .selectFrom('audit_keys')
    .select(['id', 'sealed_private_key'])
    .orderBy('made_at', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  const pem = ports.sealing.unseal(placeOf(row.id), row.sealed_private_key);
  const key = createPrivateKey(pem.reveal());
  return { keyId: row.id, sign: (text) => sign(null, Buffer.from(text, 'utf8'), key) };
}

const Jwks = z.union([z.object({ keys: z.array(AuditKey).min(1) }), AuditKey]);

/** A key as people keep it: a JWK, a set of them, a PEM, or the 32 bytes in base64url. */
export function readKeys(
  text: string,
): readonly { readonly kid?: string; readonly key: KeyObject }[] {
  const trimmed = text.trim();
  try {
    if (trimmed.startsWith('-----')) return [{ key: createPublicKey(trimmed) }];
    if (/^[\w-]{43}=?$/.test(trimmed)) return [{ key: publicKeyOf(trimmed.replace('=', '')) }];
    const jwks = Jwks.parse(JSON.parse(trimmed));
    const keys = 'keys' in jwks ? jwks.keys : [jwks];
    return keys.map(({ kid, x }) => ({ kid, key: publicKeyOf(x) }));
  } catch (error) {
    return refuse('audit.key-unread', {}, error);
  }
}

export function publicKeyOf(x: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

function jwkOf(kid: string, key: Buffer): AuditKey {
  return AuditKey.parse({ kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url'), kid });
}

async function anyKey(db: Pick<Db, 'selectFrom'>): Promise<boolean> {
  const row = await db.selectFrom('audit_keys').select('id').limit(1).executeTakeFirst();
  return row !== undefined;
}

function placeOf(id: string) {
  return sealedPlace({ table: 'audit_keys', column: 'sealed_private_key' }, id);
}
