// Halo's CabMember, and the board it names, which Halo's document leaves out: where each member is kept.
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
export const cabMembersOf: Members = {
  id:           listed('int',  managed('id')),
  guid:         listed('uuid', managed('guid')),
  name:         listed('text', column('name')),
  members:      single('objects', expression(`(select coalesce(jsonb_agg(jsonb_build_object(
    'id', m.id, 'cab_id', m.cab_id, 'user_id', m.user_id, 'agent_id', m.agent_id,
    'member_name', coalesce(u.name, a.name, m.name), 'emailaddress', coalesce(u.email, a.email, m.email),
    'is_mandatory', m.mandatory) order by m.id), '[]')
    from desk_cab_members m left join desk_users u on u.id = m.user_id
    left join desk_agents a on a.id = m.agent_id where m.cab_id = t.id and not m.inactive)`)),
  ...each('notes', listed('text')),
  ...each('_warning', command('text')),
};

// biome-ignore format: the columns are the point
export const cabMemberMembers: Members = {
  id:           listed('int',  managed('id')),
  cab_id:       listed('int',  column('cab_id')),
  cab_guid:     listed('uuid', expression('b.guid')),
  user_id:      listed('int',  column('user_id')),
  agent_id:     listed('int',  column('agent_id')),
  member_name:  rather('coalesce(u.name, a.name)', listed('text', column('name'))),
  emailaddress: rather('coalesce(u.email, a.email)', listed('text', column('email'))),
  is_mandatory: listed('bool', column('mandatory')),
  ...each('type role_id module_id', listed('int')),
  ...each('role_name', listed('text')),
  ...each('_warning', command('text')),
};
