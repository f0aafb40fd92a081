// Serves a hub: its routes over HTTP, and in the role of all its jobs too.

import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { ticketAuditing } from '#features/audit/halo-routes.ts';
import { auditRoutes } from '#features/audit/routes.ts';
import { openRunEvents, type RunEvents } from '#features/automation/events.ts';
import { automationRoutes } from '#features/automation/routes.ts';
import { connectionRoutes } from '#features/connections/routes.ts';
import { deskRoutes } from '#features/desk/routes.ts';
import { haloLdapConnectionRoutes } from '#features/directories/halo-routes.ts';
import { directorySyncRoutes } from '#features/directories/routes.ts';
import { directorySyncRunRoutes } from '#features/directories/run-routes.ts';
import { haloKeyVaultRoutes } from '#features/key-vaults/halo-routes.ts';
import { keyVaultRoutes } from '#features/key-vaults/routes.ts';
import { keyRoutes } from '#features/keys/routes.ts';
import { notificationRoutes } from '#features/notifications/routes.ts';
import { openSelfService } from '#features/password-reset/self-service.ts';
import { secretLinkRoutes } from '#features/secret-links/routes.ts';
import { ssoRoutes } from '#features/sso/routes.ts';
import type { Route } from '#http/route.ts';
import { openServer } from '#http/server.ts';
import { errorCode } from '#lib/errors.ts';
import { type Access, openAccess } from './access.ts';
import { syncPortsOf } from './directories.ts';
import { directoryConnections } from './directory-connections.ts';
import { type Hub, healthPortsOf, version } from './hub.ts';
import { secretLinkPorts } from './secret-links.ts';
import { selfServicePortsOf } from './self-service.ts';
import { providerLogoutOf, signOnOptionsOf, ssoPortsOf } from './sso.ts';
import {
  keepUp,
  noticePortsOf,
  publicUrlOf,
  type Serving,
  startHubWorkers,
  tasksOf,
} from './work.ts';

const consoleFolder = join(import.meta.dirname, '..', 'dist', 'console');

export async function serve(hub: Hub, role: 'all' | 'web'): Promise<Serving> {
  await using opened = new AsyncDisposableStack();
  const port = await freePort(hub);
  const publicUrl = publicUrlOf(hub, port);
  const doors = { ...hub, ...hubDoors(hub, publicUrl) };
  const access = opened.use(await openAccess(doors));
  const runEvents = opened.use(await openRunEvents(doors));
  opened.use(await keepUp(hub));
  const routes = routesOf(hub, access, runEvents, publicUrl);
  const listens = await listen(hub, opened, access, routes, publicUrl, port);
  if (role === 'all') opened.use(await startHubWorkers(hub, tasksOf(hub, publicUrl)));
  const kept = opened.move();
  return { publicUrl, listens, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Every route, for a command that lists them. */
export async function withRoutes(
  hub: Hub,
  show: (routes: readonly Route[]) => Promise<void>,
): Promise<void> {
  const publicUrl = new URL(hub.config.publicUrl ?? 'http://localhost');
  const doors = { ...hub, ...hubDoors(hub, publicUrl) };
  await using access = await openAccess(doors);
  await using runEvents = await openRunEvents(doors);
  await show(routesOf(hub, access, runEvents, publicUrl));
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

/** Every feature's routes, with the ports they ask for. */
function routesOf(
  hub: Hub,
  access: Pick<Access, 'routes' | 'ssoSessions'>,
  runEvents: RunEvents,
  publicUrl: URL,
): readonly Route[] {
  const { db, clock, automation } = hub;
  const health = healthPortsOf(hub);
  const syncs = { db, clock, connections: directoryConnections(health) };
  const publicAt = { publicUrl: publicUrl.origin, version, tenant: 'sundog' };
  const auditOf = (actor: Actor, ticketId: number) => ticketAuditing(db, actor, ticketId);
  return [
    ...access.routes,
    ...auditRoutes({ db, clock }),
    ...deskRoutes({ auditOf, db, clock, sealing: hub.sealing, ...publicAt }),
    ...connectionRoutes(health),
    ...keyVaultRoutes(hub.keyVaults.ports),
    ...haloKeyVaultRoutes(hub.keyVaults.ports),
    ...haloLdapConnectionRoutes(syncs),
    ...directorySyncRoutes(syncs),
    ...directorySyncRunRoutes(syncPortsOf(hub)),
    ...notificationRoutes(noticePortsOf(hub, publicUrl)),
    ...keyRoutes({ db, clock, keys: hub.sealing }),
    ...openSelfService(selfServicePortsOf(hub, publicUrl)).routes,
    ...automationRoutes({ ...automation, runEvents }),
    ...secretLinkRoutes(secretLinkPorts(hub, publicUrl)),
    ...ssoRoutes(ssoPortsOf(hub, access, publicUrl)),
  ];
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
