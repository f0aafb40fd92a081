// Halo's Faults (halo-api.md, appendix C): where each member of a ticket is kept.
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

// biome-ignore format: the columns are the point
export const ticketMembers: Members = {
  id:              listed('int',    managed('id')),
  summary:         listed('text',   column('summary')),
  details:         listed('text',   column('details')),
  tickettype_id:   listed('int',    column('ticket_type_id')),
  tickettype_name: listed('text',   expression('y.name')),
  status_id:       listed('int',    column('status_id')),
  status_name:     listed('text',   expression('z.name')),
  onhold:          listed('bool',   expression('(z.kind = 2)')),
  priority_id:     listed('int',    column('priority_id')),
  priority_name:   listed('text',   expression('p.name')),
  sla_id:          listed('int',    column('sla_id')),
  client_id:       listed('int',    column('client_id')),
  client_name:     listed('text',   expression('c.name')),
  site_id:         listed('int',    column('site_id')),
  site_name:       listed('text',   expression('s.name')),
  user_id:         listed('int',    column('user_id')),
  user_name:       listed('text',   expression('u.name')),
  user_email:      listed('text',   expression('u.email')),
  reportedby:      listed('text',   column('reported_by')),
  agent_id:        listed('int',    column('agent_id')),
  agent_name:      listed('text',   expression('a.name')),
  team:            listed('text',   column('team')),
  parent_id:       listed('int',    column('parent_id')),
  // Filled where it is asked for (include_auditing).
  audit_log:       single('objects', expression('null::jsonb')),
  category_1:      listed('text',   column('category_1')),
  category_2:      listed('text',   column('category_2')),
  category_3:      listed('text',   column('category_3')),
  category_4:      listed('text',   column('category_4')),
  dateoccurred:    listed('time',   column('occurred_at')),
  startdate:       listed('time',   column('start_at')),
  targetdate:      listed('time',   column('target_at')),
  last_update:     listed('time',   managed('updated_at')),
  lastactiondate:  listed('time',   managed('last_action_at')),
  dateclosed:      listed('time',   managed('closed_at')),
  hasbeenclosed:   listed('bool',   expression('(t.closed_at is not null)')),
  timetaken:       listed('double', expression(`(select coalesce(sum(n.time_taken_hours), 0)
    from ticket_actions n where n.ticket_id = t.id)`)),
  assets:          single('objects', expression(`(select coalesce(jsonb_agg(jsonb_build_object(
    'id', d.id, 'inventory_number', d.inventory_number, 'key_field', d.key_field,
    'assettype_id', d.asset_type_id, 'assettype_name', k.name, 'site_id', d.site_id)
    order by lower(d.inventory_number)), '[]')
    from ticket_assets l join assets d on d.id = l.asset_id
    left join asset_types k on k.id = d.asset_type_id where l.ticket_id = t.id)`)),
  child_count:     listed('int',    expression(`(select count(*)::integer from tickets k
    where k.parent_id = t.id and k.deleted_at is null)`)),
  customfields:    command('objects'),
  datecreated:     single('time',   managed('created_at')),
  deleted:         single('bool',   expression('(t.deleted_at is not null)')),
  priority:        single('object', expression(`(case when p.key is null then null else jsonb_build_object(
    'id', p.key, 'priorityid', p.id, 'slaid', p.sla_id, 'name', p.name, 'colour', p.colour) end)`)),

  ...each(`sla_name slaresponsestate third_party_id_string created_by email_message_id`, listed('text')),
  ...each(`organisation_id department_id categoryid_1 categoryid_2 categoryid_3 categoryid_4 impact urgency
    source attachment_count third_party_id supplier_id product_id workflow_id workflow_step
    workflow_stage_id`, listed('int')),
  ...each('excludefromsla flagged read inactive', listed('bool')),
  ...each('estimate', listed('double')),
  ...each('dateassigned respondbydate responsedate fixbydate deadlinedate followupdate', listed('time')),

  ...each(`details_html closure_note slastate takenby loggedonbehalfby form_id reference sentinel_id
    sentinel_url matching_value emailaddress`, single('text')),
  ...each('template_id contract_id service_id asset_number usertype createdfrom_id team_id', single('int')),
  ...each('is_sensitive', single('bool')),
  ...each('utcoffset', single('double')),
  ...each('attachments tags external_links', single('objects')),

  // Orders to the desk, and whom the ticket is for when a client asks for that by an object.
  ...each('_importtype _warning _warning_is_error', command('text')),
  ...each(`donotapplytemplateintheapi dont_do_rules return_this _novalidate _forcereassign
    _validate_only`, command('bool')),
  ...each('userlookup new_external_link', command('object')),

  // Columns that only the rules write.
  _deleted_at:      { type: 'time', kept: managed('deleted_at'), shown: 'never' },
  _deleted_because: { type: 'text', kept: managed('deleted_because'), shown: 'never' },
};
