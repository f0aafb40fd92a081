// Halo's TStatus, RequestType, Policy, SectionDetail and Lookup: where each member is kept.
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

/** This desk's own numbers for TStatus.type (docs/halo-dialect.md). */
export const statusKinds = { 0: 'open', 1: 'closed', 2: 'waiting' } as const;

// biome-ignore format: the columns are the point
export const statusMembers: Members = {
  id:            listed('int',   managed('id')),
  name:          listed('text',  column('name')),
  shortname:     listed('text',  column('short_name')),
  sequence:      listed('int',   column('position')),
  colour:        listed('text',  column('colour')),
  type:          listed('int',   column('kind')),
  ...each('intent slaaction', listed('text')),
  ...each('guid', listed('uuid')),
  ...each('showonquickchange', listed('bool')),
  ...each('_warning', command('text')),
};

// biome-ignore format: the columns are the point
export const ticketTypeMembers: Members = {
  id:                listed('int',   managed('id')),
  name:              listed('text',  column('name')),
  sequence:          listed('int',   column('position')),
  visible:           single('bool',  column('visible')),
  agentscanselect:   listed('bool',  column('agents_can_select')),
  enduserscanselect: listed('bool',  column('users_can_select')),
  cancreate:         listed('bool',  expression('true')),
  initial_status:    single('int',   column('initial_status_id')),
  ...each('use intent group_name default_agent_name default_team workflow_name', listed('text')),
  ...each('guid', listed('uuid')),
  ...each('group_id itilrequesttype default_sla default_priority default_agent', listed('int')),
  ...each('anonymouscanselect allowattachments is_sprint', listed('bool')),
  ...each('default_summary default_details default_category_1 default_category_2', single('text')),
  ...each('workflow_id', single('int')),
  ...each('_warning', command('text')),
};

// biome-ignore format: the columns are the point
export const priorityMembers: Members = {
  id:           listed('uuid',  managed('key')),
  slaid:        listed('int',   column('sla_id')),
  priorityid:   listed('int',   column('id')),
  name:         listed('text',  column('name')),
  colour:       listed('text',  column('colour')),
  ishidden:     listed('bool',  column('hidden')),
  ...each('fixtime responsetime', listed('double')),
  ...each('fixunits responseunits', listed('text')),
  ...each('_warning', command('text')),
};

// biome-ignore format: the columns are the point
export const teamMembers: Members = {
  id:              listed('int',   managed('id')),
  name:            listed('text',  column('name')),
  sequence:        listed('int',   column('position')),
  department_id:   listed('int',   column('department_id')),
  department_name: listed('text',  column('department_name')),
  inactive:        listed('bool',  column('inactive')),
  ticket_count:    listed('int',   expression(`(select count(*)::integer from tickets k
    where lower(k.team) = lower(t.name) and k.closed_at is null and k.deleted_at is null)`)),
  agents:          single('objects', expression(`(select coalesce(jsonb_agg(jsonb_build_object(
    'id', a.id, 'agent_id', a.id, 'agent_name', a.name, 'team_id', t.id, 'team_name', t.name)
    order by lower(a.name)), '[]') from desk_agents a where not a.disabled
    and a.extra -> 'teams' @> jsonb_build_array(jsonb_build_object('team_id', t.id)))`)),
  ...each('use intent org_team_name teamphotopath', listed('text')),
  ...each('guid', listed('uuid')),
  ...each('last_modified', listed('time')),
  ...each('override_column_id', listed('int')),
  ...each('forrequests foropps forprojects hide_agents_in_tree_if_no_tickets', listed('bool')),
  ...each('managers', listed('objects')),
  ...each(`emailaddress main_email_address phone_number timezone team_note override_column_name
    alternative_name logo booking_workday_name`, single('text')),
  ...each('workinghoursbeforealert', single('double')),
  ...each('rtid mailbox_override organisation_id messagegroup_id booking_workday_id', single('int')),
  ...each(`addtoallagents allowlivechat allowall_category1 allowall_category2 allowall_category3
    allowall_category4 includeinloadbalance dontsendsurvey`, single('bool')),
  ...each('department_guid', single('uuid')),
  ...each(`cannedtext templates allowed_category1 allowed_category2 allowed_category3 allowed_category4
    recurring_shifts`, single('objects')),
  ...each('_warning', command('text')),
  ...each('_canupdate _canupdate2', command('bool')),
};

// biome-ignore format: the columns are the point
export const outcomeMembers: Members = {
  id:          listed('int',   managed('id')),
  outcome:     listed('text',  expression('t.name')),
  name:        listed('text',  column('name')),
  sequence:    listed('int',   column('position')),
  newstatus:   listed('int',   column('new_status_id')),
  hidden:      listed('bool',  column('hidden_from_user')),
  ...each('buttonname use', listed('text')),
  ...each('_warning', command('text')),
};

// biome-ignore format: the columns are the point
export const lookupMembers: Members = {
  lookupid:   listed('int',   managed('list_id')),
  id:         listed('int',   managed('id')),
  name:       listed('text',  column('name')),
  sequence:   listed('int',   column('position')),
  inactive:   listed('bool',  column('inactive')),
  ...each('intent value2 value3 value4 value5 value6 value7 value8 value9 custom1 custom2', listed('text')),
  ...each(`value2_bool value3_bool value4_bool value5_bool value6_bool value7_bool value8_bool
    value9_bool custom1_bool`, listed('bool')),
  ...each('valueint1', listed('int')),
  ...each('_warning', command('text')),
};
