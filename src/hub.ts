// Composes the hub: opens the store and hands every feature the ports it needs. Only src/*.ts knows everybody.
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { openOidcProviders } from '#connectors/oidc/providers.ts';
import type { OidcProviders } from '#domain/ports/oidc-providers.ts';
import { builtOn } from '#features/automation/built-on.ts';
import { commandLineActor } from '#features/automation/commands.ts';
import type { AutomationPorts } from '#features/automation/ports.ts';
import { openSessions } from '#features/automation/sessions.ts';
import type { ConnectionRules, Workshop } from '#features/connections/commands.ts';
import type { HealthPorts } from '#features/connections/health.ts';
import { findConnectionFacts, listConnectionFacts } from '#features/connections/queries.ts';
import { agentsOfTheHub } from '#features/desk/agents-port.ts';
import { usersOfTheHub } from '#features/desk/users-port.ts';
import { syncsOn } from '#features/directories/queries.ts';
import { checkRedirect } from '#features/directories/whose-connections.ts';
import { channelsOn } from '#features/notifications/channel.ts';
import { notify } from '#features/notifications/deliver.ts';
import { selfServiceOn } from '#features/password-reset/settings.ts';
import { type Clock, systemClock } from '#lib/clock.ts';
import { type Log, openLog } from '#lib/log.ts';
import type { Db, Tx } from '#store/db.ts';
import { labMark } from '#store/lab-mark.ts';
import { type KeyRing, openDatabaseSealing } from '#store/master-key.ts';
import { openStore, type Store } from '#store/store.ts';
import { type Config, readConfig } from './config.ts';
import { type Connections, openConnections } from './connections.ts';
import { deskPortsOf, originsInDesk, syncApplierOf } from './directories.ts';
import { type KeyVaults, openKeyVaults } from './key-vaults.ts';
import { ownDeskOf } from './own-desk.ts';
import { openPeopleOfSync } from './sync-people.ts';

export const version = readVersion();

/** What every command has at hand, whether the hub runs or not. */
export type Hub = AsyncDisposable & {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly store: Store;
  readonly db: Db;
  /** Every master key this process has; to features that seal and unseal, just a Sealing. */
  readonly sealing: KeyRing;
  readonly agents: ReturnType<typeof agentsOfTheHub>;
  readonly users: ReturnType<typeof usersOfTheHub>;
  readonly rules: ConnectionRules;
  readonly keyVaults: KeyVaults;
  readonly keeper: KeyVaults['keeper'];
  readonly connections: Connections;
  readonly oidc: OidcProviders;
  readonly automation: AutomationPorts & { readonly sessions: ReturnType<typeof openSessions> };
};

export type HubOptions = {
  readonly config: Config;
  readonly log: Log;
  readonly onLost?: (because: string) => void;
  /** Decides whether this database may be used, before anything else is done with it. */
  readonly admit?: (db: Db) => Promise<void>;
};

export async function openHub({ config, log, onLost, admit }: HubOptions): Promise<Hub> {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(
    await openStore({
      dataFolder: config.dataFolder,
      dataFolderChosen: config.dataFolderChosen,
      databaseUrl: config.databaseUrl,
      databaseOwnerUrl: config.databaseOwnerUrl,
      log,
      ...(onLost === undefined ? {} : { onLost }),
    }),
  );
  const { db } = store;
  await admit?.(db);
  const clock = systemClock;
  const sealing = await openDatabaseSealing(db, {
    dataFolder: store.dataFolder,
    masterKey: config.masterKey,
    nextMasterKey: config.nextMasterKey,
    previousMasterKey: config.previousMasterKey,
    masterKeyFile: config.masterKeyFile,
    log,
  });
  const rules = { networks: config.outboundAllow, labAllowed: await labMark(db) };
  const { appService } = config;
  const keyVaults = opened.use(openKeyVaults({ db, sealing, clock, rules, appService }));
  const { keeper } = keyVaults;
  const connections = opened.use(openConnections({ db, sealing, rules, keeper }));
  const oidc = opened.use(openOidcProviders());
  const ports: AutomationPorts = {
    db,
    pool: store.pool,
    clock,
    sealing,
    log,
    openDirectory: connections.openDirectory,
    openApplication: connections.openApplication,
    findConnections: (ids) => findConnectionFacts(db, ids),
    listConnections: (actor) => listConnectionFacts(db, actor),
    peopleOfSync: (planId) => openPeopleOfSync(deskPortsOf({ db, clock, connections }), planId),
    notify: (tx, notice) => notify(tx, notice, clock()),
    originsOf: (directory, source, keys) =>
      originsInDesk({ db, ownDesk: ownDeskOf(config) }, directory, source, keys),
    environment: {},
    pickBelow: (limit) => randomInt(limit),
    appliers: { sync: syncApplierOf({ db, clock, connections }) },
  };
  const sessions = opened.use(openSessions(ports.openDirectory));
  const kept = opened.move();
  return {
    config,
    log,
    clock,
    store,
    db,
    sealing,
    agents: agentsOfTheHub(db, clock),
    users: usersOfTheHub(db),
    rules,
    keyVaults,
    keeper,
    connections,
    oidc,
    automation: { ...ports, sessions },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** What making and changing connections needs. */
export function workshopOf({ db, sealing, clock, rules, keeper }: Hub): Workshop {
  const usersOf = async (tx: Tx, id: string) => [
    ...(await channelsOn(tx, id)),
    ...(await builtOn(tx, id)),
    ...(await selfServiceOn(tx, id)),
    ...(await syncsOn(tx, id)),
  ];
  return { db, sealing, clock, rules, keeper, usersOf, checkRedirect };
}

/** What trying connections needs. */
export function healthPortsOf(hub: Hub): Workshop & HealthPorts {
  const { log, connections, automation } = hub;
  return { ...workshopOf(hub), log, probe: connections.probe, notify: automation.notify };
}

/** Whoever can run the hub's program and read its data folder holds its keys; named by their login. */
export const commandLine = commandLineActor(userInfo().username);

function readVersion(): string {
  const text = readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8');
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? 'unknown';
}

/** Runs a command on the hub's database, joining it when the hub runs; the log keeps to warnings. */
export async function withHub(work: (hub: Hub) => Promise<void>): Promise<void> {
  const config = readConfig();
  const log = openLog({ ...config.log, level: 'warn' });
  await using hub = await openHub({ config, log });
  await work(hub);
}
