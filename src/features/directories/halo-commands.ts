// What an LDAPConnection can be told to do besides being saved: be tested, be browsed, show some of its people.
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import type { DirectoryEntry } from '#domain/ports/directory-scan.ts';
import { refuse } from '#domain/problem.ts';
import type { Place, SyncSettings } from '#domain/sync/settings.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { filterFaults, sourceFaults } from './check.ts';
import type { SettingsPorts } from './commands.ts';
import type { Candidate } from './connection-port.ts';
import type { HaloLdapConnection, LdapConnectionAnswer, LdapUserAnswer } from './halo-model.ts';
import { reachFromHalo } from './halo-reach.ts';
import { settingsFromHalo } from './halo-read.ts';
import { placesByList } from './halo-rows.ts';
import { changedOf, connectionOf, passwordOf } from './halo-save.ts';
import { shown } from './halo-shown.ts';
import { listTree, lookLimits, previewPlace, tryDirectory } from './look.ts';
import { type DirectorySync, parseSettings } from './model.ts';
import { getOwnSync } from './queries.ts';
import { checkLook } from './whose-connections.ts';

const commandsMax = 5;
const commandMs = 60_000;

export function isCommand(given: HaloLdapConnection): boolean {
  return given._is_test === true || given._get_mappings === true || given._get_users === true;
}

/** A request saves or looks: what a command finds wrong is told while nothing of the request is saved. */
export function checkCommands(all: readonly HaloLdapConnection[]): void {
  const commands = all.filter(isCommand).length;
  if (commands > commandsMax) refuse('directory-sync.commands', { most: commandsMax });
  if (commands > 0 && commands < all.length) refuse('directory-sync.mixed');
}

/** Nothing is saved: what was sent lies over what is stored, and is tried as it then is. */
export async function runCommands(
  ports: SettingsPorts,
  actor: Actor,
  given: HaloLdapConnection,
  signal: AbortSignal,
): Promise<LdapConnectionAnswer> {
  refuseImpersonated(actor);
  const prepared = await candidateOf(ports, actor, given);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(commandMs)]);
  const test = given._is_test === true ? await tested(ports, prepared, limited) : {};
  const looked = await lookedAt(ports, prepared, given, limited);
  const failed = 'failed' in looked ? looked.failed : undefined;
  const told =
    test._connection_success === undefined && failed !== undefined
      ? { _connection_success: false, _connection_message: failed }
      : test;
  await audit(ports.db, [entryOf(actor, prepared.answer, told)]);
  return { ...prepared.answer, ...told, ...('answer' in looked ? looked.answer : {}) };
}

type Looked = { readonly answer: LdapConnectionAnswer } | { readonly failed: string };

/** What the directory refuses is told in the answer, as of a test. */
async function lookedAt(
  ports: SettingsPorts,
  prepared: Prepared,
  given: HaloLdapConnection,
  signal: AbortSignal,
): Promise<Looked> {
  try {
    const tree =
      given._get_mappings === true ? await browsed(ports, prepared, given, signal) : undefined;
    const people =
      given._get_users === true ? await previewed(ports, prepared, given, signal) : undefined;
    const cut = [
      ...(tree?.cut ?? []),
      ...[...(people?.values() ?? [])].map((one) => one.cut),
    ].filter((sentence) => sentence !== null);
    const warnings = [prepared.answer._warning, ...cut].filter((sentence) => sentence != null);
    const withUsers = (rows: LdapConnectionAnswer['ldap_strings'], places: readonly Place[]) =>
      rows?.map((row, at) => ({ ...row, users: people?.get(places[at]?.id ?? 0)?.users ?? null }));
    const lists = placesByList(given, prepared.settings.places);
    return {
      answer: {
        ...(tree === undefined ? {} : { _containers: tree.rows }),
        ...(people === undefined
          ? {}
          : {
              ldap_strings: withUsers(prepared.answer.ldap_strings, lists.people),
              cab_ldap_strings: withUsers(prepared.answer.cab_ldap_strings, lists.boards),
            }),
        ...(warnings.length === 0 ? {} : { _warning: warnings.join(' ') }),
      },
    };
  } catch (error) {
    if (!(error instanceof DirectoryRefusal)) throw error;
    return { failed: error.message };
  }
}

/** Whoever has a host tried is told of: with whatever was sent, the hub knocked there. */
function entryOf(
  actor: Actor,
  { id, name, hostname }: LdapConnectionAnswer,
  { _connection_success: ok = true, _connection_message: because }: Tested,
): AuditEntry {
  return {
    actor,
    action: 'directory-sync.tried',
    subject: { kind: 'directory sync', id: String(id ?? 0), name: name ?? hostname ?? '' },
    outcome: ok ? 'done' : 'failed',
    after: hostname ?? null,
    ...(because === undefined ? {} : { because }),
  };
}

type Tested = { readonly _connection_success?: boolean; readonly _connection_message?: string };

async function tested(
  ports: SettingsPorts,
  { candidate, settings }: Prepared,
  signal: AbortSignal,
): Promise<Tested> {
  const result = await tryDirectory(ports.connections, candidate, settings, signal);
  return {
    _connection_success: result.ok,
    _connection_message: result.ok ? result.sentence : `${result.stage}: ${result.sentence}`,
  };
}

/** Containers and groups, as rows that may be sent back among ldap_strings. */
async function browsed(
  ports: SettingsPorts,
  { candidate, settings }: Prepared,
  given: HaloLdapConnection,
  signal: AbortSignal,
) {
  await using directory = await ports.connections.browse(candidate);
  const asked = { text: (given._containerfilter ?? '').trim(), baseDn: settings.baseDn };
  const { containers, groups, cut } = await listTree(directory, asked, signal);
  const row = (type: number) => (one: { readonly name: string; readonly dn: string }) => ({
    ...{ id: 0, name: one.name, dn: one.dn, ldapstring: `LDAP://${one.dn}` },
    ...{ mapping_type: type, isrecursive: true },
  });
  return { rows: [...containers.map(row(0)), ...groups.map(row(1))], cut };
}

/** Some of the people of each place, by its id. */
async function previewed(
  ports: SettingsPorts,
  { candidate, settings, syncId }: Prepared,
  given: HaloLdapConnection,
  signal: AbortSignal,
) {
  await using directory = await ports.connections.browse(candidate);
  const mapped = settings.fields.map(({ from }) => from).filter((from) => !from.includes('%'));
  const wanted = [...mapped, 'userAccountControl', 'manager', 'memberOf', 'cn'];
  const asked = {
    text: given._userfilter ?? '',
    attributes: [...new Set(wanted)],
    ...(given._new_only === true ? { isKnown: knownOf(ports, syncId) } : {}),
  };
  const found = new Map<
    number,
    { readonly users: LdapUserAnswer[]; readonly cut: string | null }
  >();
  for (const place of settings.places.slice(0, lookLimits.places)) {
    const { people, cut } = await previewPlace(directory, settings, place, asked, signal);
    found.set(place.id, {
      users: people.map((entry) => userOf(entry, mapped, settings)),
      cut,
    });
  }
  return found;
}

function userOf(entry: DirectoryEntry, mapped: readonly string[], settings: SyncSettings) {
  const first = (name: string) => entry.attributes[name]?.[0] ?? null;
  return {
    name: first('cn') ?? entry.dn,
    distinguishedname: entry.dn,
    userAccountControl: first('userAccountControl') ?? (entry.enabled ? '512' : '514'),
    objectguid: entry.id,
    manager: first('manager'),
    memberOf: entry.attributes.memberOf?.join('; ') ?? null,
    attributes: mapped.flatMap((name) =>
      (entry.attributes[name] ?? []).map((value) => ({ id: name, name: value.slice(0, 500) })),
    ),
    uactguidMapping: settings.idField === '' ? null : entry.id,
  };
}

function knownOf({ db }: SettingsPorts, syncId: number | undefined) {
  return async (ids: readonly string[]): Promise<ReadonlySet<string>> => {
    if (syncId === undefined || ids.length === 0) return new Set();
    const rows = await db
      .selectFrom('sync_people')
      .select('entry_id')
      .where('sync_id', '=', syncId)
      .where('entry_id', 'in', [...ids])
      .where('state', '=', 'linked')
      .execute();
    return new Set(rows.map((row) => row.entry_id));
  };
}

type Prepared = {
  readonly candidate: Candidate;
  readonly settings: SyncSettings;
  readonly syncId: number | undefined;
  readonly answer: LdapConnectionAnswer;
};

async function candidateOf(
  ports: SettingsPorts,
  actor: Actor,
  given: HaloLdapConnection,
): Promise<Prepared> {
  const { id, guid, ...told } = given;
  const secret = passwordOf(given);
  if (id != null && id > 0) {
    const sync = await getOwnSync(ports.db, actor, id);
    await checkLook(ports.db, actor, sync);
    const stored = await connectionOf(ports.db, ports, actor, sync);
    const [answer] = await shown(ports.db, ports, actor, [sync]);
    const candidate = { stored, settings: changedOf(given, stored, sync), secret };
    const settings = laidOver(given, sync);
    return { candidate, settings, syncId: sync.id, answer: { ...answer, ...echoed(told) } };
  }
  if ((given.hostname ?? '').trim() === '') {
    refuse('record.incomplete', { kind: 'directory connection', member: 'hostname' });
  }
  const candidate = { stored: undefined, settings: reachFromHalo(given, undefined), secret };
  return {
    candidate,
    settings: laidOver(given, undefined),
    syncId: undefined,
    answer: echoed(told),
  };
}

/** The settings as they would be: rows that are not saved yet get numbers below all others. */
function laidOver(given: HaloLdapConnection, before: DirectorySync | undefined): SyncSettings {
  const { settings } = settingsFromHalo(given, before);
  let next = 0;
  const numbered = (rows: unknown) =>
    Array.isArray(rows)
      ? rows.map((row: object) => {
          next += 1;
          return { ...row, id: next };
        })
      : undefined;
  const { places, fields, ...rest } = settings;
  const all = {
    ...(before?.settings ?? { name: 'A directory' }),
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    ...(places === undefined ? {} : { places: numbered(places) }),
    ...(fields === undefined ? {} : { fields: numbered(fields) }),
  };
  const parsed = parseSettings(all);
  const own = (given._userfilter ?? '').trim();
  const filters = [
    ...parsed.places.map(({ filter }) => filter),
    ...(own.startsWith('(') ? [own] : []),
  ];
  const wrong = [
    ...filters.flatMap(filterFaults).map((fault) => `a filter has ${fault}`),
    ...parsed.fields.flatMap(({ from }) => sourceFaults(from)),
  ];
  if (wrong[0] !== undefined) refuse('directory-sync.misfit', { reason: wrong[0] });
  return parsed;
}

/** What was sent, without commands and secrets. */
function echoed(given: Omit<HaloLdapConnection, 'id' | 'guid'>): LdapConnectionAnswer {
  const {
    new_password: _password,
    integrator_password: _other,
    _is_test,
    _get_mappings,
    _get_users,
    _containerfilter,
    _userfilter,
    _new_only,
    _warning,
    ...rest
  } = given;
  return rest;
}
