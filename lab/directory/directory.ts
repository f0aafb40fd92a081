// The lab's directory: a small Active Directory on loopback that keeps what it is told.
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createSecureContext, createServer as createTlsServer } from 'node:tls';
import type { Clock } from '#lib/clock.ts';
import type { Log } from '#lib/log.ts';
import { serve } from './connection.ts';
import { openJournal } from './journal.ts';
import { openService, type Service } from './service.ts';
import { emptyTree, type Transaction, type Tree } from './tree.ts';

export type LabDirectory = AsyncDisposable & {
  readonly host: string;
  readonly ports: Ports;
  readonly service: Service;
};

export type Ports = { readonly ldap: number; readonly ldaps: number };

export type DirectorySettings = {
  /** Holds directory.journal. */
  readonly folder: string;
  readonly domain: { readonly baseDn: string; readonly dns: string; readonly netbios: string };
  readonly certificate: { readonly key: string; readonly cert: string };
  /** Zero chooses a free one. */
  readonly ports: Ports;
  readonly clock: Clock;
  readonly log: Log;
  /** What an empty directory begins with. */
  readonly seed: (tree: Tree, now: Date) => Promise<Transaction>;
};

const host = '127.0.0.1';
const connectionsMax = 500;
const handshakeMs = 10_000;

export async function startDirectory(settings: DirectorySettings): Promise<LabDirectory> {
  const { domain, certificate, ports, log } = settings;
  const tree = emptyTree(domain.baseDn, domain.dns, domain.netbios);
  await using stack = new AsyncDisposableStack();
  const journal = stack.use(await openJournal(join(settings.folder, 'directory.journal'), tree));
  const service = openService(tree, journal, settings.clock);
  if (tree.entries.size === 0) await service.record(settings.seed);

  const secureContext = createSecureContext({ ...certificate, minVersion: 'TLSv1.2' });
  const sockets = new Set<Socket>();
  const accept = (encrypted: boolean) => (socket: Socket) =>
    void serve(service, socket, encrypted, secureContext, log);
  const plain = createServer(accept(false));
  const secure = createTlsServer(
    { ...certificate, minVersion: 'TLSv1.2', handshakeTimeout: handshakeMs },
    accept(true),
  );
  secure.on('tlsClientError', (error) => log.debug('A TLS handshake failed', { error }));
  for (const server of [plain, secure]) {
    server.maxConnections = connectionsMax;
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    stack.defer(() => close(server, sockets));
  }
  const opened = {
    ldap: await listen(plain, ports.ldap),
    ldaps: await listen(secure, ports.ldaps),
  };
  const parts = stack.move();
  return {
    host,
    ports: opened,
    service,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
}
