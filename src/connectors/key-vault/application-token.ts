// A token for an application that proves itself by a client secret or by a certificate (RFC 7523 client assertion).
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { VaultRefusal } from '#domain/ports/vault.ts';
import type { VaultIdentity } from '#domain/vault.ts';
import type { Clock } from '#lib/clock.ts';
import { newId } from '#lib/ids.ts';
import type { Secret } from '#lib/secret.ts';
import type { Call, Reply } from './call.ts';
import type { Challenge } from './challenge.ts';
import { isPage, jsonOf, loginError, quoted } from './words.ts';

export type ApplicationIdentity = Extract<VaultIdentity, { readonly applicationId: string }>;

export type Token = { readonly text: string; readonly expiresAt: number };

const assertionSeconds = 600;

export async function applicationCall(
  identity: ApplicationIdentity,
  challenge: Challenge,
  clock: Clock,
): Promise<Call> {
  const url = new URL(`${challenge.login}/${tenantFor(identity, challenge)}/oauth2/v2.0/token`);
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: identity.applicationId,
    scope: `${challenge.resource}/.default`,
    ...(challenge.claims === null ? {} : { claims: challenge.claims }),
    ...(identity.kind === 'client-secret'
      ? { client_secret: identity.proof.reveal() }
      : {
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await assertion(identity, url, clock),
        }),
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', url, headers, body: form.toString() };
}

/** The vault's own tenant; where the administrator named one, it must be the same. */
function tenantFor({ tenantId }: ApplicationIdentity, { tenant }: Challenge): string {
  if (tenantId === null || tenantId.toLowerCase() === tenant.toLowerCase()) return tenant;
  // A tenant may also be called by one of its domains; then the vault's word for it is as good.
  if (!z.guid().safeParse(tenantId).success) return tenant;
  throw new VaultRefusal(
    'vault.foreign',
    `The vault belongs to the tenant ${tenant}, and not to ${tenantId} as its settings say; correct one of them.`,
    false,
  );
}

export type CertificateParts = { readonly key: KeyObject; readonly thumbprint: string };

/** Certificate and key of one PEM; a sentence where they do not serve. */
export function certificateParts(pem: Secret): CertificateParts | string {
  const text = pem.reveal();
  try {
    const certificate = new X509Certificate(text);
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType !== 'rsa') return 'its key is no RSA key, which Entra asks for';
    if (!certificate.checkPrivateKey(key)) return 'the private key does not belong to it';
    const thumbprint = Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex');
    return { key, thumbprint: thumbprint.toString('base64url') };
  } catch {
    return 'it must hold a certificate and its private key without a passphrase, both in PEM';
  }
}

async function assertion(
  { applicationId, proof }: ApplicationIdentity,
  audience: URL,
  clock: Clock,
): Promise<string> {
  const parts = certificateParts(proof);
  if (typeof parts === 'string') {
    const sentence = `The certificate of the vault cannot be used: ${parts}; enter it anew.`;
    throw new VaultRefusal('token.refused', sentence, false);
  }
  const now = Math.floor(clock().getTime() / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: 'PS256', typ: 'JWT', 'x5t#S256': parts.thumbprint })
    .setIssuer(applicationId)
    .setSubject(applicationId)
    .setAudience(audience.href)
    .setJti(newId())
    .setNotBefore(now)
    .setIssuedAt(now)
    .setExpirationTime(now + assertionSeconds)
    .sign(parts.key);
}

const TokenAnswer = z.object({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive(),
});

export function applicationToken(
  reply: Reply,
  identity: ApplicationIdentity,
  asked: URL,
  askedAt: number,
): Token {
  const answer = TokenAnswer.safeParse(jsonOf(reply.text));
  if (reply.status === 200 && answer.success) {
    const { access_token: text, expires_in: seconds } = answer.data;
    return { text, expiresAt: askedAt + seconds * 1000 };
  }
  throw refusal(reply, identity, asked);
}

function refusal(reply: Reply, identity: ApplicationIdentity, { host }: URL): VaultRefusal {
  const { status, text } = reply;
  const found = loginError(text);
  if (status === 429 || status >= 500) {
    const sentence = `${host} gives no tokens for now (status ${status}); the hub tries again later.`;
    return new VaultRefusal('token.unreachable', sentence, true, { status });
  }
  if (found === undefined || isPage(reply)) {
    const sentence = `${host} does not answer as a token endpoint does (status ${status}); look whether a proxy stands between.`;
    return new VaultRefusal('answer.malformed', sentence, false, { status });
  }
  const { aadsts, error } = found;
  const said = quoted(found.said, [identity.proof]);
  const sentence =
    cures[aadsts] ?? `${host} gives no token (${error}); check tenant, application and credentials`;
  return new VaultRefusal('token.refused', `${sentence}${said}.`, false, { status, aadsts, error });
}

/** Entra's refusals that an administrator can mend, by number. */
const cures: Readonly<Record<number, string>> = {
  7000215: 'Entra does not know this client secret; enter its value, not its id',
  7000222: 'The client secret has expired; make a new one for the application and enter it',
  700027:
    'Entra does not know this certificate for the application; upload it there, or enter the one that is',
  700016:
    'There is no such application in the tenant; check the application id, and that it has an enterprise application there',
  90002: 'There is no such tenant; check the tenant id and the cloud',
  500011: 'The tenant does not know Key Vault as a resource; check the cloud of the vault',
};
