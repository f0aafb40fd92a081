// A wire that can be cut or go silent: stands between a client and a real server, to try what happens when it fails.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type Proxy = AsyncDisposable & {
  readonly port: number;
  /** Connections made through it so far. */
  connections(): number;
  /** Of them, how many were open as they were cut. */
  severed(): number;
  /** Cuts every connection that is open, and gives how many there were; new ones are taken again. */
  cut(): number;
  /** From now on every connection stays open and nothing passes in the given direction. */
  silence(direction: 'answers' | 'both'): void;
  /** Waits for the next bytes from the client, and cuts before they or their answer get through. */
  cutAtNextRequest(): void;
};

export async function aProxy(host: string, port: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let silent: 'no' | 'answers' | 'both' = 'no';
  let cutNext = false;
  let count = 0;
  let severed = 0;
  const cut = () => {
    const open = [...pairs].filter(([client]) => !client.destroyed).length;
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    pairs.clear();
    cutNext = false;
    severed += open;
    return open;
  };
  const server = createServer((client) => {
    count += 1;
    const upstream = connect(port, host);
    pairs.add([client, upstream]);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.on('data', (bytes) => {
      if (cutNext) {
        cutNext = false;
        // The request arrives, its answer does not: the worst moment for a write.
        upstream.write(bytes, () => setTimeout(cut, 250));
        upstream.removeAllListeners('data');
      } else if (silent !== 'both') {
        upstream.write(bytes);
      }
    });
    upstream.on('data', (bytes) => {
      if (silent === 'no') client.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => count,
    severed: () => severed,
    cut,
    silence: (direction) => {
      silent = direction;
    },
    cutAtNextRequest: () => {
      cutNext = true;
    },
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
