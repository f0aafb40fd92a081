// What a hub does by itself: its jobs in workers. A worker loads this and none of the routes.

import { applicationTasks } from '#features/applications/housekeeping.ts';
import { auditTasks } from '#features/audit/checkpoints.ts';
import { ensureAuditKey } from '#features/audit/keys.ts';
import { startSequencer } from '#features/audit/sequencer.ts';
import { automationDeliverers, automationTasks } from '#features/automation/tasks.ts';
import { connectionTasks } from '#features/connections/health.ts';
import { directoryTasks } from '#features/directories/tasks.ts';
import { impersonationTasks } from '#features/impersonation/housekeeping.ts';
import { keyTasks } from '#features/keys/tasks.ts';
import { noticeDeliverer, noticeKind } from '#features/notifications/deliver.ts';
import { openedPorts, workOf } from '#features/password-reset/tasks.ts';
import { secretLinkTasks } from '#features/secret-links/housekeeping.ts';
import { signInTasks } from '#features/sign-in/housekeeping.ts';
import { ssoTasks } from '#features/sso/tasks.ts';
import { hearBell, keysBell } from '#store/bell.ts';
import { outboxTask } from '#store/outbox.ts';
import { startWorkers, type Task } from '#store/queue.ts';
import { auditPortsOf } from './audit-ports.ts';
import { syncPortsOf } from './directories.ts';
import { type Hub, healthPortsOf } from './hub.ts';
import { impersonationMailDeliverer, impersonationMailKind } from './impersonation.ts';
import { secretLinkPorts, senderMailDeliverer, senderMailKind } from './secret-links.ts';
import { selfServicePortsOf } from './self-service.ts';
import { signInMailDeliverer, signInMailKind } from './sign-in-mail.ts';
import { logoutPortsOf } from './sso.ts';

/** Persons worked on at the same time by one process; the directory's own sessions bound it further. */
const workersPerProcess = 8;

export type Serving = AsyncDisposable & {
  /** Where people reach it. */
  readonly publicUrl: URL;
  /** Where it listens; undefined for a worker. */
  readonly listens: URL | undefined;
};

export async function work(hub: Hub): Promise<Serving> {
  await using opened = new AsyncDisposableStack();
  const publicUrl = publicUrlOf(hub);
  opened.use(await keepUp(hub));
  opened.use(await startHubWorkers(hub, tasksOf(hub, publicUrl)));
  const kept = opened.move();
  return { publicUrl, listens: undefined, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

export function startHubWorkers(hub: Hub, tasks: readonly Task[]): Promise<AsyncDisposable> {
  return startWorkers(hub.store, tasks, { concurrency: workersPerProcess, log: hub.log });
}

/** What every running hub does, whatever its role: hears of master keys, and chains the audit trail. */
export async function keepUp(hub: Hub): Promise<AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  opened.use(await hearOfKeys(hub));
  await ensureAuditKey(hub, hub.clock());
  opened.use(startSequencer(auditPortsOf(hub)));
  return opened.move();
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

/** Every feature's tasks, with the ports they ask for. */
export function tasksOf(hub: Hub, publicUrl: URL): readonly Task[] {
  const { db, clock, connections, automation } = hub;
  const selfService = workOf(openedPorts(selfServicePortsOf(hub, publicUrl)));
  return [
    ...applicationTasks(hub),
    ...signInTasks(hub),
    ...impersonationTasks(hub),
    ...auditTasks(auditPortsOf(hub)),
    ...connectionTasks(healthPortsOf(hub)),
    ...keyTasks({ db, clock, keys: hub.sealing }),
    ...automationTasks(automation),
    ...directoryTasks(syncPortsOf(hub)),
    ...secretLinkTasks(secretLinkPorts(hub, publicUrl)),
    ...selfService.tasks,
    ...ssoTasks(logoutPortsOf(hub, publicUrl)),
    outboxTask(db, {
      ...automationDeliverers(automation),
      ...selfService.deliverers,
      [noticeKind]: noticeDeliverer(noticePortsOf(hub, publicUrl)),
      [impersonationMailKind]: impersonationMailDeliverer({ db, connections, publicUrl }),
      [signInMailKind]: signInMailDeliverer({ db, connections, publicUrl }),
      [senderMailKind]: senderMailDeliverer({ ...hub, publicUrl }),
    }),
  ];
}

export function noticePortsOf({ db, clock, connections, automation }: Hub, publicUrl: URL) {
  const { openMailer, openWebhook } = connections;
  const { findConnections } = automation;
  return { db, clock, publicUrl, findConnections, openMailer, openWebhook };
}

export function publicUrlOf({ config }: Hub, port = config.port): URL {
  const scheme = config.tls === undefined ? 'http' : 'https';
  return new URL(config.publicUrl ?? `${scheme}://${hostOf(config.host)}:${port}`);
}

/** An address that means "all of them" is none that a browser can go to. */
function hostOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
