// Clients: the organisations the desk serves. A new one comes with its main site.
import { sql } from 'kysely';
import { refuse } from '#domain/problem.ts';
import { byInt, byText, changedSince, contains } from '#features/desk/resource/filter.ts';
import { intOf, mustStay, textOf, withoutNulls } from '#features/desk/resource/given.ts';
import type { Raw, Resource, Saving } from '#features/desk/resource/resource.ts';
import { saveRecord } from '#features/desk/resource/save.ts';
import { activity, activityFilters, boundTo } from '#features/desk/resource/scope.ts';
import { sites } from '#features/desk/sites/sites.ts';
import { users } from '#features/desk/users/users.ts';
import type { Given } from '#http/halo/model.ts';
import { clientMembers } from './members.ts';

/** Where tickets of nobody known go. */
const unknownClientId = 1;

export const clients: Resource = {
  path: 'Client',
  model: ['Area', 'Area'],
  kind: 'client',
  envelope: 'clients',
  table: 'desk_clients',
  from: 'desk_clients t left join desk_sites m on m.id = t.main_site_id',
  members: clientMembers,
  keys: ['id'],
  named: 'name',
  dated: true,
  order: 'lower(t.name)',
  search: ['t.name', 't.reference'],
  filters: {
    ...activityFilters,
    toplevel_id: byInt((id) => sql`t.top_level_id = ${id}`),
    search_name_only: byText((text) => contains('t.name', text)),
    lastupdatefromdate: changedSince('>='),
    lastupdatetodate: changedSince('<='),
  },
  always: (asked) => activity(asked, 't.inactive'),
  customFields: 'client',
  idOnly: { parameter: 'idonly', members: ['id'] },
  visibleTo: (actor) =>
    boundTo(actor, {
      client: (id) => sql`t.id = ${id}`,
      user: (id) => sql`t.id = (select s.client_id from desk_users u
        join desk_sites s on s.id = u.site_id where u.id = ${id})`,
    }),
  read: ['read:customers', 'read:tickets', 'read:assets'],
  edit: 'edit:customers',
  rules: { create, change, created, mayDelete },
};

async function create({ given }: Saving): Promise<Given> {
  if (textOf(given, 'name') === undefined) {
    refuse('record.incomplete', { kind: 'client', member: 'a name' });
  }
  // A new client has no site yet that could be its main one.
  return { ...withoutNulls(given), main_site_id: undefined };
}

async function change({ tx, given, before }: Saving & { before: Raw }): Promise<Given> {
  mustStay(given, 'client', ['name', 'inactive', 'is_vip']);
  const siteId = intOf(given, 'main_site_id');
  if (siteId === undefined) return given;
  const { rows } = await sql`
    select 1 from desk_sites where id = ${siteId} and client_id = ${before.id}`.execute(tx);
  return rows.length > 0 ? given : refuse('record.refers-to-nothing', { member: 'main_site_id' });
}

/** The main site, and the contact when one was named with the client. */
async function created({ tx, actor, now, given, after }: Saving & { after: Raw }): Promise<void> {
  const site = await saveRecord(
    tx,
    sites,
    { actor, now },
    {
      name: textOf(given, 'newclient_sitename') ?? 'Main',
      client_id: after.id,
      phonenumber: textOf(given, 'newclient_phonenumber'),
      timezone: textOf(given, 'newclient_timezone'),
      emaildomain: textOf(given, 'newclient_domain'),
    },
  );
  await sql`update desk_clients set main_site_id = ${site.id} where id = ${after.id}`.execute(tx);
  const contact = textOf(given, 'newclient_contactname');
  if (contact === undefined) return;
  await saveRecord(
    tx,
    users,
    { actor, now },
    {
      name: contact,
      site_id: site.id,
      emailaddress: textOf(given, 'newclient_contactemail'),
      title: textOf(given, 'newclient_contacttitle'),
    },
  );
}

function mayDelete(before: Raw): void {
  if (before.id === unknownClientId) refuse('record.kept', { kind: 'client' });
}
