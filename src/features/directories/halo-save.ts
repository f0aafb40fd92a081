// Saves what an LDAPConnection says: the connection and the sync on it, together or not at all.
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { Secret } from '#lib/secret.ts';
import type { Tx } from '#store/db.ts';
import { changeSync, createSync, type SettingsPorts } from './commands.ts';
import type { HaloLdapConnection } from './halo-model.ts';
import { reachFromHalo } from './halo-reach.ts';
import { settingsFromHalo } from './halo-read.ts';
import { notesOn } from './halo-warnings.ts';
import type { DirectoryConnection, DirectorySync } from './model.ts';
import { getOwnSync, lockSync } from './queries.ts';

export type Saved = { readonly id: number; readonly notes: readonly string[] };

/** Without an id, or with none above 0, it is a new one, as in Halo. */
export async function saveConnection(
  tx: Tx,
  ports: SettingsPorts,
  actor: Actor,
  given: HaloLdapConnection,
): Promise<Saved> {
  const within = { ...ports, db: tx };
  return given.id != null && given.id > 0
    ? changeOne(tx, within, actor, { ...given, id: given.id })
    : makeOne(tx, within, actor, given);
}

async function changeOne(
  tx: Tx,
  ports: SettingsPorts,
  actor: Actor,
  given: HaloLdapConnection & { readonly id: number },
): Promise<Saved> {
  await lockSync(tx, given.id);
  const before = await getOwnSync(tx, actor, given.id);
  const old = await connectionOf(tx, ports, actor, before);
  if (given.guid != null && given.guid.toLowerCase() !== old.id) {
    refuse('directory-sync.misfit', { reason: 'guid is another one; it never changes' });
  }
  const connection = await changeConnection(tx, ports, actor, { given, old, before });
  const { settings, halo, active } = settingsFromHalo(given, before);
  const after = await changeSync(ports, actor, before.id, { settings, halo, active });
  return {
    id: after.id,
    notes: [
      ...notesOn(given, after.settings.newUserTemplateId),
      ...clearedNote(old, connection, given),
    ],
  };
}

async function makeOne(
  tx: Tx,
  ports: SettingsPorts,
  actor: Actor,
  given: HaloLdapConnection,
): Promise<Saved> {
  const guid = given.guid?.toLowerCase();
  const there = guid && (await ports.connections.find(tx, actor, [guid])).get(guid);
  const connection = there
    ? await changeConnection(tx, ports, actor, { given, old: there, before: undefined })
    : await makeConnection(tx, ports, actor, given);
  const { settings, halo, active } = settingsFromHalo(given, undefined);
  const made = await createSync(ports, actor, {
    connectionId: connection.id,
    deskConnectionId: null,
    clientId: connection.clientId,
    active: active ?? true,
    settings: { ...settings, name: connection.name },
    halo,
  });
  const ofGuid =
    guid === undefined || there
      ? []
      : ['guid was given by the hub: none of its connections has the one that was sent.'];
  return { id: made.id, notes: [...notesOn(given, made.settings.newUserTemplateId), ...ofGuid] };
}

async function makeConnection(
  tx: Tx,
  ports: SettingsPorts,
  actor: Actor,
  given: HaloLdapConnection,
): Promise<DirectoryConnection> {
  const name = (given.name ?? '').trim();
  if (name === '') incomplete('name');
  if ((given.hostname ?? '').trim() === '') incomplete('hostname');
  const settings = reachFromHalo(given, undefined);
  const needsName = settings.authentication !== 'certificate';
  if (needsName && !('bindDn' in settings)) incomplete('username');
  checkName(name);
  const secret = passwordOf(given);
  return ports.connections.create(tx, actor, { name, clientId: null, settings, secret });
}

type Change = {
  readonly given: HaloLdapConnection;
  readonly old: DirectoryConnection;
  readonly before: DirectorySync | undefined;
};

/** Left alone where nothing of it was given anew: what was found of its health then stays. */
async function changeConnection(
  tx: Tx,
  ports: SettingsPorts,
  actor: Actor,
  { given, old, before }: Change,
): Promise<DirectoryConnection> {
  const secret = passwordOf(given);
  const name = given.name == null ? old.name : given.name.trim();
  if (name !== old.name) checkName(name);
  const settings = changedOf(given, old, before);
  if (secret === undefined && name === old.name && Object.keys(settings).length === 0) return old;
  return ports.connections.change(tx, actor, old.id, { name, settings, secret });
}

/** The settings of the connection that differ from what they are. */
export function changedOf(
  given: HaloLdapConnection,
  old: DirectoryConnection,
  before: DirectorySync | undefined,
): Readonly<Record<string, unknown>> {
  const kept = before?.halo;
  const all = reachFromHalo(given, { settings: old.settings, kept });
  const was: Readonly<Record<string, unknown>> = old.settings;
  return Object.fromEntries(
    Object.entries(all).filter(([name, value]) => !same(was[name] ?? null, value ?? null)),
  );
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

export async function connectionOf(
  db: SettingsPorts['db'],
  { connections }: Pick<SettingsPorts, 'connections'>,
  actor: Actor,
  { connectionId }: Pick<DirectorySync, 'connectionId'>,
): Promise<DirectoryConnection> {
  const found = await connections.find(db, actor, [connectionId]);
  return (
    found.get(connectionId) ??
    refuse('record.unknown', { kind: 'directory connection', id: connectionId })
  );
}

/** The hub is the integrator: both are the one password that it signs in with. */
export function passwordOf(given: HaloLdapConnection): Secret | undefined {
  const [one, other] = [given.new_password, given.integrator_password].map((text) => text ?? '');
  if (one !== '' && other !== '' && one !== other) {
    refuse('directory-sync.misfit', {
      reason: 'new_password and integrator_password differ, and the hub signs in with one password',
    });
  }
  const text = one || other;
  if (text === undefined || text === '') return undefined;
  if (text.length > 20_000) {
    refuse('directory-sync.misfit', { reason: 'new_password is longer than 20,000 characters' });
  }
  return new Secret(text);
}

function clearedNote(
  old: DirectoryConnection,
  now: DirectoryConnection,
  given: HaloLdapConnection,
): string[] {
  const cleared = old.hasSecret && old.version !== now.version && !now.hasSecret;
  return cleared && passwordOf(given) === undefined
    ? [
        'The stored password was cleared, because the connection goes elsewhere now; so was the word that it may go to a private network.',
      ]
    : [];
}

function checkName(name: string): void {
  if (name === '' || name.length > 100 || /\p{Cc}/u.test(name)) {
    refuse('directory-sync.misfit', { reason: 'name must be one line of 1 to 100 characters' });
  }
}

function incomplete(member: string): never {
  refuse('record.incomplete', { kind: 'directory connection', member });
}
