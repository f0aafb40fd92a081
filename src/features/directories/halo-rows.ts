// The rows of an LDAPConnection as they were posted: LDAPName becomes mappings, LDAPString becomes places.
import { fieldOfHalo } from '#domain/sync/fields.ts';
import type { FieldMapping, Place } from '#domain/sync/settings.ts';
import { parseDn } from '#lib/dn.ts';
import type { HaloLdapConnection, LdapName, LdapString } from './halo-model.ts';
import { wordOf } from './halo-words.ts';
import type { DirectorySync, HaloKept } from './model.ts';

type Target = FieldMapping['target'];
type Unknown = HaloKept['unknownMappings'][number];

export type Mappings = {
  readonly fields: readonly FieldMapping[] | undefined;
  readonly unknown: readonly Unknown[] | undefined;
};

const lists = [
  ['user', 'mappings_user'],
  ['agent', 'mappings_agent'],
  ['new-user', 'mappings_new_user'],
] as const;

/** A list that is given is all there is from now on; one that is left out stays. */
export function mappingsFromHalo(
  given: HaloLdapConnection,
  before: DirectorySync | undefined,
): { readonly fields: FieldMapping[] | undefined; readonly unknown: Unknown[] | undefined } {
  if (lists.every(([, member]) => given[member] == null)) {
    return { fields: undefined, unknown: undefined };
  }
  const old = before?.settings.fields ?? [];
  const oldUnknown = before?.halo.unknownMappings ?? [];
  const fields: FieldMapping[] = [];
  const unknown: Unknown[] = [];
  for (const [target, member] of lists) {
    const rows = given[member];
    if (rows == null) {
      fields.push(...old.filter((one) => one.target === target));
      unknown.push(...oldUnknown.filter((one) => one.target === target));
      continue;
    }
    for (const row of rows) {
      const { from, word } = mappingOf(row, target, old, oldUnknown);
      const to = fieldOfHalo(target === 'new-user' ? 'user' : target, word);
      if (to === undefined) unknown.push({ id: row.id ?? 0, target, from, field: word });
      else fields.push({ id: row.id ?? 0, target, from, to });
    }
  }
  return { fields, unknown };
}

/** A row that is there keeps what is left out of it. */
function mappingOf(
  row: LdapName,
  target: Target,
  fields: readonly FieldMapping[],
  unknown: readonly Unknown[],
): { readonly from: string; readonly word: string } {
  const field = fields.find(({ id }) => id === row.id);
  const other = unknown.find(({ id }) => id === row.id);
  const word = field === undefined ? other?.field : wordOf(target, field.to);
  return {
    from: (row.ldap_field ?? field?.from ?? other?.from ?? '').trim(),
    word: (row.nhd_field ?? word ?? '').trim(),
  };
}

/** The same: two lists of which each stays as it is while it is left out. */
export function placesFromHalo(
  given: HaloLdapConnection,
  before: DirectorySync | undefined,
): unknown[] | undefined {
  const { ldap_strings: people, cab_ldap_strings: boards } = given;
  if (people == null && boards == null) return undefined;
  const old = before?.settings.places ?? [];
  const of = (board: boolean) => old.filter(({ target }) => (target === 'cab-member') === board);
  return [
    ...(people?.map((row) => placeOf(row, old, false)) ?? of(false)),
    ...(boards?.map((row) => placeOf(row, old, true)) ?? of(true)),
  ];
}

/** Which place each row of an answer is, by its position: as they were sent, else as they are shown. */
export function placesByList(
  { ldap_strings: people, cab_ldap_strings: boards }: HaloLdapConnection,
  places: readonly Place[],
): { readonly people: readonly Place[]; readonly boards: readonly Place[] } {
  if (people == null && boards == null) {
    return {
      people: places.filter(({ target }) => target !== 'cab-member'),
      boards: places.filter(({ target }) => target === 'cab-member'),
    };
  }
  const first = people?.length ?? places.length - (boards?.length ?? 0);
  return { people: places.slice(0, first), boards: places.slice(first) };
}

function placeOf(row: LdapString, old: readonly Place[], board: boolean): object {
  const before = old.find(({ id }) => id === row.id);
  const dn = dnOf(row) ?? before?.dn ?? '';
  const site = positive(row.site_id);
  return {
    ...before,
    id: row.id ?? 0,
    dn,
    name: nameOf(row.name, dn) ?? before?.name ?? nameOf('', dn) ?? '',
    target: targetOf(row, before, board),
    ...(row.mapping_type == null ? {} : { kind: row.mapping_type === 1 ? 'group' : 'container' }),
    ...(row.isrecursive == null ? {} : { recursive: row.isrecursive }),
    ...(row.filter === undefined ? {} : { filter: (row.filter ?? '').trim() }),
    ...(site === undefined ? {} : { siteId: site }),
    ...(positive(row.userrole_id) === undefined ? {} : { userRoleId: positive(row.userrole_id) }),
    ...(row.role_id === undefined
      ? {}
      : { roleIds: (row.role_id ?? '').split(/[\s,;]+/).filter((id) => id !== '') }),
    ...(positive(row.cab_id) === undefined ? {} : { cabId: positive(row.cab_id) }),
  };
}

function targetOf(row: LdapString, before: Place | undefined, board: boolean): Place['target'] {
  if (board || row.cabmapping === true) return 'cab-member';
  if (row.agentmapping == null && before !== undefined && before.target !== 'cab-member') {
    return before.target;
  }
  return row.agentmapping === true ? 'agent' : 'user';
}

/** Halo's path of a container is LDAP://server/DN; its DN is what is meant. */
function dnOf({ dn, ldapstring }: LdapString): string | undefined {
  const own = (dn ?? '').trim();
  if (own !== '') return own;
  const path = (ldapstring ?? '').trim().replace(/^ldaps?:\/\/([^/=]*\/)?/i, '');
  return path === '' ? undefined : path;
}

function nameOf(given: string | null | undefined, dn: string): string | undefined {
  if (given === undefined) return undefined;
  const own = (given ?? '').trim();
  return own === '' ? parseDn(dn)?.[0]?.[0]?.value : own;
}

/** Halo says none with 0 or less; null leaves it as it is. */
function positive(id: number | null | undefined): number | null | undefined {
  return id == null ? undefined : id > 0 ? id : null;
}
