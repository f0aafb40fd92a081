// Assets: the things a client's people work with, each of a type, at a site, in a status.
import { sql } from 'kysely';
import { refuse } from '#domain/problem.ts';
import { byFlag, byInt, byInts, byText, changedSince } from '#features/desk/resource/filter.ts';
import { intOf, mustStay, textOf, withoutNulls } from '#features/desk/resource/given.ts';
import { setLinks } from '#features/desk/resource/links.ts';
import type { Raw, Resource, Saving } from '#features/desk/resource/resource.ts';
import { activity, activityFilters, boundTo } from '#features/desk/resource/scope.ts';
import type { Given } from '#http/halo/model.ts';
import { mergeAssetFields } from './asset-fields.ts';
import { assetMembers, assetStatusList } from './members.ts';

const usual = { typeId: 1, statusId: 1 };

export const assets: Resource = {
  path: 'Asset',
  model: ['Device', 'Device_List'],
  kind: 'asset',
  envelope: 'assets',
  table: 'assets',
  from: `assets t left join desk_sites s on s.id = t.site_id
    left join desk_clients c on c.id = s.client_id
    left join asset_types y on y.id = t.asset_type_id`,
  members: assetMembers,
  keys: ['id'],
  named: 'inventory_number',
  dated: true,
  order: 'lower(t.inventory_number)',
  search: ['t.inventory_number', 't.key_field', 't.key_field2', 't.key_field3', 'y.name'],
  filters: {
    ...activityFilters,
    client_id: byInt((id) => sql`s.client_id = ${id}`),
    site_id: byInt((id) => sql`t.site_id = ${id}`),
    assettype_id: byInt((id) => sql`t.asset_type_id = ${id}`),
    assettypes: byInts((ids) => sql`t.asset_type_id = any(${[...ids]}::integer[])`),
    assetstatuses: byInts((ids) => sql`t.status_id = any(${[...ids]}::integer[])`),
    excludethese: byInts((ids) => sql`t.id <> all(${[...ids]}::integer[])`),
    inventory_number: byText((text) => sql`lower(t.inventory_number) = lower(${text})`),
    linkedto_id: byInt((id) => sql`t.parent_id = ${id}`),
    ticket_id: byInt(
      (id) => sql`t.id in (select asset_id from ticket_assets where ticket_id = ${id})`,
    ),
    user_id: byInt((id) => sql`t.id in (select asset_id from asset_users where user_id = ${id})`),
    username: byText(
      (name) => sql`exists (select 1 from asset_users l join desk_users u on u.id = l.user_id
        where l.asset_id = t.id and lower(u.name) = lower(${name}))`,
    ),
    mine: byFlag((yes, { actor }) =>
      yes
        ? sql`t.id in (select asset_id from asset_users where user_id = ${actor.userId ?? null})`
        : undefined,
    ),
    lastupdatefromdate: changedSince('>='),
    lastupdatetodate: changedSince('<='),
  },
  always: (asked) => activity(asked, 't.inactive'),
  customFields: 'asset',
  idOnly: { parameter: 'idonly', members: ['id'] },
  visibleTo: (actor) =>
    boundTo(actor, {
      client: (id) => sql`s.client_id = ${id}`,
      user: (id) => sql`t.id in (select asset_id from asset_users where user_id = ${id})`,
    }),
  read: ['read:assets'],
  edit: 'edit:assets',
  rules: { create, change, created },
};

async function create(saving: Saving): Promise<Given> {
  const given = withoutNulls(saving.given);
  const typeId = intOf(given, 'assettype_id') ?? usual.typeId;
  const statusId = intOf(given, 'status_id') ?? usual.statusId;
  await checkStatus(saving, statusId);
  await checkParent(saving, given);
  const fields = await mergeAssetFields(saving, { typeId, isNew: true });
  return {
    ...given,
    inventory_number: textOf(given, 'inventory_number') ?? (await nextTag(saving, typeId)),
    assettype_id: typeId,
    status_id: statusId,
    site_id: await siteOf(saving, given),
    ...(fields === undefined ? {} : { _fields: fields }),
  };
}

async function change(saving: Saving & { readonly before: Raw }): Promise<Given> {
  const { given, before } = saving;
  mustStay(given, 'asset', ['assettype_id', 'status_id', 'inactive', 'site_id']);
  const statusId = intOf(given, 'status_id');
  if (statusId !== undefined) await checkStatus(saving, statusId);
  await checkParent(saving, given);
  const typeId = intOf(given, 'assettype_id') ?? Number(before.asset_type_id);
  const fields = await mergeAssetFields(saving, { typeId, isNew: false, before });
  await setUsers(saving, before);
  const moves = given.site_id === undefined && intOf(given, 'client_id') !== undefined;
  return {
    ...given,
    ...(moves ? { site_id: await siteOf(saving, given) } : {}),
    ...(fields === undefined ? {} : { _fields: fields }),
  };
}

async function created(saving: Saving & { readonly after: Raw }): Promise<void> {
  await setUsers(saving, saving.after);
}

/** A number for whoever brings none: the type's prefix and the next there is. */
async function nextTag({ tx }: Saving, typeId: number): Promise<string> {
  const { rows } = await sql<{ readonly tag: string }>`
    select coalesce((select extra ->> 'tagprefix' from asset_types where id = ${typeId}), 'A')
      || lpad(nextval('asset_tag')::text, 5, '0') as tag`.execute(tx);
  return rows[0]?.tag ?? '';
}

/** The site asked for, or the main one of the client asked for. */
async function siteOf({ tx, actor }: Saving, given: Given): Promise<number> {
  const siteId = intOf(given, 'site_id');
  if (siteId !== undefined) return siteId;
  const clientId = intOf(given, 'client_id') ?? actor.clientId;
  if (clientId === undefined) {
    return refuse('record.incomplete', { kind: 'asset', member: 'a site_id, where it is' });
  }
  const { rows } = await sql<{ readonly id: number | null }>`
    select main_site_id as id from desk_clients where id = ${clientId}`.execute(tx);
  return rows[0]?.id ?? refuse('record.refers-to-nothing', { member: 'client_id' });
}

async function checkStatus({ tx }: Saving, id: number): Promise<void> {
  const { rows } = await sql`select 1 from desk_lookups
    where list_id = ${assetStatusList} and id = ${id} and not inactive`.execute(tx);
  if (rows.length === 0) refuse('record.refers-to-nothing', { member: 'status_id' });
}

/** No asset stands above one of another client, nor above itself. */
async function checkParent({ tx, actor }: Saving, given: Given): Promise<void> {
  const parentId = intOf(given, 'parent_id');
  if (parentId === undefined) return;
  const { rows } = await sql<{ readonly client_id: number }>`
    select s.client_id from assets a join desk_sites s on s.id = a.site_id
    where a.id = ${parentId}`.execute(tx);
  const [parent] = rows;
  const isForeign = actor.clientId !== undefined && parent?.client_id !== actor.clientId;
  if (parent === undefined || isForeign || parentId === given.id) {
    refuse('record.refers-to-nothing', { member: 'parent_id' });
  }
}

/** The people who use it, whom the actor may see. */
function setUsers(saving: Saving, asset: Raw): Promise<void> {
  const { clientId } = saving.actor;
  const ofClient = clientId === undefined ? sql`` : sql`where s.client_id = ${clientId}`;
  return setLinks(saving, {
    ...{ member: 'users', table: 'asset_users', own: 'asset_id', other: 'user_id' },
    record: { kind: 'asset', id: Number(asset.id), name: String(asset.inventory_number ?? '') },
    linkable: sql`select u.id, u.name from desk_users u join desk_sites s on s.id = u.site_id ${ofClient}`,
  });
}
