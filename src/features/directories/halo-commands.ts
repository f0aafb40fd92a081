// What an LDAPConnection can be told to do besides being saved: be tested, be browsed, show some of its people.
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import type { SettingsPorts } from './commands.ts';
import type { Candidate } from './connection-port.ts';
import type { HaloLdapConnection, LdapConnectionAnswer } from './halo-model.ts';
import { reachFromHalo } from './halo-reach.ts';
import { changedOf, connectionOf, passwordOf } from './halo-save.ts';
import { shown } from './halo-shown.ts';
import { getOwnSync } from './queries.ts';
import { tryConnection } from './try-connection.ts';

const commandsMax = 5;
const commandMs = 60_000;

export function isCommand(given: HaloLdapConnection): boolean {
  return given._is_test === true || given._get_mappings === true || given._get_users === true;
}

export function checkCommands(all: readonly HaloLdapConnection[]): void {
  if (all.filter(isCommand).length > commandsMax) {
    refuse('directory-sync.commands', { most: commandsMax });
  }
}

/** Nothing is saved: what was sent lies over what is stored, and is tried as it then is. */
export async function runCommands(
  ports: SettingsPorts,
  actor: Actor,
  given: HaloLdapConnection,
  signal: AbortSignal,
): Promise<LdapConnectionAnswer> {
  refuseImpersonated(actor);
  const { candidate, answer } = await candidateOf(ports, actor, given);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(commandMs)]);
  const test = given._is_test === true ? await tested(ports, candidate, limited) : {};
  await audit(ports.db, [entryOf(actor, answer, test)]);
  return { ...answer, ...test };
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
  candidate: Candidate,
  signal: AbortSignal,
): Promise<Tested> {
  const result = await tryConnection(ports.connections, candidate, signal);
  return {
    _connection_success: result.ok,
    _connection_message: result.ok ? result.sentence : `${result.stage}: ${result.sentence}`,
  };
}

async function candidateOf(ports: SettingsPorts, actor: Actor, given: HaloLdapConnection) {
  const { id, guid, ...told } = given;
  const secret = passwordOf(given);
  if (id != null && id > 0) {
    const sync = await getOwnSync(ports.db, actor, id);
    const stored = await connectionOf(ports.db, ports, actor, sync);
    const [answer] = await shown(ports.db, ports, actor, [sync]);
    const settings = changedOf(given, stored, sync);
    return { candidate: { stored, settings, secret }, answer: { ...answer, ...echoed(told) } };
  }
  if ((given.hostname ?? '').trim() === '') {
    refuse('record.incomplete', { kind: 'directory connection', member: 'hostname' });
  }
  const settings = reachFromHalo(given, undefined);
  const none: Candidate['stored'] = undefined;
  return { candidate: { stored: none, settings, secret }, answer: echoed(told) };
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
