// An application's own key pair: it signs what the hub sends to the provider, and opens what comes encrypted.
import { X509Certificate } from 'node:crypto';
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import { secretPlace } from '#features/sso/secrets.ts';
import { audit } from '#store/audit.ts';
import { inTransaction } from '#store/db.ts';
import type { ApplicationPorts } from './commands.ts';
import { ssoEntry } from './differences.ts';
import { lockApplication, updateApplication } from './queries.ts';

/** A new key pair, in use from now on: whoever has the old certificate must be given the new one. */
export async function makeKey(
  ports: ApplicationPorts,
  actor: Actor,
  id: number,
): Promise<SsoApplication> {
  refuseImpersonated(actor);
  const now = ports.clock();
  const { privateKey, certificate } = await ports.newKey(`Sundog at ${ports.publicUrl.host}`, now);
  return inTransaction(ports.db, async (tx) => {
    const { application: before, sealed } = await lockApplication(tx, id);
    const sealedKey = ports.sealing.seal(secretPlace('sealed_private_key', id), privateKey);
    const after = { ...before, certificate, version: before.version + 1, updatedAt: now };
    await updateApplication(tx, after, { ...sealed, privateKey: sealedKey });
    const because = before.certificate === null ? 'made' : 'replaced';
    await audit(tx, [
      { ...ssoEntry(actor, 'sso-application.changed', after), field: 'key', because },
    ]);
    return after;
  });
}

export type OwnCertificate = { readonly pem: string; readonly until: Date; readonly print: string };

export function certificateOf({ certificate }: SsoApplication): OwnCertificate | undefined {
  if (certificate === null) return undefined;
  const { validToDate: until, fingerprint256: print } = new X509Certificate(certificate);
  return { pem: certificate, until, print };
}
