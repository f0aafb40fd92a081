// The hub's own key with an application: made when it is first needed, kept sealed beside its certificate.
import { theHub } from '#domain/actor.ts';
import type { SamlKey } from '#domain/ports/saml.ts';
import { refuse } from '#domain/problem.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { secretPlace } from '#features/sso/secrets.ts';
import { audit } from '#store/audit.ts';
import { inTransaction } from '#store/db.ts';

type Ports = Pick<SsoPorts, 'db' | 'sealing' | 'saml' | 'clock' | 'publicUrl'>;
type Whose = Pick<SsoApplication, 'id' | 'name'>;

/** Whatever version the application has: a signature or a decryption goes to no address of a provider's. */
export async function findKey(
  { db, sealing }: Pick<Ports, 'db' | 'sealing'>,
  { id }: Whose,
): Promise<SamlKey | undefined> {
  const row = await db
    .selectFrom('sso_applications')
    .select(['certificate', 'sealed_private_key as sealed'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined || row.certificate === null || row.sealed === null) return undefined;
  const privateKey = sealing.unseal(secretPlace('sealed_private_key', id), row.sealed);
  return { privateKey, certificate: row.certificate };
}

/** Of many that need it first at the same moment one makes it, and all have the same. */
export async function ownKey(ports: Ports, whose: Whose): Promise<SamlKey> {
  const { db, sealing, clock, publicUrl } = ports;
  const known = await findKey(ports, whose);
  if (known !== undefined) return known;
  const now = clock();
  const { id, name } = whose;
  const made = await ports.saml.newKey(`Sundog at ${publicUrl.host}`, now);
  await inTransaction(db, async (tx) => {
    // Its version stays: a sign-on under way is none the worse for it.
    const { numUpdatedRows } = await tx
      .updateTable('sso_applications')
      .set({
        certificate: made.certificate,
        sealed_private_key: sealing.seal(secretPlace('sealed_private_key', id), made.privateKey),
      })
      .where('id', '=', id)
      .where((row) =>
        row.or([row('certificate', 'is', null), row('sealed_private_key', 'is', null)]),
      )
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return;
    const subject = { kind: 'sso application', id: String(id), name };
    const action = 'sso-application.changed';
    const because = 'made, because it was needed first';
    await audit(tx, [{ actor: theHub, action, subject, field: 'key', outcome: 'done', because }]);
  });
  const kept = await findKey(ports, whose);
  return kept ?? refuse('record.unknown', { kind: 'single sign-on application', id });
}
