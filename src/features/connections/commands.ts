// What one can do with connections: make, change, confirm, delete; each told to the audit trail.
import type { Actor } from '#domain/actor.ts';
import { type ConnectionKind, endpointsOf, type HostAndPort } from '#domain/connection.ts';
import { refuse } from '#domain/problem.ts';
import { canonicalHost } from '#lib/addresses.ts';
import type { Clock } from '#lib/clock.ts';
import { type Network, permittedAddresses } from '#lib/connect-guard.ts';
import { ConnectRefusal } from '#lib/connect-refusal.ts';
import { newId } from '#lib/ids.ts';
import type { Secret } from '#lib/secret.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import type { Sealing } from '#store/sealing.ts';
import {
  allowanceOf,
  type Connection,
  changedNames,
  checkEncrypted,
  type Health,
  parseSettings,
  reachChanged,
  valuesOf,
} from './model.ts';
import {
  getConnection,
  insertConnection,
  lockConnection,
  nameTaken,
  secretPlace,
  updateConnection,
} from './queries.ts';

export type ConnectionRules = {
  /** SUNDOG_OUTBOUND_ALLOW, read by parseAllowed. */
  readonly networks: readonly string[];
  /** Whether this is a lab's database. */
  readonly labAllowed: boolean;
};

export type Workshop = {
  readonly db: Db;
  readonly sealing: Sealing;
  readonly clock: Clock;
  readonly rules: ConnectionRules;
  /** What stands on the connection, by name: automations, channels. Such a connection is not deleted. */
  readonly usersOf: (tx: Tx, connectionId: string) => Promise<readonly string[]>;
  readonly network?: Network;
};

export type NewConnection = {
  readonly kind: ConnectionKind;
  readonly name: string;
  readonly clientId: number | null;
  readonly lab: boolean;
  readonly settings: unknown;
  readonly secret: Secret | null;
};

const unknownHealth: Health = {
  state: 'unknown',
  stage: null,
  code: null,
  sentence: null,
  checkedAt: null,
};

export async function createConnection(
  { db, sealing, clock, rules }: Workshop,
  actor: Actor,
  asked: NewConnection,
): Promise<Connection> {
  const reached = parseSettings(asked.kind, asked.settings);
  if (asked.lab && !rules.labAllowed) refuse('connection.lab-refused');
  checkEncrypted(reached, asked.lab);
  const now = clock();
  const connection: Connection = {
    id: newId(),
    name: asked.name,
    clientId: ownClient(actor, asked.clientId),
    lab: asked.lab,
    reached,
    hasSecret: asked.secret !== null,
    version: 1,
    confirmations: [],
    health: unknownHealth,
    createdAt: now,
    updatedAt: now,
  };
  const sealed = asked.secret && sealing.seal(secretPlace(connection.id), asked.secret);
  await inTransaction(db, async (tx) => {
    if (!(await insertConnection(tx, connection, sealed))) {
      refuse('connection.name-taken', { name: asked.name });
    }
    await audit(tx, [entry(actor, 'connection.created', connection)]);
  });
  return connection;
}

export type ConnectionChange = {
  readonly name?: string | undefined;
  readonly clientId?: number | null | undefined;
  /** Only the settings given change. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** Null removes it. */
  readonly secret?: Secret | null | undefined;
};

/** A new host, port, TLS or address clears secret and confirmations: no one redirects a credential. */
export async function changeConnection(
  { db, sealing, clock }: Workshop,
  actor: Actor,
  id: string,
  asked: ConnectionChange,
): Promise<Connection> {
  return inTransaction(db, async (tx) => {
    const sealed = await lockConnection(tx, id);
    const before = await getOwn(tx, actor, id);
    const settings = { ...before.reached.settings, ...asked.settings };
    const reached = parseSettings(before.reached.kind, settings);
    checkEncrypted(reached, before.lab);
    const redirected = reachChanged(before.reached, reached);
    const kept = redirected || asked.secret === null ? null : sealed;
    const secret = asked.secret ? sealing.seal(secretPlace(id), asked.secret) : kept;
    const touched = redirected || asked.secret !== undefined || asked.settings !== undefined;
    const after: Connection = {
      ...before,
      name: asked.name ?? before.name,
      clientId: asked.clientId === undefined ? before.clientId : ownClient(actor, asked.clientId),
      reached,
      hasSecret: secret !== null,
      version: before.version + 1,
      confirmations: redirected ? [] : before.confirmations,
      health: touched ? unknownHealth : before.health,
      updatedAt: clock(),
    };
    if (await nameTaken(tx, after)) refuse('connection.name-taken', { name: after.name });
    await updateConnection(tx, after, secret);
    if (redirected) {
      await tx.deleteFrom('connection_confirmations').where('connection_id', '=', id).execute();
    }
    await audit(tx, differences(actor, before, after, { redirected, secret: asked.secret }));
    return after;
  });
}

/** An administrator's word that this connection may go to this host and port. */
export async function confirmEndpoint(
  { db, clock, rules, network }: Workshop,
  actor: Actor,
  id: string,
  asked: HostAndPort,
): Promise<Connection> {
  const host = canonicalHost(asked.host) ?? asked.host;
  const now = clock();
  const confirmation = { host, port: asked.port, by: actor.name, at: now };
  const judged = await getOwn(db, actor, id);
  const endpoint = checkEndpoint(judged, { host, port: asked.port });
  const allowed = { ...judged, confirmations: [...judged.confirmations, confirmation] };
  await checkReach(endpoint, allowanceOf(allowed, rules), network);
  return inTransaction(db, async (tx) => {
    await lockConnection(tx, id);
    // Looked at again under the lock: meanwhile the connection may have been pointed elsewhere.
    const before = await getOwn(tx, actor, id);
    checkEndpoint(before, endpoint);
    await tx
      .insertInto('connection_confirmations')
      .values({
        connection_id: id,
        host,
        port: asked.port,
        confirmed_by: actor.name,
        confirmed_at: now,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await tx
      .updateTable('connections')
      .set((row) => ({ version: row('version', '+', 1), updated_at: now }))
      .where('id', '=', id)
      .execute();
    await audit(tx, [
      { ...entry(actor, 'connection.confirmed', before), after: `${host}:${asked.port}` },
    ]);
    return getConnection(tx, actor, id);
  });
}

export async function deleteConnection(
  { db, usersOf }: Workshop,
  actor: Actor,
  id: string,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await lockConnection(tx, id);
    const connection = await getOwn(tx, actor, id);
    const users = await usersOf(tx, id);
    if (users.length > 0) refuse('connection.in-use', { users: users.slice(0, 5).join(', ') });
    await tx.deleteFrom('connections').where('id', '=', id).execute();
    await audit(tx, [entry(actor, 'connection.deleted', connection)]);
  });
}

/** Those who look after one client change that client's connections and no other's, nor everybody's. */
async function getOwn(db: Db | Tx, actor: Actor, id: string): Promise<Connection> {
  const connection = await getConnection(db, actor, id);
  if (actor.clientId !== undefined && connection.clientId !== actor.clientId) {
    refuse('record.unknown', { kind: 'connection', id });
  }
  return connection;
}

function ownClient(actor: Actor, clientId: number | null): number | null {
  return actor.clientId ?? clientId;
}

function checkEndpoint({ reached }: Connection, asked: HostAndPort): HostAndPort {
  const endpoints = endpointsOf(reached);
  const found = endpoints.find(
    ({ host, port }) => port === asked.port && canonicalHost(host) === canonicalHost(asked.host),
  );
  if (found !== undefined) return found;
  const names = endpoints.map(({ host, port }) => `${host}:${port}`);
  refuse('connection.other-endpoint', { ...asked, endpoints: names.join(' and ') });
}

/** What could never be reached is not worth an administrator's word. A name may be unknown for now. */
async function checkReach(
  endpoint: HostAndPort,
  allowance: Parameters<typeof permittedAddresses>[1],
  network: Network | undefined,
): Promise<void> {
  try {
    await permittedAddresses(endpoint, allowance, network);
  } catch (error) {
    if (!(error instanceof ConnectRefusal)) throw error;
    if (error.stage === 'address') refuse('connection.address-refused', { reason: error.message });
  }
}

function entry(actor: Actor, action: string, { id, name }: Connection): AuditEntry {
  return { actor, action, subject: { kind: 'connection', id, name }, outcome: 'done' };
}

/** One entry a changed field; of secrets only that they changed. */
function differences(
  actor: Actor,
  before: Connection,
  after: Connection,
  how: { readonly redirected: boolean; readonly secret: Secret | null | undefined },
): AuditEntry[] {
  const of = (field: string, rest: Partial<AuditEntry>): AuditEntry => ({
    ...entry(actor, 'connection.changed', after),
    field,
    ...rest,
  });
  const old = { ...valuesOf(before.reached), name: before.name, client: asText(before.clientId) };
  const young = { ...valuesOf(after.reached), name: after.name, client: asText(after.clientId) };
  const names = changedNames(before.reached, after.reached);
  if (old.name !== young.name) names.push('name');
  if (old.client !== young.client) names.push('client');
  const fields = names.map((name) =>
    of(name, { before: Reflect.get(old, name) ?? null, after: Reflect.get(young, name) ?? null }),
  );
  if (how.secret) return [...fields, of('secret', { because: 'replaced' })];
  if (before.hasSecret && !after.hasSecret) {
    const because = how.redirected ? 'cleared, because the connection goes elsewhere' : 'removed';
    return [...fields, of('secret', { because })];
  }
  return fields;
}

function asText(clientId: number | null): string | null {
  return clientId === null ? null : String(clientId);
}
