// Mail domains whose addresses a provider may vouch for: proven by a record in the DNS, or an administrator's word.
import { Resolver } from 'node:dns/promises';
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import { canonicalHost } from '#lib/addresses.ts';
import { errorCode } from '#lib/errors.ts';
import { newToken } from '#lib/tokens.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import type { ApplicationPorts } from './commands.ts';
import { ssoEntry } from './differences.ts';
import { lockApplication } from './queries.ts';

export type SsoDomain = {
  readonly id: number;
  readonly domain: string;
  /** The record that proves it. */
  readonly record: { readonly name: string; readonly value: string };
  readonly proven: {
    readonly by: 'dns' | 'administrator';
    readonly at: Date;
    readonly name: string;
  } | null;
  readonly checkedAt: Date | null;
  readonly failure: string | null;
};

export const domainsMax = 200;
const lookUpMs = 5_000;

export async function listDomains(
  db: Db | Tx,
  applicationId: number,
): Promise<readonly SsoDomain[]> {
  const rows = await db
    .selectFrom('sso_domains')
    .selectAll()
    .where('application_id', '=', applicationId)
    .orderBy('domain')
    .execute();
  return rows.map(domainFrom);
}

export function addDomain(
  { db }: ApplicationPorts,
  actor: Actor,
  applicationId: number,
  given: string,
): Promise<SsoDomain> {
  refuseImpersonated(actor);
  const domain = mailDomain(given);
  return inTransaction(db, async (tx) => {
    const { application } = await lockApplication(tx, applicationId);
    const { length } = await listDomains(tx, applicationId);
    if (length >= domainsMax) {
      refuse('sso.misfit', { reason: `it has ${domainsMax} domains, and no room for another` });
    }
    const row = await tx
      .insertInto('sso_domains')
      .values({ application_id: applicationId, domain, challenge: newToken().reveal() })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) return refuse('sso.domain-taken', { domain });
    await tell(tx, actor, application, { before: null, after: domain, because: 'added' });
    return domainFrom(row);
  });
}

/** Looks for the record. A proof by DNS ends when the name server says that it is gone, and no sooner. */
export async function proveDomain(
  ports: ApplicationPorts,
  actor: Actor,
  asked: { readonly applicationId: number; readonly domainId: number },
): Promise<SsoDomain> {
  refuseImpersonated(actor);
  const { db, clock, textRecordsOf = systemTextRecords } = ports;
  const { record } = await getDomain(db, asked);
  const seen = await lookFor(record, textRecordsOf);
  const now = clock();
  return inTransaction(db, async (tx) => {
    const { application } = await lockApplication(tx, asked.applicationId);
    const before = await getDomain(tx, asked);
    const { domain, proven } = before;
    const becomes = seen.found && proven === null;
    const ends = !seen.found && seen.certain && proven?.by === 'dns';
    const proof = { proven_by: 'dns', proven_at: now, proven_name: actor.name } as const;
    const none = { proven_by: null, proven_at: null, proven_name: null };
    const row = await tx
      .updateTable('sso_domains')
      .set({
        checked_at: now,
        failure: seen.found ? null : seen.because,
        ...(becomes ? proof : ends ? none : {}),
      })
      .where('id', '=', asked.domainId)
      .returningAll()
      .executeTakeFirstOrThrow();
    if (becomes) await tell(tx, actor, application, { after: domain, because: 'proven by DNS' });
    if (ends) await tell(tx, actor, application, { after: domain, because: 'no longer proven' });
    return domainFrom(row);
  });
}

/** An administrator's own word that the domain is theirs, where no record can be set. */
export function vouchForDomain(
  { db, clock }: ApplicationPorts,
  actor: Actor,
  asked: { readonly applicationId: number; readonly domainId: number },
): Promise<SsoDomain> {
  refuseImpersonated(actor);
  return inTransaction(db, async (tx) => {
    const { application } = await lockApplication(tx, asked.applicationId);
    const { domain } = await getDomain(tx, asked);
    const row = await tx
      .updateTable('sso_domains')
      .set({ proven_by: 'administrator', proven_at: clock(), proven_name: actor.name })
      .where('id', '=', asked.domainId)
      .returningAll()
      .executeTakeFirstOrThrow();
    const because = 'set by an administrator';
    await tell(tx, actor, application, { after: domain, because });
    return domainFrom(row);
  });
}

export function removeDomain(
  { db }: ApplicationPorts,
  actor: Actor,
  asked: { readonly applicationId: number; readonly domainId: number },
): Promise<void> {
  refuseImpersonated(actor);
  return inTransaction(db, async (tx) => {
    const { application } = await lockApplication(tx, asked.applicationId);
    const { domain } = await getDomain(tx, asked);
    await tx.deleteFrom('sso_domains').where('id', '=', asked.domainId).execute();
    await tell(tx, actor, application, { before: domain, after: null, because: 'removed' });
  });
}

/** "Larkfield.Example." -> "larkfield.example"; a single label or an address is none. */
function mailDomain(given: string): string {
  const domain = canonicalHost(given.trim());
  const isName = domain !== undefined && /^(?!.*_)[^.]+(\.[^.]+)*\.[a-z][a-z0-9-]*$/.test(domain);
  return isName ? domain : refuse('sso.domain-misfit', { domain: given.slice(0, 100) });
}

async function getDomain(
  db: Db | Tx,
  { applicationId, domainId }: { readonly applicationId: number; readonly domainId: number },
): Promise<SsoDomain> {
  const row = await db
    .selectFrom('sso_domains')
    .selectAll()
    .where('id', '=', domainId)
    .where('application_id', '=', applicationId)
    .executeTakeFirst();
  if (row === undefined) return refuse('record.unknown', { kind: 'mail domain', id: domainId });
  return domainFrom(row);
}

async function tell(
  tx: Tx,
  actor: Actor,
  application: SsoApplication,
  what: {
    readonly before?: string | null;
    readonly after: string | null;
    readonly because: string;
  },
): Promise<void> {
  const entry = ssoEntry(actor, 'sso-application.changed', application);
  await audit(tx, [{ ...entry, field: 'domain', ...what }]);
}

type Seen =
  | { readonly found: true }
  | { readonly found: false; readonly certain: boolean; readonly because: string };

async function lookFor(
  { name, value }: SsoDomain['record'],
  textRecordsOf: NonNullable<ApplicationPorts['textRecordsOf']>,
): Promise<Seen> {
  try {
    const records = await textRecordsOf(name);
    if (records.some((parts) => parts.join('').trim() === value)) return { found: true };
    const because =
      records.length === 0
        ? `${name} has no TXT record yet; a new one may take an hour to be seen.`
        : `${name} has a TXT record, but not the one that is asked for.`;
    return { found: false, certain: true, because };
  } catch (error) {
    const code = errorCode(error) ?? 'no answer';
    const certain = code === 'ENOTFOUND' || code === 'ENODATA';
    const because = certain
      ? `${name} has no TXT record yet; a new one may take an hour to be seen.`
      : `The name servers did not answer for ${name} (${code}); try again later.`;
    return { found: false, certain, because };
  }
}

function systemTextRecords(name: string): Promise<string[][]> {
  return new Resolver({ timeout: lookUpMs, tries: 2 }).resolveTxt(name);
}

function domainFrom(row: {
  readonly id: number;
  readonly domain: string;
  readonly challenge: string;
  readonly proven_by: 'dns' | 'administrator' | null;
  readonly proven_at: Date | null;
  readonly proven_name: string | null;
  readonly checked_at: Date | null;
  readonly failure: string | null;
}): SsoDomain {
  const { proven_by: by, proven_at: at, proven_name: name } = row;
  return {
    id: row.id,
    domain: row.domain,
    record: {
      name: `_sundog-challenge.${row.domain}`,
      value: `sundog-verification=${row.challenge}`,
    },
    proven: by === null || at === null ? null : { by, at, name: name ?? '' },
    checkedAt: row.checked_at,
    failure: row.failure,
  };
}
