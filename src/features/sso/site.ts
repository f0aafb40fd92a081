// The site a new user belongs to: by the domain of their address, where that is asked for, else the default one.
import { sql } from 'kysely';
import type { Trace } from '#domain/sso/trace.ts';
import type { Tx } from '#store/db.ts';
import { domainOf } from './match.ts';
import type { MatchingSettings } from './model.ts';

export async function siteFor(
  tx: Tx,
  { byDomain, defaultSiteId }: MatchingSettings,
  address: string | undefined,
  trace: Trace,
): Promise<number> {
  const domain = byDomain && address !== undefined ? domainOf(address) : undefined;
  if (domain !== undefined) {
    const [site, another] = await sitesOf(tx, domain);
    if (another !== undefined)
      return trace.refuse(
        'provisioning.site',
        `Several clients or sites have the domain ${domain}.`,
        {
          domain,
        },
      );
    if (site !== undefined) return site;
  }
  if (defaultSiteId === null)
    return trace.refuse('provisioning.site', 'The application has no default site.');
  const { rows } = await sql<{ id: number }>`
    select s.id from desk_sites s join desk_clients c on c.id = s.client_id
    where s.id = ${defaultSiteId} and not s.inactive and not c.inactive`.execute(tx);
  return (
    rows[0]?.id ??
    trace.refuse('provisioning.site', 'The default site or its client is inactive.', {
      site: defaultSiteId,
    })
  );
}

/**
 * A site with the domain (Halo's `emaildomain`) goes before a client with it (`domain`), whose main site
 * it is then. Both may name several, with spaces or commas between.
 */
async function sitesOf(tx: Tx, domain: string): Promise<readonly number[]> {
  const has = (member: ReturnType<typeof sql>) =>
    sql`${domain} = any(regexp_split_to_array(lower(coalesce(${member}, '')), '[,;@[:space:]]+'))`;
  const { rows: sites } = await sql<{ id: number }>`
    select s.id from desk_sites s join desk_clients c on c.id = s.client_id
    where ${has(sql`s.extra ->> 'emaildomain'`)} and not s.inactive and not c.inactive
    order by s.id limit 2`.execute(tx);
  if (sites.length > 0) return sites.map(({ id }) => id);
  const { rows: clients } = await sql<{ id: number | null }>`
    select (select s.id from desk_sites s where s.client_id = c.id and not s.inactive
      order by s.id = c.main_site_id desc nulls last, s.id limit 1) as id
    from desk_clients c where ${has(sql`c.extra ->> 'domain'`)} and not c.inactive
    order by c.id limit 2`.execute(tx);
  return clients.flatMap(({ id }) => (id === null ? [] : [id]));
}
