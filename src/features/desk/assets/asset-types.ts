// The types of assets and the fields each type asks for.
import { sql } from 'kysely';
import { refuse } from '#domain/problem.ts';
import { byInt } from '#features/desk/resource/filter.ts';
import { intOf, mustStay, textOf, withoutNulls } from '#features/desk/resource/given.ts';
import type { Resource } from '#features/desk/resource/resource.ts';
import { assetFieldMembers, assetTypeMembers } from './members.ts';

const common = {
  keys: ['id'],
  named: 'name',
  dated: false,
  order: 't.position, lower(t.name)',
  search: ['t.name'],
  visibleTo: () => undefined,
  read: 'signed-in',
  edit: 'admin',
  shared: true,
} as const satisfies Partial<Resource>;

export const assetTypes: Resource = {
  ...common,
  path: 'AssetType',
  model: ['Xtype', 'Xtype'],
  kind: 'asset type',
  table: 'asset_types',
  from: 'asset_types t',
  members: assetTypeMembers,
  filters: { assetgroup_id: byInt((id) => sql`(t.extra ->> 'assetgroup_id')::integer = ${id}`) },
  rules: {
    create: async ({ given }) => {
      if (textOf(given, 'name') === undefined) {
        refuse('record.incomplete', { kind: 'asset type', member: 'a name' });
      }
      return withoutNulls(given);
    },
    change: async ({ given }) => {
      mustStay(given, 'asset type', ['name', 'defaultsequence', 'show_to_users']);
      return given;
    },
  },
};

export const assetFields: Resource = {
  ...common,
  path: 'Field',
  model: ['Field', 'Field'],
  kind: 'asset field',
  table: 'asset_fields',
  from: 'asset_fields t left join asset_types y on y.id = t.asset_type_id',
  members: assetFieldMembers,
  filters: {
    type_id: byInt((id) => sql`t.asset_type_id = ${id}`),
    parenttype_id: byInt((id) => sql`t.asset_type_id = ${id}`),
  },
  rules: {
    create: async ({ given }) => {
      if (textOf(given, 'name') === undefined) {
        refuse('record.incomplete', { kind: 'asset field', member: 'a name' });
      }
      if (intOf(given, 'parenttype_id') === undefined) {
        refuse('record.incomplete', {
          kind: 'asset field',
          member: 'a parenttype_id, the asset type that asks for it',
        });
      }
      return withoutNulls(given);
    },
    change: async ({ given, before }) => {
      mustStay(given, 'asset field', ['name', 'parenttype_id', 'sequence', 'mandatory']);
      const type = intOf(given, 'parenttype_id');
      if (type !== undefined && type !== before.asset_type_id) {
        refuse('request.invalid', {
          reason: 'parenttype_id cannot be changed: make another field instead',
        });
      }
      return given;
    },
  },
};
