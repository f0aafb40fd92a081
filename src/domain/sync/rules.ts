// What a sync is told, made ready once for a whole reading: what to ask of the directory and of the desk.
import { createHash, hash } from 'node:crypto';
import type { Attributes } from '#domain/account.ts';
import { canonical } from '#domain/canonical.ts';
import type { ScanQuery } from '#domain/ports/directory-scan.ts';
import { customField, deskFields } from './fields.ts';
import { peopleFilter } from './people-filter.ts';
import {
  type FieldMapping,
  ownDeskId,
  type Place,
  type Sync,
  type SyncSettings,
  type SyncTarget,
} from './settings.ts';

/** A text, and attributes by the names they are asked by. */
export type Piece = { readonly text: string } | { readonly attribute: string };
export type Mapping = { readonly to: string; readonly pieces: readonly Piece[] };

export type Rules = {
  readonly target: SyncTarget;
  readonly syncId: number;
  /** Through which its changes are made, and how people call that desk. */
  readonly connectionId: string;
  readonly system: string;
  /** A remote Halo, whose API takes no photos and has no boards. */
  readonly isRemote: boolean;
  readonly places: readonly Place[];
  readonly placeById: ReadonlyMap<number, Place>;
  readonly mappings: readonly Mapping[];
  /** Of those who are created alone. */
  readonly whenCreated: readonly Mapping[];
  /** What a new user starts with: the fields of another. */
  readonly template: Attributes;
  readonly matching: readonly string[];
  readonly idField: string;
  readonly leavers: Sync['settings']['leavers'];
  /** Which attribute names the manager; undefined where nobody is followed. */
  readonly managers: Mapping | undefined;
  /** Who Sundog signs in as. */
  readonly serviceAccount: string;
  /** Of the directory. */
  readonly attributes: readonly string[];
  /** Of the desk. */
  readonly fields: readonly string[];
};

/** Attributes that name a person when what is mapped does not. */
export const nameAttributes = ['displayName', 'cn'] as const;

export type RulesFacts = {
  readonly system: string;
  readonly serviceAccount: string;
  readonly template?: Attributes;
};

export function rulesOf(sync: Sync, target: SyncTarget, facts: RulesFacts): Rules {
  const { settings } = sync;
  const places = settings.places.filter((place) => place.target === target);
  const spelling = new Map<string, string>();
  const mapped = (which: FieldMapping['target']) =>
    settings.fields
      .filter((mapping) => mapping.target === which)
      .filter(({ to }) => isOf(target, to))
      .map(({ to, from }) => ({ to, pieces: piecesOf(from, spelling) }));
  // A member of a board is known by what agents are known by.
  const mappings = mapped(target === 'user' ? 'user' : 'agent');
  const own = target === 'user' ? mapped('new-user') : [];
  const whenCreated = own.filter(({ to }) => !mappings.some((mapping) => mapping.to === to));
  for (const name of nameAttributes) spell(spelling, name);
  if (!facts.serviceAccount.includes('=')) {
    for (const name of ['userPrincipalName', 'sAMAccountName']) spell(spelling, name);
  }
  const isRemote = sync.deskConnectionId !== null;
  const idField = target === 'user' ? settings.idField : '';
  return {
    target,
    syncId: sync.id,
    connectionId: sync.deskConnectionId ?? ownDeskId,
    system: facts.system,
    isRemote,
    places,
    placeById: new Map(places.map((place) => [place.id, place])),
    mappings: mappings.filter(({ to }) => to !== 'manager'),
    whenCreated,
    template: target === 'user' ? (facts.template ?? {}) : {},
    matching: [...new Set(target === 'user' ? settings.userMatching : settings.agentMatching)],
    idField,
    leavers: settings.leavers,
    managers: target === 'cab-member' ? undefined : mappings.find(({ to }) => to === 'manager'),
    serviceAccount: facts.serviceAccount,
    attributes: [...spelling.values()],
    fields: [
      ...new Set([
        ...mappings.map(({ to }) => to).filter((to) => !(isRemote && to === 'photo')),
        ...placeFields[target].filter((field) => places.some((place) => isGiven(place, field))),
        ...['name', 'email'],
        ...(idField === '' ? [] : [idField]),
      ]),
    ],
  };
}

const personal: ReadonlySet<string> = new Set([
  ...['name', 'firstName', 'surname', 'phone', 'mobile', 'homePhone', 'distinguishedName'],
  ...['email2', 'initials', 'fax', 'manager', 'photo'],
]);

/** What a template for new users gives: nothing that makes them who they are. */
export const templateFields: readonly string[] = deskFields
  .filter(({ ofUser, key, name }) => ofUser !== null && key !== true && !personal.has(name))
  .map(({ name }) => name);

export type PlaceField = 'siteId' | 'userRoleId' | 'roleIds' | 'cabId';

/** What the entry's place in the directory decides. */
export const placeFields: Readonly<Record<SyncTarget, readonly PlaceField[]>> = {
  user: ['siteId', 'userRoleId'],
  agent: ['roleIds'],
  'cab-member': ['cabId'],
};

function isGiven(place: Place, field: PlaceField): boolean {
  return field === 'roleIds' ? place.roleIds.length > 0 : place[field] !== null;
}

/**
 * What decides which people a sync has and what they look like: while it is the same, so is everybody whose entry
 * is. Names, schedules, limits and approvals are not part of it.
 */
export function settingsDigest({ settings, deskConnectionId, connectionId }: Sync): string {
  const { baseDn, places, fields, userMatching, agentMatching, idField, leavers } = settings;
  const { newUserTemplateId, contacts } = settings;
  const decides = {
    baseDn,
    places,
    fields,
    userMatching,
    agentMatching,
    idField,
    leavers,
    contacts,
  };
  return hash(
    'sha256',
    canonical({ ...decides, newUserTemplateId, deskConnectionId, connectionId, how: planning }),
  );
}

/** Raised when the same settings would make other people of the same entries. */
const planning = 1;

/** How the directory is asked: where another question may hide people. */
export function askedDigest({ settings, connectionId }: Sync): string {
  const places = settings.places.map(({ target, kind, dn, recursive, filter }) => ({
    ...{ target, kind, dn, recursive, filter },
  }));
  return hash(
    'sha256',
    canonical({ baseDn: settings.baseDn, contacts: settings.contacts, places, connectionId }),
  );
}

/** An entry's digest is kept under its place and the settings: where one of the three differs, all do. */
export function maskOf(settings: string, placeId: number): Buffer {
  return createHash('sha256').update(`${settings} ${placeId}`).digest().subarray(0, 16);
}

export function masked(digest: Buffer, mask: Buffer): Buffer {
  const mixed = Buffer.allocUnsafe(16);
  for (let at = 0; at < 16; at += 1) mixed[at] = (digest[at] ?? 0) ^ (mask[at] ?? 0);
  return mixed;
}

/** What a place asks of the directory. */
export function queryOf(
  settings: Pick<SyncSettings, 'contacts' | 'baseDn'>,
  { attributes }: Pick<Rules, 'attributes'>,
  place: Place,
): ScanQuery {
  const filter = peopleFilter(settings, place);
  return place.kind === 'container'
    ? { base: place.dn, scope: place.recursive ? 'sub' : 'one', filter, attributes }
    : {
        ...{ base: settings.baseDn, scope: 'sub', filter, attributes },
        memberOf: { dn: place.dn, nested: place.recursive },
      };
}

function isOf(target: SyncTarget, to: string): boolean {
  // A member of a board has little of its own: the rest is the user's or agent's who it is.
  if (target === 'cab-member') return ['name', 'email', 'login'].includes(to);
  if (to.startsWith(customField)) return true;
  const field = deskFields.find(({ name }) => name === to);
  if (field === undefined || placeFields[target].some((name) => name === to)) return false;
  return (target === 'user' ? field.ofUser : field.ofAgent) !== null;
}

/** The attributes of the directory that a mapping reads. */
export function attributesOf(from: string): readonly string[] {
  return piecesOf(from, new Map()).flatMap((piece) =>
    'attribute' in piece ? [piece.attribute] : [],
  );
}

/** `%givenName% %sn%`, or the name of one attribute. */
function piecesOf(from: string, spelling: Map<string, string>): Piece[] {
  if (!from.includes('%')) return [{ attribute: spell(spelling, from.trim()) }];
  return from
    .split(/(%[A-Za-z][\w;.-]*%)/)
    .filter((piece) => piece !== '')
    .map((piece) =>
      /^%.+%$/.test(piece)
        ? { attribute: spell(spelling, piece.slice(1, -1)) }
        : { text: piece.replaceAll('%%', '%') },
    );
}

/** Attributes are named in any letter case; each is asked for once. */
function spell(spelling: Map<string, string>, name: string): string {
  const known = spelling.get(name.toLowerCase());
  if (known !== undefined) return known;
  // The name of the entry itself is no attribute everywhere.
  if (!['dn', 'distinguishedname'].includes(name.toLowerCase())) {
    spelling.set(name.toLowerCase(), name);
  }
  return name;
}
