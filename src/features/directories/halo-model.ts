// Halo's models of a directory sync: LDAPConnection with LDAPName, LDAPString and LDAPUser.
import { z } from 'zod';
import { answered, coded, halo, warning, writeOnly } from '#http/halo/members.ts';
import { haloModel } from '#http/halo/model.ts';
import { KeyPair, KeyPair2, KeyPair3 } from '#http/halo/pairs.ts';

const text = halo.text.nullable();
const flag = halo.bool.nullable();
const int = halo.int.nullable();
const time = halo.time.nullable();

export const rowsMax = 1_000;

const LdapName = haloModel('LDAPName', {
  id: int.describe('Kept while the row is sent with it; without one the row is new'),
  connection_id: answered(int),
  ldap_field: text.describe('An attribute, or a text of several: %givenName% %sn%'),
  nhd_field: text.describe('Halo’s word for a field of the user or agent; CF… for a custom field'),
  is_user: answered(flag),
  is_userticket: flag.describe('Nothing of a directory is written to tickets'),
  _warning: warning,
});
export type LdapName = z.output<typeof LdapName>;

const LdapUser = haloModel('LDAPUser', {
  name: text,
  distinguishedname: text,
  userAccountControl: text,
  objectguid: text,
  manager: text,
  memberOf: text,
  attributes: z.array(KeyPair).nullable(),
  uactguidMapping: text.describe('What uactguidmappingfield would hold'),
});

export const LdapString = haloModel('LDAPString', {
  id: halo.int.describe('Kept while the row is sent with it; without one above 0 the row is new'),
  connection_id: answered(int),
  name: text,
  dn: text.describe('The container, or the group'),
  ldapstring: text.describe('LDAP:// and the DN; counts where dn is left out'),
  site_id: int.describe('Where its users belong; 0 is none'),
  site_name: answered(text),
  client_id: answered(int),
  lastnewuserdate: answered(time, 'Read with includedetails=true'),
  filter: text.describe('RFC 4515; everybody who is a person when it is empty'),
  agentmapping: flag,
  isrecursive: flag,
  mapping_type: coded('LdapMappingType').nullable(),
  role_id: text.describe('Roles of agents, by GUID or number, with commas between them'),
  users: answered(z.array(LdapUser).nullable(), 'Of _get_users'),
  cabmapping: flag,
  cab_id: int,
  cab_name: answered(text),
  lastsynced: answered(time),
  userrole_id: int.describe('The role of users; 0 is none'),
  _warning: warning,
});
export type LdapString = z.output<typeof LdapString>;

const names = z.array(LdapName).max(rowsMax).nullable();
const strings = z.array(LdapString).max(rowsMax).nullable();

export const HaloLdapConnection = haloModel('LDAPConnection', {
  guid: halo.uuid
    .nullable()
    .describe('Of the connection; on a new one it may name one that is there'),
  intent: text.describe('Of one request alone: read, and kept nowhere'),
  id: int,
  name: text,
  connection_type: text,
  hostname: text.describe('Several with commas between them: the next is asked when one is silent'),
  domainname: text.describe('Makes a plain username one of the domain'),
  authentication_type: text.describe('Basic, Certificate, or Plain: without encryption'),
  username: text.describe('A DN, a user principal name, DOMAIN\\name, or a name in domainname'),
  integrator_password: writeOnly(text, 'The same password, as an integrator knows it'),
  basedn: text,
  synccontacts: flag,
  external: flag,
  pagesize: int,
  port: text.describe('Empty: 636 with use_ssl, else 389'),
  use_ssl: flag.describe('false: StartTLS on the usual port'),
  mappings_user: names,
  mappings_agent: names,
  ldap_strings: strings,
  useadauthentication: coded('LdapAuthentication').nullable(),
  _is_test: writeOnly(flag, 'Tries the connection as it was sent; nothing is saved'),
  _connection_success: answered(flag),
  _connection_message: answered(text),
  _get_mappings: writeOnly(flag, 'Lists containers and groups; nothing is saved'),
  _containers: answered(z.array(LdapString).nullable()),
  _containerfilter: writeOnly(text, 'A part of the name, or a DN to look below'),
  _get_users: writeOnly(flag, 'Shows some of the people of each place; nothing is saved'),
  _userfilter: writeOnly(text, 'A filter (RFC 4515), or a part of the name'),
  _new_only: writeOnly(flag, 'Only those whom this sync does not know'),
  cab_ldap_strings: strings,
  halointegratorenabled: flag,
  halointegrator_lastsync: answered(time),
  halointegrator_lasterror: answered(text),
  halointegrator_importtype: coded('LdapImportType').nullable(),
  halointegrator_batch: int,
  halointegrator_ipaddress: text,
  halointegrator_allowedclientidslist: z.array(KeyPair3).max(rowsMax).nullable(),
  halointegrator_allowedclientids: text,
  user_matching_fields: text.describe('Halo’s words for fields of users, the surest first'),
  agent_matching_fields: text.describe('Halo’s words for fields of agents, the surest first'),
  user_matching_list: z.array(KeyPair2).max(20).nullable(),
  agent_matching_list: z.array(KeyPair2).max(20).nullable(),
  new_password: writeOnly(text, 'Left out, null or empty it stays as it is.'),
  new_method: flag,
  allow_access: answered(flag, 'Whether you may change it'),
  syncedstrings: answered(z.array(z.int().meta({ format: 'int32' })).nullable()),
  _warning: warning,
  uactguidmappingfield: text.describe('The field of a user that holds the immutable id'),
  new_user_template: int.describe('A user whose fields new ones start with; -1 is none'),
  new_user_type: coded('LdapNewUserType').nullable(),
  mappings_new_user: names,
  new_user_template_name: answered(text),
  integrator_type: coded('LdapIntegratorType').nullable(),
});
export type HaloLdapConnection = z.output<typeof HaloLdapConnection>;
/** As it is answered. */
export type LdapConnectionAnswer = z.input<typeof HaloLdapConnection>;
export type LdapStringAnswer = z.input<typeof LdapString>;
export type LdapNameAnswer = z.input<typeof LdapName>;
export type LdapUserAnswer = z.input<typeof LdapUser>;
