// The SQL of links: which identity is which person, by what never changes.
import { sql } from 'kysely';
import { z } from 'zod';
import type { PersonId } from '#domain/ports/people.ts';
import type { Tx } from '#store/db.ts';
import { entities } from './model.ts';

export type IdentityKey = {
  readonly applicationId: number;
  readonly issuer: string;
  readonly subject: string;
};

export type Link = { readonly id: number; readonly owner: PersonId; readonly matchedBy: string };

/**
 * Until the end of the transaction nobody else links this identity: of fifty first sign-ons at the same
 * moment one makes the link, and the others find it.
 */
export async function holdIdentity(tx: Tx, key: IdentityKey): Promise<void> {
  const text = JSON.stringify(['sso-link', key.applicationId, key.issuer, key.subject]);
  await sql`select pg_advisory_xact_lock(hashtextextended(${text}, 0))`.execute(tx);
}

export async function findLink(tx: Tx, key: IdentityKey): Promise<Link | undefined> {
  const row = await tx
    .selectFrom('sso_links')
    .select(['id', 'owner_kind', 'owner_id', 'matched_by'])
    .where('application_id', '=', key.applicationId)
    .where('issuer', '=', key.issuer)
    .where('subject', '=', key.subject)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const kind = z.enum(entities).parse(row.owner_kind);
  return { id: row.id, owner: { kind, id: row.owner_id }, matchedBy: row.matched_by };
}

export async function noteUsed(tx: Tx, id: number, now: Date): Promise<void> {
  await tx.updateTable('sso_links').set({ last_used_at: now }).where('id', '=', id).execute();
}
