// Sites: the places of a client, where its people are.
import { sql } from 'kysely';
import { refuse } from '#domain/problem.ts';
import { byInt, changedSince } from '#features/desk/resource/filter.ts';
import { mustStay, textOf, wholeOf, withoutNulls } from '#features/desk/resource/given.ts';
import type { Raw, Resource, Saving } from '#features/desk/resource/resource.ts';
import { saveRecord } from '#features/desk/resource/save.ts';
import { activity, activityFilters, boundTo } from '#features/desk/resource/scope.ts';
import { users } from '#features/desk/users/users.ts';
import type { Given } from '#http/halo/model.ts';
import { siteMembers } from './members.ts';

/** Where people and tickets of nobody known are. */
const unknownSiteId = 1;

export const sites: Resource = {
  path: 'Site',
  model: ['Site', 'Site_List'],
  kind: 'site',
  envelope: 'sites',
  table: 'desk_sites',
  from: 'desk_sites t left join desk_clients c on c.id = t.client_id',
  members: siteMembers,
  keys: ['id'],
  named: 'name',
  dated: true,
  order: 'lower(t.name)',
  search: ['t.name', 'c.name', 't.reference'],
  filters: {
    ...activityFilters,
    client_id: byInt((id) => sql`t.client_id = ${id}`),
    site_id: byInt((id) => sql`t.id = ${id}`),
    toplevel_id: byInt((id) => sql`c.top_level_id = ${id}`),
    lastupdatefromdate: changedSince('>='),
    lastupdatetodate: changedSince('<='),
  },
  always: (asked) => activity(asked, 't.inactive'),
  customFields: 'site',
  idOnly: { parameter: 'idonly', members: ['id'] },
  visibleTo: (actor) =>
    boundTo(actor, {
      client: (id) => sql`t.client_id = ${id}`,
      user: (id) => sql`t.id = (select u.site_id from desk_users u where u.id = ${id})`,
    }),
  read: ['read:customers', 'read:tickets', 'read:assets'],
  edit: 'edit:customers',
  rules: { create, change, created, mayDelete },
};

async function create({ actor, given }: Saving): Promise<Given> {
  if (textOf(given, 'name') === undefined) {
    refuse('record.incomplete', { kind: 'site', member: 'a name' });
  }
  const client =
    wholeOf(given, 'client_id') ??
    actor.clientId ??
    refuse('record.incomplete', { kind: 'site', member: 'a client_id' });
  return { ...withoutNulls(given), client_id: client };
}

async function change({ given }: Saving): Promise<Given> {
  mustStay(given, 'site', ['name', 'client_id', 'inactive']);
  const client = wholeOf(given, 'client_id');
  return client === undefined ? given : { ...given, client_id: client };
}

/** The contact, when one was named with the site. */
async function created({ tx, actor, now, given, after }: Saving & { after: Raw }): Promise<void> {
  const contact = textOf(given, 'newsite_contactname');
  if (contact === undefined) return;
  await saveRecord(
    tx,
    users,
    { actor, now },
    {
      name: contact,
      site_id: after.id,
      emailaddress: textOf(given, 'newsite_contactemail'),
      title: textOf(given, 'newsite_contacttitle'),
    },
  );
}

function mayDelete(before: Raw): void {
  if (before.id === unknownSiteId) refuse('record.kept', { kind: 'site' });
}
