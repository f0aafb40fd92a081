// Halo's Uname (halo-api.md, appendix C): where each member of an agent is kept.
import {
  column,
  command,
  each,
  expression,
  listed,
  type Members,
  managed,
  rather,
  single,
} from '#features/desk/resource/member.ts';

// biome-ignore format: the columns are the point
export const agentMembers: Members = {
  id:             listed('int',   managed('id')),
  name:           listed('text',  column('name')),
  firstname:      listed('text',  column('first_name')),
  surname:        listed('text',  column('surname')),
  email:          listed('text',  column('email')),
  ad:             listed('text',  column('login')),
  jobtitle:       listed('text',  column('title')),
  team:           listed('text',  column('team')),
  isdisabled:     listed('bool',  column('disabled')),
  isapiagent:     listed('bool',  column('for_applications')),
  is_agent:       listed('bool',  expression('true')),
  department:     single('text',  column('department')),
  is_admin:       single('bool',  column('administrator')),
  customfields:   command('objects'),
  roles:          single('objects', expression(`(select coalesce(jsonb_agg(jsonb_build_object(
    'id', r.id, 'id_int', r.number, 'name', r.name) order by lower(r.name)), '[]')
    from desk_agent_roles a join desk_roles r on r.id = a.role_id where a.agent_id = t.id)`)),
  role_list:      listed('text',  expression(`nullif(concat_ws(', ',
    case when t.administrator then 'Administrator' end,
    (select string_agg(r.name, ', ' order by lower(r.name))
     from desk_agent_roles a join desk_roles r on r.id = a.role_id where a.agent_id = t.id)), '')`)),
  add_roles:      command('objects'),
  datecreated:    single('time',  managed('created_at')),
  last_modified:  single('time',  managed('updated_at')),

  agentphotopath: rather(`case when t.photo_sha256 is not null then '/v1/desk/agents/' || t.id || '/photo' end`,
    listed('text')),

  ...each(`lastonline initials sms colour okta_id linemanager_name
    workday_name workday_timezone use`, listed('text')),
  ...each(`onlinestatus onlinestatus_actual licence_type named_licences_in_use linemanager workday_id`, listed('int')),
  ...each('is_online', listed('bool')),
  ...each('lastlogindate', listed('time')),
  ...each('teams departments', listed('objects')),

  ...each(`activedirectory_dn container_dn oktaid okta_status signature delegation_user_name
    third_party_guid matching_value graph_host`, single('text')),
  ...each(`adconnection useadlogin azure_connectionid azure_roleid language_id delegation_user_id
    linked_user_client_id`, single('int')),
  ...each(`isinvite twofactor_enabled authenticatorapp_configured ispasswordreset emailconfirmed
    accountconfirmed delegation_activated delegation_timebased import_photo`, single('bool')),
  ...each('delegation_start delegation_end', single('time')),
  ...each('access_control claims', single('objects')),

  // Passwords are sign-in's, and orders are obeyed or ignored.
  ...each('password _importtype _warning', command('text')),
  ...each(`_revoke_authenticatorapp _revoke_tokens _isnew _isimport _is_a_departmentmanager
    _is_a_teammanager`, command('bool')),
};
