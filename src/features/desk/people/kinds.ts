// The three kinds of people that a directory fills: their tables, and where each field stands there.
import type { SyncTarget } from '#domain/sync/settings.ts';
import type { CustomFieldOwner } from '#features/desk/resource/custom-field-owners.ts';
import type { Raw } from '#features/desk/resource/resource.ts';
import {
  agentRoles,
  column,
  idColumn,
  type Kept,
  lineManager,
  member,
  photo,
  userRoles,
} from './kept.ts';

export type Kind = {
  readonly target: SyncTarget;
  /** What people call one. */
  readonly word: string;
  readonly table: 'desk_users' | 'desk_agents' | 'desk_cab_members';
  /** What is read of each besides its columns: SQL, and where it comes from. */
  readonly besides: string;
  readonly from: string;
  /** The columns that a write sets. */
  readonly columns: readonly string[];
  readonly dated: boolean;
  readonly customFields?: CustomFieldOwner;
  readonly fields: Readonly<Record<string, Kept>>;
  /** SQL: who is no person, and nobody's match. */
  readonly apart: string;
  /** Two never share one of these fields. */
  readonly unique: readonly ('email' | 'login')[];
  /** The column that is true of those who left. */
  readonly gone: 'inactive' | 'disabled';
  nameOf(row: Raw): string;
  /** What it is instead of a person, where it is none. */
  apartOf(row: Raw): string | undefined;
};

// biome-ignore format: the columns are the point
const user: Kind = {
  target: 'user',
  word: 'user',
  table: 'desk_users',
  besides: 't.general, t.service_account, s.client_id',
  from: 'desk_users t left join desk_sites s on s.id = t.site_id',
  columns: [
    ...['name', 'first_name', 'surname', 'site_id', 'email', 'login', 'title', 'department', 'phone', 'mobile'],
    ...['home_phone', 'inactive', 'distinguished_name', 'sam_account_name', 'manager_id', 'photo_sha256'],
    ...['custom_fields', 'extra'],
  ],
  dated: true,
  customFields: 'user',
  fields: {
    name:              column('name', { indexed: true, needed: true }),
    firstName:         column('first_name'),
    surname:           column('surname'),
    email:             column('email', { indexed: true }),
    login:             column('login', { indexed: true }),
    title:             column('title'),
    department:        column('department'),
    phone:             column('phone'),
    mobile:            column('mobile'),
    homePhone:         column('home_phone'),
    samAccountName:    column('sam_account_name', { indexed: true }),
    distinguishedName: column('distinguished_name'),
    email2:            member('email2'),
    initials:          member('initials'),
    fax:               member('fax'),
    notes:             member('notes'),
    other1:            member('other1', { indexed: true }),
    other2:            member('other2', { indexed: true }),
    other3:            member('other3', { indexed: true }),
    other4:            member('other4', { indexed: true }),
    other5:            member('other5', { indexed: true }),
    siteId:            idColumn('site_id', 'site', { needed: true }),
    userRoleId:        userRoles,
    manager:           idColumn('manager_id', 'user'),
    photo,
  },
  apart: 't.general or t.service_account',
  unique: [],
  gone: 'inactive',
  nameOf: ({ name }) => String(name ?? ''),
  apartOf: ({ general, service_account: service }) =>
    general === true ? 'the general user' : service === true ? 'a service account' : undefined,
};

// biome-ignore format: the columns are the point
const agent: Kind = {
  target: 'agent',
  word: 'agent',
  table: 'desk_agents',
  besides: `t.administrator, t.for_applications,
    array(select r.role_id::text from desk_agent_roles r where r.agent_id = t.id) as roles`,
  from: 'desk_agents t',
  columns: [
    ...['name', 'first_name', 'surname', 'email', 'login', 'title', 'department', 'disabled', 'photo_sha256'],
    ...['custom_fields', 'extra'],
  ],
  dated: true,
  customFields: 'agent',
  fields: {
    name:              column('name', { indexed: true, needed: true }),
    firstName:         column('first_name'),
    surname:           column('surname'),
    email:             column('email', { indexed: true }),
    login:             column('login', { indexed: true }),
    title:             column('title'),
    department:        column('department'),
    phone:             member('sms'),
    distinguishedName: member('activedirectory_dn'),
    initials:          member('initials'),
    roleIds:           agentRoles,
    manager:           lineManager,
    photo,
  },
  apart: 't.for_applications',
  unique: ['email', 'login'],
  gone: 'disabled',
  nameOf: ({ name }) => String(name ?? ''),
  apartOf: ({ for_applications: only }) => (only === true ? 'an agent for applications' : undefined),
};

/** What a member has of its own goes before what the user or agent has who it is. */
function personal(name: 'name' | 'email' | 'login'): Kept {
  const own = column(name, { indexed: true });
  const theirs = column(`person_${name}`);
  return {
    ...own,
    read: (row) => (own.read(row).length > 0 ? own.read(row) : theirs.read(row)),
    find: {
      given: 'true',
      text: `coalesce(t.${name}, u.${name}, a.${name})`,
    },
  };
}

const cabMember: Kind = {
  target: 'cab-member',
  word: 'CAB member',
  table: 'desk_cab_members',
  besides: `coalesce(u.name, a.name) as person_name, coalesce(u.email, a.email) as person_email,
    coalesce(u.login, a.login) as person_login`,
  from: `desk_cab_members t left join desk_users u on u.id = t.user_id
    left join desk_agents a on a.id = t.agent_id`,
  columns: ['cab_id', 'user_id', 'name', 'email', 'login', 'inactive', 'extra'],
  dated: false,
  fields: {
    name: personal('name'),
    email: personal('email'),
    login: personal('login'),
    cabId: idColumn('cab_id', 'cab', { needed: true }),
    // A member is known by what agents are known by; a board shows none of it.
    firstName: member('first_name'),
    surname: member('surname'),
    title: member('title'),
    department: member('department'),
    phone: member('phone'),
    distinguishedName: member('distinguished_name'),
    initials: member('initials'),
    photo: member('photo'),
  },
  apart: 'false',
  unique: [],
  gone: 'inactive',
  nameOf: (row) => personal('name').read(row)[0] ?? '',
  apartOf: () => undefined,
};

export const kinds: Readonly<Record<SyncTarget, Kind>> = {
  user,
  agent,
  'cab-member': cabMember,
};
