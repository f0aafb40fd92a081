// What an audit entry of the desk concerns: whose ticket, which user, which client; so that it is found by them.
import { sql } from 'kysely';
import type { AuditEntry } from '#store/audit.ts';
import type { Tx } from '#store/db.ts';
import type { Raw, Resource } from './resource.ts';

export type Concerns = Pick<AuditEntry, 'ticketId' | 'userId' | 'clientId'>;

export async function concerning(
  tx: Tx,
  { kind }: Resource,
  row: Raw,
  entries: readonly AuditEntry[],
): Promise<readonly AuditEntry[]> {
  const ticketId = kind === 'ticket' ? idIn(row.id) : idIn(row.ticket_id);
  const userId = kind === 'user' ? idIn(row.id) : idIn(row.user_id);
  const ownClient = kind === 'client' ? idIn(row.id) : idIn(row.client_id);
  const clientId = ownClient ?? (await clientThrough(tx, idIn(row.site_id), ticketId));
  const concerns: Concerns = {
    ...(ticketId === undefined ? {} : { ticketId }),
    ...(userId === undefined ? {} : { userId }),
    ...(clientId === undefined ? {} : { clientId }),
  };
  return entries.map((entry) => ({ ...entry, ...concerns }));
}

/** People and assets belong to a client through their site, actions through their ticket. */
async function clientThrough(
  tx: Tx,
  siteId: number | undefined,
  ticketId: number | undefined,
): Promise<number | undefined> {
  if (siteId === undefined && ticketId === undefined) return undefined;
  const { rows } = await sql<{ client_id: number | null }>`
    select coalesce(
      (select client_id from desk_sites where id = ${siteId ?? null}::integer),
      (select client_id from tickets where id = ${ticketId ?? null}::integer)
    ) as client_id`.execute(tx);
  return rows[0]?.client_id ?? undefined;
}

function idIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
