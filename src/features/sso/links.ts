// Links: which identity is which person, by what never changes; and their SQL.
import { sql } from 'kysely';
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import type { Person, PersonId } from '#domain/ports/people.ts';
import { redact } from '#domain/sso/redact.ts';
import { audit } from '#store/audit.ts';
import type { Db, Tx } from '#store/db.ts';
import { entities, type SsoApplication } from './model.ts';
import { concerned } from './person.ts';

export type IdentityKey = {
  readonly applicationId: number;
  readonly issuer: string;
  readonly subject: string;
};

/** How an identity came to be somebody's. */
export const matchedBys = [
  'email',
  'login',
  'employee-id',
  'provisioning',
  're-authentication',
  'administrator',
] as const;
export type MatchedBy = (typeof matchedBys)[number];

export type Link = {
  readonly id: number;
  readonly issuer: string;
  readonly subject: string;
  readonly owner: PersonId;
  readonly matchedBy: string;
  readonly madeAt: Date;
  readonly lastUsedAt: Date | null;
};

/**
 * Until the end of the transaction nobody else links this identity: of fifty first sign-ons at the same
 * moment one makes the link, and the others find it.
 */
export async function holdIdentity(tx: Tx, key: IdentityKey): Promise<void> {
  await hold(tx, ['sso-identity', key.applicationId, key.issuer, key.subject]);
}

/** The same of a person or an address: two identities that both seem to be theirs come one after the other. */
export async function holdOwner(tx: Tx, owner: PersonId | { readonly address: string }) {
  const words = 'address' in owner ? ['', owner.address.toLowerCase()] : [owner.kind, owner.id];
  await hold(tx, ['sso-owner', ...words]);
}

async function hold(tx: Tx, words: readonly (string | number)[]): Promise<void> {
  const text = JSON.stringify(words);
  await sql`select pg_advisory_xact_lock(hashtextextended(${text}, 0))`.execute(tx);
}

export async function findLink(tx: Tx, key: IdentityKey): Promise<Link | undefined> {
  // With every sign-on, as what follows it: such a statement is kept, and not built anew.
  const { rows } = await sql<LinkRow>`/* kept: find-sso-link */
    select id, issuer, subject, owner_kind, owner_id, matched_by, made_at, last_used_at
    from sso_links
    where application_id = ${key.applicationId} and issuer = ${key.issuer}
      and subject = ${key.subject}`.execute(tx);
  return rows[0] && linkOf(rows[0]);
}

/** Another identity of the same provider that is theirs already. */
export async function findOtherLink(
  tx: Tx,
  key: IdentityKey,
  owner: PersonId,
): Promise<Link | undefined> {
  await holdOwner(tx, owner);
  const row = await tx
    .selectFrom('sso_links')
    .selectAll()
    .where('application_id', '=', key.applicationId)
    .where('issuer', '=', key.issuer)
    .where('subject', '<>', key.subject)
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .executeTakeFirst();
  return row && linkOf(row);
}

/**
 * Whether it is still there: whoever takes it away meanwhile is waited for, or waits, and then ends the
 * session that was begun.
 */
export async function noteUsed(tx: Tx, id: number, now: Date): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`/* kept: note-sso-link-used */
    update sso_links set last_used_at = ${now} where id = ${id}`.execute(tx);
  return numAffectedRows > 0n;
}

/** Makes the link with its audit entry; the database holds that an identity has one. */
export async function makeLink(
  tx: Tx,
  made: {
    readonly application: SsoApplication;
    readonly key: IdentityKey;
    readonly person: Person;
    readonly matchedBy: MatchedBy;
    readonly by: Actor;
  },
  now: Date,
): Promise<number> {
  const { key, person, matchedBy } = made;
  const { id } = await tx
    .insertInto('sso_links')
    .values({
      application_id: key.applicationId,
      issuer: key.issuer,
      subject: key.subject,
      owner_kind: person.kind,
      owner_id: person.id,
      matched_by: matchedBy,
      made_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await auditLink(tx, { ...made, action: 'sso-link.made', because: `by ${matchedBy}` });
  return id;
}

export async function removeLink(
  tx: Tx,
  removed: {
    readonly application: SsoApplication;
    readonly link: Link;
    readonly person: Pick<Person, 'kind' | 'id' | 'name'>;
    readonly by: Actor;
  },
): Promise<void> {
  const { link } = removed;
  await tx.deleteFrom('sso_links').where('id', '=', link.id).execute();
  const key = { applicationId: removed.application.id, issuer: link.issuer, subject: link.subject };
  await auditLink(tx, { ...removed, key, action: 'sso-link.removed' });
}

export async function listLinks(
  db: Db,
  applicationId: number,
  { after, limit }: { readonly after: number | undefined; readonly limit: number },
): Promise<readonly (Link & { readonly name: string })[]> {
  let query = db
    .selectFrom('sso_links as l')
    .leftJoin('desk_agents as a', (join) =>
      join.onRef('a.id', '=', 'l.owner_id').on('l.owner_kind', '=', 'agent'),
    )
    .leftJoin('desk_users as u', (join) =>
      join.onRef('u.id', '=', 'l.owner_id').on('l.owner_kind', '=', 'user'),
    )
    .selectAll('l')
    .select((is) => is.fn.coalesce('a.name', 'u.name').as('name'))
    .where('l.application_id', '=', applicationId)
    .orderBy('l.id')
    .limit(limit);
  if (after !== undefined) query = query.where('l.id', '>', after);
  const rows = await query.execute();
  return rows.map((row) => ({ ...linkOf(row), name: row.name ?? '' }));
}

export async function findLinkById(
  tx: Tx,
  applicationId: number,
  id: number,
): Promise<Link | undefined> {
  const row = await tx
    .selectFrom('sso_links')
    .selectAll()
    .where('application_id', '=', applicationId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row && linkOf(row);
}

type LinkRow = {
  readonly id: number;
  readonly issuer: string;
  readonly subject: string;
  readonly owner_kind: string;
  readonly owner_id: number;
  readonly matched_by: string;
  readonly made_at: Date;
  readonly last_used_at: Date | null;
};

const OwnerKind = z.enum(entities);

function linkOf(row: LinkRow): Link {
  return {
    id: row.id,
    issuer: row.issuer,
    subject: row.subject,
    owner: { kind: OwnerKind.parse(row.owner_kind), id: row.owner_id },
    matchedBy: row.matched_by,
    madeAt: row.made_at,
    lastUsedAt: row.last_used_at,
  };
}

async function auditLink(
  tx: Tx,
  told: {
    readonly application: SsoApplication;
    readonly key: IdentityKey;
    readonly person: Pick<Person, 'kind' | 'id' | 'name'>;
    readonly by: Actor;
    readonly action: string;
    readonly because?: string;
  },
): Promise<void> {
  const { application, key, person } = told;
  const identity = `${redact(key.subject)} at ${key.issuer} (${application.name})`;
  const isMade = told.action === 'sso-link.made';
  await audit(tx, [
    {
      actor: told.by,
      action: told.action,
      subject: { kind: person.kind, id: String(person.id), name: person.name },
      outcome: 'done',
      ...(isMade ? { after: identity } : { before: identity }),
      ...(told.because === undefined ? {} : { because: told.because }),
      ...concerned(person),
    },
  ]);
}
