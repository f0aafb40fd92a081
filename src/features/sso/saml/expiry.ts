// Certificates that will expire are told of in time: at 30, 14, 7 days and one day before.
import type { SamlCertificate, SamlProvider } from '#domain/ports/saml.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { inTransaction } from '#store/db.ts';
import { findMetadata, noteWarned } from './stored.ts';

const dayMs = 24 * 60 * 60_000;
const warnedAt = [30, 14, 7, 1] as const;

/** The one that lasts longest: when it expires, nobody signs on. Of those before it nothing need be told. */
export function lastCertificate({ signing }: SamlProvider): SamlCertificate {
  return signing.reduce((last, one) => (one.notAfter > last.notAfter ? one : last));
}

export function daysLeft({ notAfter }: SamlCertificate, now: Date): number {
  return Math.floor((notAfter.getTime() - now.getTime()) / dayMs);
}

/** The step that is due and was not told of yet; the least of several. */
export function dueWarning(days: number, warned: number | undefined): number | undefined {
  const step = warnedAt.filter((at) => days < at).at(-1);
  return step !== undefined && (warned === undefined || step < warned) ? step : undefined;
}

/** In one transaction with the note that it was told, so that it is told once, whoever looks. */
export async function warnOfExpiry(
  { db, clock, notify }: Pick<SsoPorts, 'db' | 'clock' | 'notify'>,
  { id, name }: Pick<SsoApplication, 'id' | 'name'>,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await tx
      .selectFrom('sso_metadata')
      .select('application_id')
      .where('application_id', '=', id)
      .forUpdate()
      .execute();
    const stored = await findMetadata(tx, id);
    if (stored?.provider === undefined) return;
    const certificate = lastCertificate(stored.provider);
    const days = daysLeft(certificate, clock());
    const step = dueWarning(days, stored.warnedDays);
    if (step === undefined) return;
    const on = certificate.notAfter.toISOString().slice(0, 10);
    const when = days < 0 ? `expired on ${on}` : `expires on ${on}`;
    await notify(tx, {
      event: 'sso.certificate-expires',
      key: `sso.certificate-expires:${id}:${certificate.fingerprint}:${step}`,
      clientId: null,
      title: `The certificate of ${name} ${days < 0 ? 'has expired' : 'will expire'}`,
      sentence: `The certificate by which ${stored.provider.entityId} signs (${certificate.fingerprint.slice(0, 23)}…) ${when}; after that nobody signs on with ${name} until its metadata holds a new one.`,
      path: '/sign-on',
    });
    await noteWarned(tx, id, step);
  });
}
