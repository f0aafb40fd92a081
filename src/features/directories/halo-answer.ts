// A directory sync in Halo's words: what an LDAPConnection answers.

import type { FieldMapping, Place } from '#domain/sync/settings.ts';
import { haloTimeOrNull } from '#http/halo/time.ts';
import { type DeskFacts, isSeen } from './desk-facts.ts';
import type { LdapConnectionAnswer, LdapNameAnswer, LdapStringAnswer } from './halo-model.ts';
import { authenticationOf, hostnameOf, portOf, usernameOf } from './halo-reach.ts';
import { wordOf } from './halo-words.ts';
import type { DirectoryConnection, DirectorySync } from './model.ts';

export type Around = {
  readonly connection: DirectoryConnection;
  readonly desk: DeskFacts;
  /** When the last user came, by place; read where details are asked for. */
  readonly newest: ReadonlyMap<number, Date>;
  /** Places that the last sync read. */
  readonly synced: ReadonlySet<number>;
  readonly mayChange: boolean;
  /** Whom alone the caller looks after: nothing of other clients is named. */
  readonly clientId: number | undefined;
  readonly warnings: readonly string[];
};

export function connectionToHalo(sync: DirectorySync, around: Around): LdapConnectionAnswer {
  const { settings, halo, active } = sync;
  const { connection, desk, synced, warnings } = around;
  const reach = connection.settings;
  const strings = (board: boolean) =>
    settings.places
      .filter(({ target }) => (target === 'cab-member') === board)
      .map((place) => placeToHalo(sync, place, around));
  const matching = (target: 'user' | 'agent', names: readonly string[]) =>
    names.map((name) => wordOf(target, name));
  const userWords = matching('user', settings.userMatching);
  const agentWords = matching('agent', settings.agentMatching);
  const template = settings.newUserTemplateId;
  const templateUser = template === null ? undefined : desk.templates.get(template);
  const showsTemplate =
    isSeen(sync.clientId, templateUser) && isSeen(around.clientId, templateUser);
  return {
    guid: sync.connectionId,
    intent: null,
    id: sync.id,
    name: connection.name,
    connection_type: halo.connectionType,
    hostname: hostnameOf(reach),
    domainname: halo.domainName,
    authentication_type: authenticationOf(reach),
    username: usernameOf(reach, halo),
    basedn: settings.baseDn,
    synccontacts: settings.contacts,
    external: halo.external,
    pagesize: settings.pageSize,
    port: portOf(reach),
    use_ssl: reach.security === 'ldaps',
    mappings_user: mappingsToHalo(sync, 'user'),
    mappings_agent: mappingsToHalo(sync, 'agent'),
    ldap_strings: strings(false),
    useadauthentication: halo.useAdAuthentication,
    _connection_success: null,
    _connection_message: null,
    _containers: null,
    cab_ldap_strings: strings(true),
    halointegratorenabled: active && settings.schedule !== null,
    halointegrator_lastsync: haloTimeOrNull(sync.lastSyncedAt),
    halointegrator_lasterror: sync.lastError ?? '',
    halointegrator_importtype: settings.reads === 'whole' ? 1 : 0,
    halointegrator_batch: halo.batch,
    halointegrator_ipaddress: halo.ipAddress,
    halointegrator_allowedclientidslist: idsOf(halo.allowedClientIds).map((id) => ({
      value: id,
      label: id,
    })),
    halointegrator_allowedclientids: halo.allowedClientIds,
    user_matching_fields: userWords.join(','),
    agent_matching_fields: agentWords.join(','),
    user_matching_list: userWords.map((word) => ({ value: word, label: word, isnew: false })),
    agent_matching_list: agentWords.map((word) => ({ value: word, label: word, isnew: false })),
    new_method: true,
    allow_access: around.mayChange,
    syncedstrings: settings.places.flatMap(({ id }) => (synced.has(id) ? [id] : [])),
    _warning: warnings.length === 0 ? null : warnings.join(' '),
    uactguidmappingfield: settings.idField === '' ? '' : wordOf('user', settings.idField),
    new_user_template: template ?? -1,
    new_user_type: template === null ? 0 : 1,
    mappings_new_user: mappingsToHalo(sync, 'new-user'),
    new_user_template_name: showsTemplate ? templateUser.name : null,
    integrator_type: 0,
  };
}

function mappingsToHalo(
  { id: connection, settings, halo }: DirectorySync,
  target: FieldMapping['target'],
): LdapNameAnswer[] {
  const row = (id: number, from: string, word: string): LdapNameAnswer => ({
    id,
    connection_id: connection,
    ldap_field: from,
    nhd_field: word,
    is_user: target !== 'agent',
    is_userticket: false,
    _warning: null,
  });
  const whose = target === 'agent' ? 'Agents' : 'Users';
  return [
    ...settings.fields
      .filter((one) => one.target === target)
      .map(({ id, from, to }) => row(id, from, wordOf(target, to))),
    ...halo.unknownMappings
      .filter((one) => one.target === target)
      .map(({ id, from, field }) => ({
        ...row(id, from, field),
        _warning: `${whose} of this desk have no field "${field}": the mapping is kept and does nothing.`,
      })),
  ];
}

function placeToHalo(
  sync: DirectorySync,
  place: Place,
  { desk, newest, synced, clientId }: Around,
): LdapStringAnswer {
  const found = place.siteId === null ? undefined : desk.sites.get(place.siteId);
  const site = isSeen(sync.clientId, found) && isSeen(clientId, found) ? found : undefined;
  return {
    id: place.id,
    connection_id: sync.id,
    name: place.name,
    dn: place.dn,
    ldapstring: `LDAP://${place.dn}`,
    site_id: place.siteId ?? 0,
    site_name: site?.name ?? null,
    client_id: site?.clientId ?? null,
    lastnewuserdate: haloTimeOrNull(newest.get(place.id)),
    filter: place.filter,
    agentmapping: place.target === 'agent',
    isrecursive: place.recursive,
    mapping_type: place.kind === 'group' ? 1 : 0,
    role_id: place.roleIds.join(','),
    users: null,
    cabmapping: place.target === 'cab-member',
    cab_id: place.cabId ?? -1,
    // Boards are nobody's who looks after one client.
    cab_name:
      place.cabId === null || clientId !== undefined
        ? null
        : (desk.boards.get(place.cabId) ?? null),
    lastsynced: synced.has(place.id) ? haloTimeOrNull(sync.lastSyncedAt) : null,
    userrole_id: place.userRoleId ?? 0,
    _warning: placeWarning(sync, place, desk),
  };
}

function placeWarning(
  { settings, clientId, deskConnectionId }: DirectorySync,
  place: Place,
  { sites, templates }: DeskFacts,
): string | null {
  if (place.target === 'user' && deskConnectionId === null) {
    if (place.siteId === null) {
      const template = templates.get(settings.newUserTemplateId ?? 0);
      // Who is at a site is of its client: a template without a client gives no site.
      return isSeen(clientId, template) && template.clientId !== null
        ? null
        : 'It has no site (site_id), nor has a template for new users: whoever is not in the desk yet is not made.';
    }
    if (!isSeen(clientId, sites.get(place.siteId))) {
      return `There is no site ${place.siteId} for this sync any more; choose another one (site_id).`;
    }
  }
  return place.target === 'cab-member' && place.cabId === null
    ? 'It has no board (cab_id): nobody becomes a member.'
    : null;
}

function idsOf(text: string): string[] {
  return text.split(',').filter((id) => id !== '');
}
