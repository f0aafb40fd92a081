// Users: the people the desk serves, each at a site of a client.
import { sql } from 'kysely';
import { nameParts } from '#domain/name-parts.ts';
import { refuse } from '#domain/problem.ts';
import {
  byFlag,
  byInt,
  byText,
  changedSince,
  type Filter,
  type Sql,
} from '#features/desk/resource/filter.ts';
import { intOf, mustStay, textOf, wholeOf, withoutNulls } from '#features/desk/resource/given.ts';
import type { Raw, Resource, Saving } from '#features/desk/resource/resource.ts';
import { activity, activityFilters, boundTo } from '#features/desk/resource/scope.ts';
import type { Given } from '#http/halo/model.ts';
import { userMembers } from './members.ts';

/** Stands for somebody at a site on tickets that are for nobody in particular (halo-api.md 1.3). */
export const generalUserId = -1;

const filters: Readonly<Record<string, Filter>> = {
  ...activityFilters,
  client_id: byInt((id) => sql`s.client_id = ${id}`),
  site_id: byInt((id) => sql`t.site_id = ${id}`),
  toplevel_id: byInt((id) => sql`c.top_level_id = ${id}`),
  department: byText((name) => sql`lower(t.department) = lower(${name})`),
  department_id: byInt(
    (id) => sql`t.extra -> 'departments' @> ${JSON.stringify([{ department_id: id }])}::jsonb`,
  ),
  organisation_id: byInt((id) => sql`(t.extra ->> 'organisation_id')::integer = ${id}`),
  role: byInt((id) => sql`t.extra -> 'roles' @> ${JSON.stringify([{ id }])}::jsonb`),
  exclude_agents: byFlag((yes) => (yes ? sql`t.linked_agent_id is null` : undefined)),
  exclude_generaluser: byFlag((yes) => (yes ? sql`not t.general` : undefined)),
  includeserviceaccount: byFlag((yes) => (yes ? undefined : sql`not t.service_account`)),
  includenonserviceaccount: byFlag((yes) => (yes ? undefined : sql`t.service_account`)),
  integration_type: byText((type) => integrations[type.toLowerCase()] ?? sql`false`),
  lastupdatefromdate: changedSince('>='),
  lastupdatetodate: changedSince('<='),
};

const integrations: Readonly<Record<string, Sql>> = {
  azure: sql`coalesce(t.azure_object_id, '') <> ''`,
  okta: sql`coalesce(t.okta_id, '') <> ''`,
};

export const users: Resource = {
  path: 'Users',
  model: ['Users', 'Users_List'],
  kind: 'user',
  envelope: 'users',
  table: 'desk_users',
  from: 'desk_users t left join desk_sites s on s.id = t.site_id left join desk_clients c on c.id = s.client_id',
  members: userMembers,
  keys: ['id'],
  named: 'name',
  dated: true,
  order: 'lower(t.name)',
  search: ['t.name', 't.first_name', 't.surname', 't.email', 't.login'],
  searchPhones: ['t.phone', 't.mobile', 't.home_phone'],
  filters,
  always: (asked) => activity(asked, 't.inactive'),
  customFields: 'user',
  idOnly: { parameter: 'idonly', members: ['id'] },
  visibleTo: (actor) =>
    boundTo(actor, { client: (id) => sql`s.client_id = ${id}`, user: (id) => sql`t.id = ${id}` }),
  read: ['read:customers', 'read:tickets', 'read:assets'],
  edit: 'edit:customers',
  rules: { create, change, mayDelete },
};

async function create({ tx, actor, given }: Saving): Promise<Given> {
  const names = namesOf(given);
  const isNamed = textOf(given, 'name') !== undefined;
  const name = isNamed ? given.name : [names.firstname, names.surname].join(' ').trim();
  if (name === '') return refuse('record.incomplete', { kind: 'user', member: 'a name' });
  const site =
    wholeOf(given, 'site_id') ??
    (await mainSite(tx, intOf(given, 'client_id') ?? actor.clientId)) ??
    refuse('record.incomplete', { kind: 'user', member: 'a site_id, the site they belong to' });
  return { ...withoutNulls(given), ...names, name, site_id: site };
}

function namesOf(given: Given): { readonly firstname: string; readonly surname: string } {
  const { firstname, surname } = given;
  if (typeof firstname === 'string' || typeof surname === 'string') {
    return { firstname: String(firstname ?? ''), surname: String(surname ?? '') };
  }
  const parts = nameParts(textOf(given, 'name') ?? '');
  return { firstname: parts.firstName, surname: parts.surname };
}

async function mainSite(tx: Saving['tx'], clientId: number | undefined) {
  if (clientId === undefined) return undefined;
  const { rows } = await sql<{ readonly main_site_id: number | null }>`
    select main_site_id from desk_clients where id = ${clientId}`.execute(tx);
  return rows[0]?.main_site_id ?? undefined;
}

async function change({ tx, given, before }: Saving & { readonly before: Raw }): Promise<Given> {
  mustStay(given, 'user', ['name', 'site_id', 'inactive', 'isserviceaccount']);
  const site = wholeOf(given, 'site_id');
  return {
    ...given,
    ...(site === undefined ? {} : { site_id: site }),
    ...((await namesAnother(tx, given, before)) ? { _manager_id: null } : {}),
  };
}

/** A manager by address who is not the one known by record takes their place; the same one does not. */
async function namesAnother(tx: Saving['tx'], given: Given, before: Raw): Promise<boolean> {
  if (given.manager_email === undefined || typeof before.manager_id !== 'number') return false;
  const { rows } = await sql<{ readonly same: boolean }>`
    select lower(email) is not distinct from lower(${textOf(given, 'manager_email') ?? null}::text) as same
    from desk_users where id = ${before.manager_id}`.execute(tx);
  return rows[0]?.same !== true;
}

function mayDelete(before: Raw): void {
  if (before.general === true) refuse('record.kept', { kind: 'user' });
}
