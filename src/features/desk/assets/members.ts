// Halo's Device, Xtype and Field (halo-api.md, appendix C): where each member is kept.
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

/** The lookup list that holds the statuses of assets. */
export const assetStatusList = 8001;

const users = (what: string) =>
  expression(`(select ${what} from asset_users l join desk_users u on u.id = l.user_id
    where l.asset_id = t.id)`);

// biome-ignore format: the columns are the point
export const assetMembers: Members = {
  id:               listed('int',    managed('id')),
  guid:             single('text',   managed('guid')),
  inventory_number: listed('text',   column('inventory_number')),
  key_field:        listed('text',   column('key_field')),
  key_field2:       listed('text',   column('key_field2')),
  key_field3:       listed('text',   column('key_field3')),
  site_id:          listed('int',    column('site_id')),
  site_name:        listed('text',   expression('s.name')),
  client_id:        listed('int',    expression('s.client_id')),
  client_name:      listed('text',   expression('c.name')),
  username:         listed('text',   users('string_agg(u.name, \', \' order by lower(u.name))')),
  user_email:       single('text',   users('min(u.email)')),
  users:            single('objects', users(`coalesce(jsonb_agg(jsonb_build_object('id', u.id,
    'name', u.name, 'emailaddress', u.email) order by lower(u.name)), '[]')`)),
  user_count:       single('int',    users('count(*)::integer')),
  assettype_id:     listed('int',    column('asset_type_id')),
  assettype_name:   listed('text',   expression('y.name')),
  assetgroup_name:  single('text',   expression('y.group_name')),
  status_id:        listed('int',    column('status_id')),
  status_name:      listed('text',   expression(`(select l.name from desk_lookups l
    where l.list_id = ${assetStatusList} and l.id = t.status_id)`)),
  inactive:         listed('bool',   column('inactive')),
  parent_id:        listed('int',    column('parent_id')),
  criticality:      listed('int',    column('criticality')),
  third_party_id:   listed('int',    column('third_party_id')),
  intune_id:        listed('text',   column('intune_id')),
  notes:            single('text',   column('notes')),
  warranty_start:   listed('time',   column('warranty_start')),
  warranty_end:     listed('time',   column('warranty_end')),
  fields:           single('objects', expression(`(select coalesce(jsonb_agg(jsonb_build_object(
    'id', f.id, 'name', f.name, 'value', t.fields -> f.id::text, 'display', t.fields ->> f.id::text,
    'mandatory', f.mandatory, 'showonactivity', false, 'lookup', 0, 'systemuse', 0,
    'parenttype_id', f.asset_type_id, 'access_level', 0) order by f.position, f.id), '[]')
    from asset_fields f where f.asset_type_id = t.asset_type_id)`)),
  customfields:     command('objects'),
  dlastupdate:      single('time',   managed('updated_at')),
  last_modified:    single('time',   expression('t.updated_at')),
  open_ticket_count: single('int',   expression(`(select count(*)::integer from ticket_assets l
    join tickets k on k.id = l.ticket_id
    where l.asset_id = t.id and k.closed_at is null and k.deleted_at is null)`)),

  ...each(`colour icon criticality_description business_owner_name technical_owner_name supplier_name
    supplier_contract_ref contract_ref item_name matching_field use`, listed('text')),
  ...each(`child_id device_number sequence business_owner_id business_owner_cab_id technical_owner_id
    technical_owner_cab_id supplier_id supplier_contract_id contract_id sla_id priority_id itemstock_id
    item_id intune_default_site`, listed('int')),
  ...each('contract_value', listed('double')),
  ...each('contract_end_date stock_date supplier_purchasedate', listed('time')),
  ...each('is_primary_asset is_template', listed('bool')),
  ...each('custombuttons allowed_status', listed('objects')),

  ...each(`warranty_note third_party_id_string azure_userid azure_userprincipalname azureTenantId
    matching_value`, single('text')),
  ...each('service_count licence_count intune_connectionid access_control_level', single('int')),
  ...each('item_cost', single('double')),
  ...each('commissiondate', single('time')),
  ...each('import_guid', single('uuid')),
  ...each(`children parent_assets child_assets services software licences external_links
    access_control`, single('objects')),

  ...each('new_external_link', command('object')),
  ...each('_importtype _warning', command('text')),
  ...each('_isimport _dontupdatetype _donotvalidate _validateonly', command('bool')),

  // The values of its fields by id: written by the rules alone.
  _fields:          { type: 'any', kept: managed('fields'), shown: 'never' },
};

// biome-ignore format: the columns are the point
export const assetTypeMembers: Members = {
  id:               listed('int',  managed('id')),
  guid:             listed('uuid', managed('guid')),
  name:             listed('text', column('name')),
  assetgroup_name:  listed('text', column('group_name')),
  defaultsequence:  listed('int',  column('position')),
  show_to_users:    listed('bool', column('show_to_users')),
  linkedcontracttype: listed('int', expression('0')),
  fields:           single('objects', expression(`(select coalesce(jsonb_agg(jsonb_build_object(
    'id', f.id, 'field_id', f.id, 'field_name', f.name, 'sequence', f.position) order by f.position, f.id), '[]')
    from asset_fields f where f.asset_type_id = t.id)`)),
  ...each(`intent keyfield_name keyfield2_name keyfield3_name memo accountscode1 accountscode2 icon
    item_code tagprefix`, listed('text')),
  ...each(`assetgroup_id keyfield_id keyfield2_id keyfield3_id manufacturer supplier1 itemno
    visibility_level access_control_level`, listed('int')),
  ...each('cost weeklycost monthlycost quarterlycost yearlycost', listed('double')),
  ...each('enableresourcebooking allowall_status allow_all_view', listed('bool')),
  ...each('allowed_status xtype_roles access_control', single('objects')),
  ...each('_warning', command('text')),
  ...each('_isimport', command('bool')),
};

// biome-ignore format: the columns are the point
export const assetFieldMembers: Members = {
  id:               listed('int',  managed('id')),
  guid:             listed('uuid', managed('guid')),
  name:             listed('text', column('name')),
  parenttype_id:    listed('int',  column('asset_type_id')),
  parenttype_name:  listed('text', expression('y.name')),
  sequence:         listed('int',  column('position')),
  mandatory:        listed('bool', column('mandatory')),
  ...each('intent kind validate url idstring tab_name groupname new_values', listed('text')),
  ...each(`typeinfo_id systemuse datafrom datalength lookup mapping_id tab_id tab_sequence tab_columns
    techdetail userdetail access_level`, listed('int')),
  ...each('showonactivity showoncalendar issoftware', listed('bool')),
  ...each('values visibility_conditions', single('objects')),
  ...each('_warning', command('text')),
};
