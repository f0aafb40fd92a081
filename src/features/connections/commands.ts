// What one can do with connections: make, change, confirm, delete; each told to the audit trail.
import type { Actor } from '#domain/actor.ts';
import { type ConnectionKind, endpointsOf, type HostAndPort } from '#domain/connection.ts';
import { refuse } from '#domain/problem.ts';
import { canonicalHost } from '#lib/addresses.ts';
import type { Clock } from '#lib/clock.ts';
import { type Network, permittedAddresses } from '#lib/connect-guard.ts';
import { ConnectRefusal } from '#lib/connect-refusal.ts';
import { newId } from '#lib/ids.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { checkClient } from '#store/known-client.ts';
import { nameTaken, owned } from '#store/owned.ts';
import type { Sealing } from '#store/sealing.ts';
import { differences, entry } from './differences.ts';
import {
  allowanceOf,
  type Connection,
  checkEncrypted,
  type Health,
  parseSettings,
  reachChanged,
} from './model.ts';
import { getConnection, insertConnection, updateConnection } from './queries.ts';
import { type GivenSecret, type SecretKeeper, stored, tryReference } from './secrets.ts';
import { lockConnection, nothingStored } from './stored-secret.ts';

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
  /** Refuses whoever may not decide where it leads and as whom it signs in, for what stands on it. */
  readonly checkRedirect: (tx: Tx, actor: Actor, connectionId: string) => Promise<void>;
  readonly keeper: SecretKeeper;
  readonly network?: Network;
};

export type NewConnection = {
  readonly kind: ConnectionKind;
  readonly name: string;
  readonly clientId: number | null;
  readonly lab: boolean;
  readonly settings: unknown;
  readonly secret: GivenSecret | null;
};

const unknownHealth: Health = {
  state: 'unknown',
  stage: null,
  code: null,
  sentence: null,
  checkedAt: null,
};

export async function createConnection(
  workshop: Workshop,
  actor: Actor,
  asked: NewConnection,
): Promise<Connection> {
  const { db, sealing, clock, rules, keeper } = workshop;
  const reached = parseSettings(asked.kind, asked.settings);
  if (asked.lab && !rules.labAllowed) refuse('connection.lab-refused');
  checkEncrypted(reached, asked.lab);
  const clientId = ownClient(actor, asked.clientId);
  await tryReference(workshop, actor, asked.secret, clientId);
  const now = clock();
  const id = newId();
  const secret = stored(sealing, id, asked.secret);
  const connection: Connection = {
    id,
    name: asked.name,
    clientId,
    lab: asked.lab,
    reached,
    hasSecret: asked.secret !== null,
    keptAt: secret.kept,
    version: 1,
    confirmations: [],
    health: unknownHealth,
    createdAt: now,
    updatedAt: now,
  };
  await inTransaction(db, async (tx) => {
    const { kept } = secret;
    await checkClient(tx, clientId);
    if (kept !== null) await keeper.checkUse(tx, actor, kept, connection.clientId);
    if (!(await insertConnection(tx, connection, secret))) {
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
  readonly secret?: GivenSecret | null | undefined;
};

/** A new host, port, TLS or address clears secret and confirmations: no one redirects a credential. */
export async function changeConnection(
  workshop: Workshop,
  actor: Actor,
  id: string,
  asked: ConnectionChange,
): Promise<Connection> {
  const { db, sealing, clock, keeper } = workshop;
  const clientOf = ({ clientId }: Connection) =>
    asked.clientId === undefined ? clientId : ownClient(actor, asked.clientId);
  const found = await getOwn(db, actor, id);
  await tryReference(workshop, actor, asked.secret, clientOf(found));
  return inTransaction(db, async (tx) => {
    const old = await lockConnection(tx, id);
    const before = await getOwn(tx, actor, id);
    const settings = { ...before.reached.settings, ...asked.settings };
    const reached = parseSettings(before.reached.kind, settings);
    checkEncrypted(reached, before.lab);
    const redirected = reachChanged(before.reached, reached);
    const secret = asked.secret
      ? stored(sealing, id, asked.secret)
      : redirected || asked.secret === null
        ? nothingStored
        : old;
    const touched = redirected || asked.secret !== undefined || asked.settings !== undefined;
    if (touched) await workshop.checkRedirect(tx, actor, id);
    const after: Connection = {
      ...before,
      name: asked.name ?? before.name,
      clientId: clientOf(before),
      reached,
      hasSecret: secret.sealed !== null || secret.kept !== null,
      keptAt: secret.kept,
      version: before.version + 1,
      confirmations: redirected ? [] : before.confirmations,
      health: touched ? unknownHealth : before.health,
      updatedAt: clock(),
    };
    if (after.clientId !== before.clientId) await checkClient(tx, after.clientId);
    const vault = await checkKept(keeper, tx, actor, { before, after });
    if (await nameTaken(tx, 'connections', after))
      refuse('connection.name-taken', { name: after.name });
    await updateConnection(tx, after, secret);
    if (redirected) {
      await tx.deleteFrom('connection_confirmations').where('connection_id', '=', id).execute();
    }
    await audit(tx, differences(actor, before, after, { redirected, secret: asked.secret, vault }));
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

/** A reference is judged when it is new, and when its connection becomes another client's. */
async function checkKept(
  keeper: SecretKeeper,
  tx: Tx,
  actor: Actor,
  { before, after }: { readonly before: Connection; readonly after: Connection },
): Promise<string | undefined> {
  const { keptAt, clientId } = after;
  if (keptAt === null) return undefined;
  const same = JSON.stringify(keptAt) === JSON.stringify(before.keptAt);
  if (same && clientId === before.clientId) return undefined;
  return keeper.checkUse(tx, actor, keptAt, clientId);
}

async function getOwn(db: Db | Tx, actor: Actor, id: string): Promise<Connection> {
  return owned(actor, await getConnection(db, actor, id), { kind: 'connection', id });
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
