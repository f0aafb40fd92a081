// Halo's NHD_Roles and UserRoles: where each member is kept. What a role grants stands in its claims.

import { ordinaryAgent } from '#domain/permission.ts';
import {
  column,
  command,
  each,
  expression,
  listed,
  type Members,
  managed,
  single,
} from '#features/desk/resource/member.ts';

/** The type of the claims that grant; claims of other types are kept and grant nothing. */
export const permissionClaim = 'permission';

const standard = [...ordinaryAgent].map((permission) => `'${permission}'`).join(', ');

/** The standard role holds what the hub gives to ordinary agents, and what it was given besides. */
export const grantedSql = `(case when t.standard then t.permissions || array[${standard}]::text[]
  else t.permissions end)`;

// biome-ignore format: the columns are the point
export const roleMembers: Members = {
  id:                  listed('uuid', managed('id')),
  id_int:              listed('int',  managed('number')),
  name:                listed('text', column('name')),
  claims:              listed('objects', expression(`(select coalesce(jsonb_agg(jsonb_build_object(
    'type', '${permissionClaim}', 'value', p.permission) order by p.permission), '[]')
    from (select distinct unnest(${grantedSql}) as permission) p)`)),

  ...each('intent notes Oo_name normalizedName concurrencyStamp', listed('text')),
  ...each('is_integration', listed('bool')),
  ...each('access_control_level', listed('int')),
  ...each(`teams departments clients tickettypes assetfields unamecustomfields assettypes
    notifications custombuttons sites access_control`, single('objects')),
  ...each('_warning', command('text')),

  // What its claims come to: written by the rules alone.
  _permissions:        { type: 'any', kept: managed('permissions'), shown: 'never' },
};

// biome-ignore format: the columns are the point
export const userRoleMembers: Members = {
  id:    listed('int',  managed('id')),
  guid:  listed('uuid', managed('guid')),
  name:  listed('text', column('name')),
  ...each('intent notes', listed('text')),
  ...each('showmeonly web_access_level cataloglevel device_access_level', listed('int')),
  ...each(`isimportantcontact2 ischangeapprover2 ispoapprover canadd canviewopps allowviewsitedocs
    allowviewclientdocs canviewcontracts canaccesscatalog canaccessinvoices is_integration
    dontackemails2`, listed('bool')),
  ...each('departments notifications', single('objects')),
  ...each('_warning', command('text')),
};
