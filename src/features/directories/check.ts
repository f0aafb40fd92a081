// Looks whether a sync's settings can be followed: names, filters and fields by themselves, ids with the desk.
import { refuse } from '#domain/problem.ts';
import { customField, findField } from '#domain/sync/fields.ts';
import { attributesOf } from '#domain/sync/rules.ts';
import { isSecretAttribute, secretsIn } from '#domain/sync/secret-attributes.ts';
import type { FieldMapping, Place, SyncSettings } from '#domain/sync/settings.ts';
import { nextTime, parseCron } from '#lib/cron.ts';
import { parseDn } from '#lib/dn.ts';
import { FilterFault, parseFilter } from '#lib/ldap-filter.ts';
import type { Tx } from '#store/db.ts';
import { missingInDesk } from './desk-facts.ts';
import type { DirectorySync } from './model.ts';

/** Refuses with everything that is wrong, so that nobody mends one by one. */
export async function checkSync(
  tx: Tx,
  sync: Pick<DirectorySync, 'settings' | 'clientId' | 'deskConnectionId'>,
  now: Date,
): Promise<void> {
  const { settings, clientId, deskConnectionId } = sync;
  const wrong = [
    ...ofItself(settings, now),
    ...(clientId === null ? [] : ofOneClient(settings)),
    // What a remote Halo has is its own to say, when it is written to.
    ...(deskConnectionId === null ? await missingInDesk(tx, settings, clientId) : []),
  ];
  if (wrong.length === 0) return;
  const shown = wrong.slice(0, 5).join('; ');
  const more = wrong.length > 5 ? `; and ${wrong.length - 5} more` : '';
  refuse('directory-sync.misfit', { reason: `${shown}${more}` });
}

function ofItself(settings: SyncSettings, now: Date): string[] {
  const { baseDn, places, fields, schedule } = settings;
  const ids = [...places, ...fields].map(({ id }) => id);
  const doubled = ids.find((id, at) => ids.indexOf(id) !== at);
  return [
    ...lines({ name: settings.name, baseDn }, 'of it'),
    ...(baseDn !== '' && !isDn(baseDn) ? [`"${baseDn}" is no distinguished name`] : []),
    ...(doubled === undefined ? [] : [`the id ${doubled} stands on two rows`]),
    ...places.flatMap(ofPlace),
    ...fields.flatMap(ofMapping),
    ...settings.userMatching.flatMap((name) => ofMatching(name, 'user')),
    ...settings.agentMatching.flatMap((name) => ofMatching(name, 'agent')),
    ...ofIdField(settings.idField),
    ...(schedule !== null && 'cron' in schedule ? ofCron(schedule.cron, now) : []),
  ];
}

function ofPlace(place: Place): string[] {
  const called = `the place "${place.name || place.dn}"`;
  return [
    ...lines({ name: place.name, dn: place.dn, filter: place.filter }, `of ${called}`),
    ...(isDn(place.dn) ? [] : [`${called} has no distinguished name: "${place.dn}"`]),
    ...filterFaults(place.filter).map((fault) => `the filter of ${called} has ${fault}`),
  ];
}

/** What is wrong with a filter; nothing where it is empty. */
export function filterFaults(filter: string): string[] {
  const text = filter.trim();
  if (text === '') return [];
  try {
    return [...secretsIn(parseFilter(text.startsWith('(') ? text : `(${text})`))];
  } catch (error) {
    if (!(error instanceof FilterFault)) throw error;
    return [error.message];
  }
}

/** A value with options (RFC 4512 §2.5) is read with those without, so that no mapping names them. */
const attribute = /^[A-Za-z][A-Za-z\d-]{0,200}$/;

function ofMapping({ from, to, target }: FieldMapping): string[] {
  const called = `the mapping of "${from}"`;
  return [
    ...lines({ from, to }, `of ${called}`),
    ...sourceFaults(from),
    ...ofField(to, target, called),
  ];
}

/** What is wrong with the attributes that a mapping reads. */
export function sourceFaults(from: string): string[] {
  const called = `the mapping of "${from}"`;
  const names = attributesOf(from);
  const options = names.find((name) => name.includes(';') && attribute.test(bare(name)));
  const secret = names.find(isSecretAttribute);
  if (secret !== undefined) return [`${called} reads a secret: ${secret} is never mapped`];
  if (options !== undefined) {
    return [`${called} has options: write ${bare(options)}, whose values are read whatever theirs`];
  }
  if (names.length > 0 && names.every((name) => attribute.test(name))) return [];
  return [`${called} names no attribute: write mail, or a text such as %givenName% %sn%`];
}

function bare(name: string): string {
  return name.split(';')[0] ?? '';
}

const byPlace = ['siteId', 'userRoleId', 'roleIds', 'cabId'];

function ofField(to: string, target: FieldMapping['target'], called: string): string[] {
  if (to.startsWith(customField)) return [];
  const whose = target === 'agent' ? 'agents' : 'users';
  const field = findField(to);
  const has = target === 'agent' ? field?.ofAgent : field?.ofUser;
  if (has == null) return [`${called} goes to "${to}", which ${whose} do not have`];
  return byPlace.includes(to)
    ? [`${called} goes to "${to}", which the place of a person decides`]
    : [];
}

function ofMatching(name: string, target: 'user' | 'agent'): string[] {
  const field = findField(name);
  const has = target === 'agent' ? field?.ofAgent : field?.ofUser;
  return field?.matches === true && has != null
    ? []
    : [`${target}s cannot be matched by "${name}"`];
}

function ofIdField(name: string): string[] {
  const takes = name === '' || name.startsWith(customField) || /^other[1-5]$/.test(name);
  return takes
    ? []
    : [`the immutable id cannot stand in "${name}"; choose other1 to other5 or a custom field`];
}

function ofCron(line: string, now: Date): string[] {
  const cron = parseCron(line);
  if (cron === undefined) return [`"${line}" is no cron line`];
  return nextTime(cron, 'UTC', now) === undefined ? [`"${line}" never comes`] : [];
}

/** A client's own sync fills that client's sites; agents and boards belong to the whole desk. */
function ofOneClient({ places }: SyncSettings): string[] {
  return places
    .filter(({ target }) => target !== 'user')
    .map(
      ({ name, dn }) =>
        `the place "${name || dn}" makes agents or CAB members, and a client's own sync makes users alone`,
    );
}

function lines(texts: Readonly<Record<string, string>>, whose: string): string[] {
  return Object.entries(texts)
    .filter(([, text]) => /\p{Cc}/u.test(text))
    .map(([name]) => `the ${name} ${whose} has control characters`);
}

function isDn(text: string): boolean {
  const rdns = parseDn(text);
  return rdns !== undefined && rdns.length > 0;
}
