// Serves a hub: its routes over HTTP, its jobs in workers, each in the role it was started for.

import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { auditTasks } from '#features/audit/checkpoints.ts';
import { ticketAuditing } from '#features/audit/halo-routes.ts';
import { ensureAuditKey } from '#features/audit/keys.ts';
import { auditRoutes } from '#features/audit/routes.ts';
import { startSequencer } from '#features/audit/sequencer.ts';
import { openRunEvents, type RunEvents } from '#features/automation/events.ts';
import { automationRoutes } from '#features/automation/routes.ts';
import { automationDeliverers, automationTasks } from '#features/automation/tasks.ts';
import { connectionTasks } from '#features/connections/health.ts';
import { connectionRoutes } from '#features/connections/routes.ts';
import { deskRoutes } from '#features/desk/routes.ts';
import { haloLdapConnectionRoutes } from '#features/directories/halo-routes.ts';
import { directorySyncRoutes } from '#features/directories/routes.ts';
import { directorySyncRunRoutes } from '#features/directories/run-routes.ts';
import { directoryTasks } from '#features/directories/tasks.ts';
import { haloKeyVaultRoutes } from '#features/key-vaults/halo-routes.ts';
import { keyVaultRoutes } from '#features/key-vaults/routes.ts';
import { keyRoutes } from '#features/keys/routes.ts';
import { keyTasks } from '#features/keys/tasks.ts';
import { noticeDeliverer, noticeKind } from '#features/notifications/deliver.ts';
import { notificationRoutes } from '#features/notifications/routes.ts';
import { secretLinkTasks } from '#features/secret-links/housekeeping.ts';
import { secretLinkRoutes } from '#features/secret-links/routes.ts';
import { ssoRoutes, ssoTasks } from '#features/sso/routes.ts';
import type { Route } from '#http/route.ts';
import { openServer } from '#http/server.ts';
import { errorCode } from '#lib/errors.ts';
import { hearBell, keysBell } from '#store/bell.ts';
import type { HubRole } from '#store/hub-lock.ts';
import { outboxTask } from '#store/outbox.ts';
import { startWorkers, type Task } from '#store/queue.ts';
import { type Access, openAccess } from './access.ts';
import { auditPortsOf } from './audit-ports.ts';
import { syncPortsOf } from './directories.ts';
import { directoryConnections } from './directory-connections.ts';
import { type Hub, healthPortsOf, version } from './hub.ts';
import { impersonationMailDeliverer, impersonationMailKind } from './impersonation.ts';
import { secretLinkPorts, senderMailDeliverer, senderMailKind } from './secret-links.ts';
import { selfServiceOf } from './self-service.ts';
import { signInMailDeliverer, signInMailKind } from './sign-in-mail.ts';
import { providerLogoutOf, signOnOptionsOf, ssoPortsOf } from './sso.ts';

/** Persons worked on at the same time by one process; the directory's own sessions bound it further. */
const workersPerProcess = 8;
const consoleFolder = join(import.meta.dirname, '..', 'dist', 'console');

export type Serving = AsyncDisposable & {
  /** Where people reach it. */
  readonly publicUrl: URL;
  /** Where it listens; undefined for a worker. */
  readonly listens: URL | undefined;
};

export async function serve(hub: Hub, role: HubRole): Promise<Serving> {
  await using opened = new AsyncDisposableStack();
  const port = role === 'worker' ? hub.config.port : await freePort(hub);
  const publicUrl = new URL(hub.config.publicUrl ?? `${scheme(hub)}://${hostOf(hub)}:${port}`);
  const access = opened.use(await openAccess({ ...hub, ...hubDoors(hub, publicUrl) }));
  const runEvents = opened.use(await openRunEvents({ ...hub, ...hubDoors(hub, publicUrl) }));
  opened.use(await hearOfKeys(hub));
  const parts = partsOf(hub, access, runEvents, publicUrl);
  await ensureAuditKey(hub, hub.clock());
  opened.use(startSequencer(auditPortsOf(hub)));
  const listens =
    role === 'worker'
      ? undefined
      : await listen(hub, opened, access, parts.routes, publicUrl, port);
  if (role !== 'web') {
    opened.use(await startHubWorkers(hub, parts));
  }
  const kept = opened.move();
  return { publicUrl, listens, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Every route and task, for a command: to list them, or to work beside a hub or without one. */
export async function withParts(hub: Hub, work: (parts: Parts) => Promise<void>): Promise<void> {
  const publicUrl = new URL(hub.config.publicUrl ?? 'http://localhost');
  const doors = { ...hub, ...hubDoors(hub, publicUrl) };
  await using access = await openAccess(doors);
  await using runEvents = await openRunEvents(doors);
  await work(partsOf(hub, access, runEvents, publicUrl));
}

export function startHubWorkers(hub: Hub, { tasks }: Parts): Promise<AsyncDisposable> {
  return startWorkers(hub.store, tasks, { concurrency: workersPerProcess, log: hub.log });
}

/** Another process may have changed the key: from then on this one seals with the new key as well. */
function hearOfKeys({ sealing, log, store }: Hub): Promise<AsyncDisposable> {
  const reread = async () => {
    await sealing.refresh();
    await sealing.tidy();
  };
  return hearBell({
    connectionString: store.connectionString,
    name: keysBell,
    log,
    onRing: () => {
      reread().catch((error: unknown) => log.error('The master keys cannot be read', { error }));
    },
    onHearing: () => {},
  });
}

function hubDoors(hub: Hub, publicUrl: URL) {
  const { connectionString } = hub.store;
  const { db } = hub;
  return {
    connectionString,
    publicUrl,
    providerLogout: providerLogoutOf(hub, publicUrl),
    signOnOptions: signOnOptionsOf(db),
  };
}

type Parts = { readonly routes: readonly Route[]; readonly tasks: readonly Task[] };

/** Every feature's routes and tasks, with the ports they ask for. */
function partsOf(
  hub: Hub,
  access: Pick<Access, 'routes' | 'tasks' | 'ssoSessions'>,
  runEvents: RunEvents,
  publicUrl: URL,
): Parts {
  const { db, clock, connections, automation } = hub;
  const health = healthPortsOf(hub);
  const syncs = { db, clock, connections: directoryConnections(health) };
  const keys = { db, clock, keys: hub.sealing };
  const notices = {
    db,
    clock,
    publicUrl,
    findConnections: automation.findConnections,
    openMailer: connections.openMailer,
    openWebhook: connections.openWebhook,
  };
  const links = secretLinkPorts(hub, publicUrl);
  const publicAt = { publicUrl: publicUrl.origin, version, tenant: 'sundog' };
  const auditOf = (actor: Actor, ticketId: number) => ticketAuditing(db, actor, ticketId);
  const desk = { auditOf, db, clock, sealing: hub.sealing, ...publicAt };
  const selfService = selfServiceOf(hub, publicUrl);
  const sso = ssoPortsOf(hub, access, publicUrl);
  return {
    routes: [
      ...access.routes,
      ...auditRoutes({ db, clock }),
      ...deskRoutes(desk),
      ...connectionRoutes(health),
      ...keyVaultRoutes(hub.keyVaults.ports),
      ...haloKeyVaultRoutes(hub.keyVaults.ports),
      ...haloLdapConnectionRoutes(syncs),
      ...directorySyncRoutes(syncs),
      ...directorySyncRunRoutes(syncPortsOf(hub)),
      ...notificationRoutes(notices),
      ...keyRoutes(keys),
      ...selfService.routes,
      ...automationRoutes({ ...automation, runEvents }),
      ...secretLinkRoutes(links),
      ...ssoRoutes(sso),
    ],
    tasks: [
      ...access.tasks,
      ...auditTasks(auditPortsOf(hub)),
      ...connectionTasks(health),
      ...keyTasks(keys),
      ...automationTasks(automation),
      ...directoryTasks(syncPortsOf(hub)),
      ...secretLinkTasks(links),
      ...selfService.tasks,
      ...ssoTasks(sso),
      outboxTask(db, {
        ...automationDeliverers(automation),
        ...selfService.deliverers,
        [noticeKind]: noticeDeliverer(notices),
        [impersonationMailKind]: impersonationMailDeliverer({ db, connections, publicUrl }),
        [signInMailKind]: signInMailDeliverer({ db, connections, publicUrl }),
        [senderMailKind]: senderMailDeliverer({ ...hub, publicUrl }),
      }),
    ],
  };
}

async function listen(
  hub: Hub,
  opened: AsyncDisposableStack,
  access: Access,
  routes: readonly Route[],
  publicUrl: URL,
  port: number,
): Promise<URL> {
  const { config } = hub;
  const server = opened.use(
    await openServer({
      routes,
      authenticate: access.authenticate,
      publicUrl,
      version,
      log: hub.log,
      ready: async () => {
        await hub.store.pool.query('select 1');
        return [];
      },
      ...(existsSync(join(consoleFolder, 'index.html')) ? { consoleFolder } : {}),
      trustedProxies: config.trustedProxies,
      ...(config.rateLimit === undefined ? {} : { apiRequestsMax: config.rateLimit }),
      ...(config.tls === undefined ? {} : { tls: config.tls }),
    }),
  );
  try {
    return await server.listen({ host: config.host, port });
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EADDRINUSE') refuse('hub.port-taken', { host: config.host, port }, error);
    refuse('hub.cannot-listen', { host: config.host, port, reason: code ?? 'unknown' }, error);
  }
}

function scheme({ config }: Hub): string {
  return config.tls === undefined ? 'http' : 'https';
}

/** An address that means "all of them" is none that a browser can go to. */
function hostOf({ config: { host } }: Hub): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/** Port 0 takes a free one; it must be known before anything that names the hub's address is made. */
async function freePort({ config: { host, port } }: Hub): Promise<number> {
  if (port !== 0) return port;
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      probe.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      );
    });
  });
}
