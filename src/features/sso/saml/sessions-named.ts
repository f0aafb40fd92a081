// Sessions of a person whose NameID changes with every sign-on: it stands in what was kept of the session, sealed.
import type { NameId } from '#domain/sso/saml-messages.ts';
import type { Db, Tx } from '#store/db.ts';
import { sealedPlace } from '#store/sealed-columns.ts';
import type { Sealing } from '#store/sealing.ts';
import { nameIdFrom } from './name-id.ts';

export type Named = { readonly subject: string; readonly providerSession: string | undefined };

const rowsAtOnce = 500;

/** Looked at page by page: each must be unsealed. A session index narrows it down to a few. */
export async function sessionsNamed(
  { db, sealing }: { readonly db: Db | Tx; readonly sealing: Sealing },
  asked: {
    readonly applicationId: number;
    readonly issuer: string;
    readonly nameId: NameId;
    readonly sessionIndexes: readonly string[];
  },
): Promise<readonly Named[]> {
  const { applicationId, issuer, nameId, sessionIndexes } = asked;
  const found: Named[] = [];
  let after: Buffer = Buffer.alloc(0);
  for (;;) {
    let page = db
      .selectFrom('sso_sessions')
      .select(['session_hash', 'subject', 'provider_session', 'sealed_hint'])
      .where('application_id', '=', applicationId)
      .where('issuer', '=', issuer)
      .where('sealed_hint', 'is not', null)
      .where('session_hash', '>', after)
      .orderBy('session_hash')
      .limit(rowsAtOnce);
    if (sessionIndexes.length > 0) page = page.where('provider_session', 'in', sessionIndexes);
    const rows = await page.execute();
    for (const row of rows) {
      if (row.sealed_hint === null) continue;
      const key = `\\x${row.session_hash.toString('hex')}`;
      const place = sealedPlace({ table: 'sso_sessions', column: 'sealed_hint' }, key);
      const hint = nameIdFrom(sealing.unseal(place, row.sealed_hint));
      if (hint.value !== nameId.value || hint.format !== nameId.format) continue;
      found.push({ subject: row.subject, providerSession: row.provider_session ?? undefined });
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsAtOnce) return found;
    after = last.session_hash;
  }
}
