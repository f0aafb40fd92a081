// The SQL of finding whose an identity is: people by a value of theirs, and the domains an application vouches for.
import { sql } from 'kysely';
import type { PersonId } from '#domain/ports/people.ts';
import type { Tx } from '#store/db.ts';
import type { Entity, MatchingSettings } from './model.ts';

export type Candidate = PersonId & { readonly enabled: boolean };

/** Enough to know that there are several. */
const candidatesMax = 20;

/** Who has that value, disabled ones too: a leaver is refused and never made anew. */
export async function findCandidates(
  tx: Tx,
  kind: Entity,
  field: Exclude<MatchingSettings['field'], 'none'>,
  value: string,
): Promise<readonly Candidate[]> {
  const { rows } = await (kind === 'agent'
    ? agentsWith(columnOf('agent', field), value)
    : usersWith(columnOf('user', field), value)
  ).execute(tx);
  return rows
    .filter((row) => isSame(row.value, value))
    .map(({ id, enabled }) => ({ kind, id, enabled }));
}

/** Whether an address is somebody's already, as address or as login name: kinds and states alike. */
export async function isAddressTaken(tx: Tx, address: string): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`
    select exists (select 1 from desk_agents
        where lower(email) = lower(${address}) or lower(login) = lower(${address}))
      or exists (select 1 from desk_users
        where lower(email) = lower(${address}) or lower(login) = lower(${address})) as taken`.execute(
    tx,
  );
  return rows[0]?.taken === true;
}

export async function vouchesFor(tx: Tx, applicationId: number, domain: string): Promise<boolean> {
  const row = await tx
    .selectFrom('sso_domains')
    .select('id')
    .where('application_id', '=', applicationId)
    .where('domain', '=', domain)
    .where('proven_by', 'is not', null)
    .executeTakeFirst();
  return row !== undefined;
}

type Row = { readonly id: number; readonly enabled: boolean; readonly value: string | null };
type Sql = ReturnType<typeof sql>;

function agentsWith(column: Sql, value: string) {
  return sql<Row>`
    select t.id, not t.disabled as enabled, ${column} as value from desk_agents t
    where lower(${column}) = lower(${value}) and not t.for_applications
    order by t.disabled, t.id limit ${candidatesMax}`;
}

function usersWith(column: Sql, value: string) {
  const off = sql`(t.inactive or t.service_account or c.inactive)`;
  return sql<Row>`
    select t.id, not ${off} as enabled, ${column} as value
    from desk_users t join desk_sites s on s.id = t.site_id join desk_clients c on c.id = s.client_id
    where lower(${column}) = lower(${value}) and not t.general
    order by ${off}, t.id limit ${candidatesMax}`;
}

/** The employee's number is a custom field of that name, which Halo has no member for. */
function columnOf(owner: Entity, field: Exclude<MatchingSettings['field'], 'none'>): Sql {
  if (field === 'email') return sql`t.email`;
  if (field === 'login') return sql`t.login`;
  return sql`(t.custom_fields ->> (select f.id::text from custom_field_definitions f
    where f.owner = ${owner} and not f.encrypted
      and regexp_replace(lower(f.name), '[^a-z]', '', 'g') = 'employeeid' order by f.id limit 1))`;
}

/**
 * PostgreSQL's lower() makes a k of the Kelvin sign, too: letters are one regardless of case in ASCII
 * alone, so that nobody comes in under a name that only looks alike.
 */
function isSame(kept: string | null, given: string): boolean {
  const plain = (text: string) => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  return kept !== null && plain(kept) === plain(given);
}
