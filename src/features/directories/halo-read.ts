// Reads an LDAPConnection as it was posted: which of our settings it changes, and what must be said about it.
import { refuse } from '#domain/problem.ts';
import { fieldOfHalo } from '#domain/sync/fields.ts';
import type { GivenSettings } from './commands.ts';
import { defaultMappings } from './default-mappings.ts';
import type { HaloLdapConnection } from './halo-model.ts';
import { mappingsFromHalo, placesFromHalo } from './halo-rows.ts';
import { wordOf } from './halo-words.ts';
import type { DirectorySync, HaloKept } from './model.ts';

type Given = HaloLdapConnection;

export type ReadConnection = {
  readonly settings: GivenSettings;
  readonly halo: { readonly [K in keyof HaloKept]?: unknown };
  readonly active: boolean | undefined;
};

/** An hour, where the schedule is switched on that nobody set. */
const usualSchedule = { everyMinutes: 60 };

/**
 * What is left out stays; so does a number or a yes that is null, as programs of Halo's world send back what
 * they do not know. A text that is empty or null is none.
 */
export function settingsFromHalo(given: Given, before: DirectorySync | undefined): ReadConnection {
  const { fields, unknown } = mappingsFromHalo(given, before);
  const enabled = given.halointegratorenabled ?? undefined;
  const schedule = enabled === true && !before?.settings.schedule ? usualSchedule : undefined;
  // Without a schedule there is nothing to switch off.
  const active = enabled === false && !before?.settings.schedule ? undefined : enabled;
  const settings = {
    name: given.name?.trim(),
    baseDn: given.basedn === undefined ? undefined : (given.basedn ?? '').trim(),
    pageSize: given.pagesize == null ? undefined : pageSizeOf(given.pagesize),
    contacts: given.synccontacts ?? undefined,
    places: placesFromHalo(given, before),
    fields: fields ?? (before === undefined ? usualFields() : undefined),
    ...matchingFromHalo(given, before),
    idField: idFieldOf(given.uactguidmappingfield),
    newUserTemplateId: templateOf(given),
    reads: readsOf(given.halointegrator_importtype),
    schedule,
  };
  return {
    settings: defined(settings),
    halo: keptFromHalo(given, before, unknown),
    active,
  };
}

function usualFields() {
  return [...defaultMappings('user'), ...defaultMappings('agent')];
}

/** Halo has 500 by default, and takes any number; a directory gives at most 1,000 at once. */
function pageSizeOf(asked: number): number {
  return Math.min(Math.max(asked, 1), 1_000);
}

function readsOf(type: number | null | undefined): 'whole' | 'changes' | undefined {
  return type == null ? undefined : type === 1 ? 'whole' : 'changes';
}

function templateOf({ new_user_template: id }: Given): number | null | undefined {
  return id == null ? undefined : id > 0 ? id : null;
}

function idFieldOf(word: string | null | undefined): string | undefined {
  if (word === undefined) return undefined;
  const text = (word ?? '').trim();
  if (text === '') return '';
  return fieldOfHalo('user', text) ?? unknownWord('uactguidmappingfield', text);
}

function unknownWord(member: string, word: string): never {
  refuse('directory-sync.misfit', {
    reason: `${member} names "${word.slice(0, 100)}", which is no such field of the desk`,
  });
}

function matchingFromHalo(given: Given, before: DirectorySync | undefined): GivenSettings {
  const of = (target: 'user' | 'agent') => {
    const known = before?.settings[target === 'user' ? 'userMatching' : 'agentMatching'] ?? [];
    const member = `${target}_matching_fields`;
    const [text, list] =
      target === 'user'
        ? [given.user_matching_fields, given.user_matching_list]
        : [given.agent_matching_fields, given.agent_matching_list];
    const said = twins(member, {
      text: text === undefined ? undefined : split(text ?? ''),
      list: list?.map(({ value }) => (value ?? '').trim()) ?? (list === null ? [] : undefined),
      before: known.map((name) => wordOf(target, name)),
    });
    return said?.map((word) => fieldOfHalo(target, word) ?? unknownWord(member, word));
  };
  return { userMatching: of('user'), agentMatching: of('agent') };
}

type Twins = {
  readonly text: readonly string[] | undefined;
  readonly list: readonly string[] | undefined;
  readonly before: readonly string[];
};

/** Two spellings of one thing: where both come, as in an answer sent back, the one that was changed counts. */
function twins(member: string, { text, list, before }: Twins): readonly string[] | undefined {
  if (text === undefined || list === undefined) return text ?? list;
  const same = (one: readonly string[], other: readonly string[]) =>
    one.join('\0').toLowerCase() === other.join('\0').toLowerCase();
  if (same(text, list) || same(list, before)) return text;
  if (same(text, before)) return list;
  const twin = member.replace(/(fields|ids)$/, (end) => (end === 'ids' ? 'idslist' : 'list'));
  refuse('request.invalid', { reason: `${member} and ${twin} differ` });
}

function split(text: string): string[] {
  return text.split(/[\s,;]+/).filter((word) => word !== '');
}

function keptFromHalo(
  given: Given,
  before: DirectorySync | undefined,
  unknown: HaloKept['unknownMappings'] | undefined,
): ReadConnection['halo'] {
  const list = given.halointegrator_allowedclientidslist;
  const ids = twins('halointegrator_allowedclientids', {
    text: textFrom(given.halointegrator_allowedclientids, split),
    list: list?.map(({ value }) => (value ?? '').trim()) ?? (list === null ? [] : undefined),
    before: split(before?.halo.allowedClientIds ?? ''),
  });
  return defined({
    connectionType: plain(given.connection_type),
    domainName: plain(given.domainname),
    username: given.username == null ? undefined : given.username.trim(),
    useAdAuthentication: given.useadauthentication ?? undefined,
    external: given.external ?? undefined,
    batch: given.halointegrator_batch ?? undefined,
    ipAddress: plain(given.halointegrator_ipaddress),
    allowedClientIds: ids?.join(','),
    unknownMappings: unknown,
  });
}

function plain(text: string | null | undefined): string | undefined {
  return textFrom(text, (said) => said.trim());
}

function textFrom<T>(text: string | null | undefined, read: (text: string) => T): T | undefined {
  return text === undefined ? undefined : read(text ?? '');
}

function defined<T extends object>(part: T): T;
function defined(part: object): object {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined));
}
