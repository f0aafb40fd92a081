// Which sources are this hub's own desk, keyed by its users' ids: only their links say which account a user has.
import { theHub } from '#domain/actor.ts';
import type { ConnectionFacts } from '#domain/connection.ts';
import type { InboundEndpoint } from '#domain/endpoint.ts';
import type { Link } from '#domain/link.ts';
import type { Db } from '#store/db.ts';
import { listAutomations } from './automations.ts';
import { findDefinition, inboundEndpoints } from './definitions.ts';
import { linkOf } from './links.ts';
import type { AutomationPorts } from './ports.ts';

const automationsMax = 500;

/** A link holds the primary key of its source, and a source may be keyed by anything: such links say nothing here. */
export async function ownDeskSources(
  ports: AutomationPorts & { readonly ownDesk: readonly string[] },
  connections: readonly ConnectionFacts[],
): Promise<readonly string[]> {
  const own = connections
    .filter(({ kind, origin }) => kind === 'halo' && ports.ownDesk.includes(origin ?? ''))
    .map(({ id }) => id);
  if (own.length === 0) return [];
  const { items } = await listAutomations(ports.db, theHub, { limit: automationsMax });
  const mains = new Set(items.flatMap(({ source }) => source.endpoints[0]?.endpointId ?? []));
  const found = await Promise.all(
    [...mains].map((id) => findDefinition(ports.db, inboundEndpoints, id)),
  );
  const otherwise = found.flatMap((one) =>
    one === undefined || isKeyedByUser(one.thing) ? [] : [one.thing.connectionId],
  );
  return own.filter((id) => !otherwise.includes(id));
}

/** Reads /api/Users and takes the id of the user for the key. */
export function isKeyedByUser({ request, columns, primaryKey }: InboundEndpoint): boolean {
  const key = columns.find(({ name }) => name === primaryKey);
  return /\/api\/users\/?(\?|$)/i.test(request.url) && key?.path === '$.id';
}

/** Every link of the person to an account, whatever directory it is in. */
export async function linksOf(
  db: Db,
  sources: readonly string[],
  personKey: string,
): Promise<readonly Link[]> {
  if (sources.length === 0) return [];
  const rows = await db
    .selectFrom('links')
    .selectAll()
    .where('source_connection_id', 'in', sources)
    .where('person_key', '=', personKey)
    .execute();
  return rows.map(linkOf);
}
