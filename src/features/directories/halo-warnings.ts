// What a directory sync warns of: in Halo's words, with the members that decide nothing here, and in our own.
import type { HaloLdapConnection } from './halo-model.ts';
import type { DirectoryConnection, DirectorySync, HaloKept } from './model.ts';

/** As things stand, at every reading. */
export function warningsOf(sync: DirectorySync, connection: DirectoryConnection): string[] {
  const { halo, settings } = sync;
  const say = (holds: boolean, sentence: string) => (holds ? [sentence] : []);
  return [
    ...connection.warnings,
    ...say(!connection.hasSecret, 'It has no password yet: send new_password.'),
    ...say(settings.places.length === 0, 'It reads nobody yet: ldap_strings names no place.'),
    ...say(halo.unknownMappings.length > 0, unknownFields(halo)),
    ...say(
      halo.connectionType !== '',
      'connection_type is kept and decides nothing: the directory says itself what it is.',
    ),
    ...say(
      halo.external,
      'external is kept and decides nothing: the hub reaches every directory the same way.',
    ),
    ...say(
      halo.useAdAuthentication !== 0,
      'useadauthentication is kept and decides nothing: nobody signs in with the directory’s password; use single sign-on.',
    ),
    ...say(
      halo.batch !== 1,
      'halointegrator_batch is kept and decides nothing: the hub chooses how much it does at once.',
    ),
    ...say(
      halo.ipAddress !== '' || halo.allowedClientIds !== '',
      'halointegrator_ipaddress and halointegrator_allowedclientids are kept and decide nothing: the hub reads the directory itself, and no integrator signs in.',
    ),
  ];
}

/** The same where nobody speaks Halo's dialect: without members that it alone has, and what the settings show. */
export function ownWarningsOf({ halo }: DirectorySync, connection: DirectoryConnection) {
  const say = (holds: boolean, sentence: string) => (holds ? [sentence] : []);
  return [
    ...connection.warnings,
    ...say(!connection.hasSecret, 'Its connection has no password yet; enter one there.'),
    ...say(halo.unknownMappings.length > 0, unknownFields(halo)),
  ];
}

function unknownFields({ unknownMappings }: HaloKept): string {
  return unknownMappings.length === 1
    ? 'One of its mappings names a field that this desk has not; it is kept and does nothing.'
    : `${unknownMappings.length} of its mappings name fields that this desk has not; they are kept and do nothing.`;
}

/** Of one request: what was asked for and is not so. */
export function notesOn(given: HaloLdapConnection, template: number | null): string[] {
  const say = (holds: boolean, sentence: string) => (holds ? [sentence] : []);
  const rows = [given.mappings_user, given.mappings_agent, given.mappings_new_user].flatMap(
    (list) => list ?? [],
  );
  return [
    ...say(given.new_method === false, 'new_method stays true: there is one way of reading here.'),
    ...say(
      (given.integrator_type ?? 0) !== 0,
      'integrator_type stays 0: the hub is the integrator.',
    ),
    ...say(
      rows.some((row) => row.is_userticket === true),
      'is_userticket stays false: nothing of a directory is written to tickets.',
    ),
    ...say(
      given.new_user_type === 1 && template === null,
      'new_user_type stays 0: name the template (new_user_template).',
    ),
    ...say(
      given.new_user_type === 0 && template !== null,
      'new_user_type stays 1: there is a template (new_user_template; -1 for none).',
    ),
    ...say(
      given.pagesize != null && (given.pagesize < 1 || given.pagesize > 1_000),
      'pagesize was brought within 1 to 1000.',
    ),
  ];
}
