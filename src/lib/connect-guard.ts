// The one way out of the hub: every protocol connects here, to an address that was judged and is kept.
import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { canonicalHost, isCovered, plainAddress, reachOf } from './addresses.ts';
import {
  ConnectRefusal,
  type Endpoint,
  reason,
  tlsRefusal,
  unknownName,
  unreachable,
} from './connect-refusal.ts';
import type { Secret } from './secret.ts';

/** What one connection may reach. */
export type Allowance = {
  /** A lab connection reaches loopback, and nothing else. */
  readonly lab: boolean;
  /** Hosts and ports an administrator confirmed for this connection. */
  readonly confirmed: readonly Endpoint[];
  /** What may be confirmed at all: SUNDOG_OUTBOUND_ALLOW, read by parseAllowed. */
  readonly networks: readonly string[];
  /** See identityAllowance; with it, nothing but that endpoint is reached. */
  readonly identity?: Endpoint;
};

/**
 * For the managed-identity connector alone: the one endpoint of this machine at which its cloud hands out
 * tokens, on loopback or link-local, given as an address and never as a name. Nothing else is reached.
 */
export function identityAllowance(identity: Endpoint): Allowance {
  return { lab: false, confirmed: [], networks: [], identity };
}

/** TLS is always verified; what may differ is who is trusted and the name that is asked for. */
export type TlsTrust = {
  /** PEM of the authorities trusted instead of the system's. */
  readonly ca?: string;
  readonly servername?: string;
  readonly alpn?: readonly string[];
  /** What the hub shows of itself where the server asks: PEM of its key and its certificate. */
  readonly client?: { readonly key: Secret; readonly cert: string };
};

/** The network as the guard sees it, so that a test can stand in for it and dial nothing. */
export type Network = {
  /** Every address the name has. */
  lookup(host: string): Promise<readonly string[]>;
  connect(address: string, port: number): Socket;
};

export const systemNetwork: Network = {
  async lookup(host) {
    const answers = await lookup(host, { all: true, verbatim: true });
    return answers.map(({ address }) => address);
  },
  connect: (address, port) => connect({ host: address, port, noDelay: true }),
};

export const connectLimits = { addressesMax: 8, timeoutMs: 10_000, attemptMsMin: 1_000 } as const;

/** On public addresses these need no confirmation: mail, web and directories, with and without TLS. */
const usualPorts = new Set([25, 80, 389, 443, 465, 587, 636, 2525, 3268, 3269, 8443]);

/**
 * The addresses the endpoint has now, every one of them judged; throws a ConnectRefusal when a single one
 * is out of bounds. Connect to what this returns and to nothing else: asking DNS again would let the
 * answer change between check and use (DNS rebinding).
 */
export async function permittedAddresses(
  endpoint: Endpoint,
  allowance: Allowance,
  network: Network = systemNetwork,
): Promise<readonly [string, ...string[]]> {
  const host = canonicalHost(endpoint.host);
  if (host === undefined || !isPort(endpoint.port)) {
    throw new ConnectRefusal(
      'address.malformed',
      `"${endpoint.host}:${endpoint.port}" is no host and port; write them as in dc1.example.org and 636.`,
    );
  }
  const answers = isIP(host) === 0 ? await answersFor(host, network) : [host];
  for (const answer of answers) judge({ host, port: endpoint.port }, answer, allowance);
  const [first, ...others] = answers.map(plainAddress);
  if (first === undefined) throw unknownName(host);
  return [first, ...others.slice(0, connectLimits.addressesMax - 1)];
}

export type GuardedConnect = Endpoint & {
  readonly allowance: Allowance;
  /** TLS from the first byte; left out for plain TCP (and for StartTLS, which comes later). */
  readonly tls?: TlsTrust;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

/** Connects (and shakes hands, with `tls`) to a permitted address, or throws a ConnectRefusal. */
export async function guardedConnect(
  asked: GuardedConnect,
  network: Network = systemNetwork,
): Promise<Socket | TLSSocket> {
  const timeoutMs = asked.timeoutMs ?? connectLimits.timeoutMs;
  const deadline = performance.now() + timeoutMs;
  const late = AbortSignal.timeout(timeoutMs);
  const signal = asked.signal === undefined ? late : AbortSignal.any([asked.signal, late]);
  const addresses = await untilAborted(
    permittedAddresses(asked, asked.allowance, network),
    signal,
    asked,
  );
  const failures: string[] = [];
  for (const [index, address] of addresses.entries()) {
    const share = (deadline - performance.now()) / (addresses.length - index);
    const attemptMs = Math.max(connectLimits.attemptMsMin, share);
    const attempt = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(attemptMs))]);
    const socket = await opened(network.connect(address, asked.port), 'connect', attempt).catch(
      (error: unknown) => {
        failures.push(`${address}: ${reason(error)}`);
        return undefined;
      },
    );
    if (socket !== undefined) return asked.tls ? secured(socket, asked, asked.tls, signal) : socket;
    if (signal.aborted) break;
  }
  throw unreachable(asked, failures.join('; '));
}

/** Lays TLS over a connected socket: at once, or after a protocol's StartTLS. */
export async function secured(
  socket: Socket,
  { host, port }: Endpoint,
  trust: TlsTrust,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const servername = trust.servername ?? host;
  const tlsSocket = connectTls({
    socket,
    host: servername,
    ...(isIP(servername) === 0 ? { servername } : {}),
    ...(trust.ca === undefined ? {} : { ca: trust.ca }),
    ...(trust.alpn === undefined ? {} : { ALPNProtocols: [...trust.alpn] }),
    ...(trust.client && { key: trust.client.key.reveal(), cert: trust.client.cert }),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
  });
  try {
    return await opened(tlsSocket, 'secureConnect', signal);
  } catch (error) {
    socket.destroy();
    throw tlsRefusal({ host, port }, error);
  }
}

function judge({ host, port }: Endpoint, address: string, allowance: Allowance): void {
  const reach = reachOf(address);
  const where = host === address ? host : `${host} leads to ${address}, which`;
  if (allowance.identity !== undefined) {
    if (isIdentity({ host, port }, address, allowance.identity)) return;
    throw forbidden(`${where} is not where this machine’s cloud hands out tokens.`);
  }
  if (allowance.lab) {
    if (reach === 'loopback') return;
    throw forbidden(`${where} is not on this machine; a lab connection reaches nothing else.`);
  }
  if (reach !== 'public' && reach !== 'private') throw forbidden(`${where} ${nowhere[reach]}`);
  const confirmed = allowance.confirmed.some(
    (one) => one.port === port && canonicalHost(one.host) === host,
  );
  if (reach === 'public') {
    if (usualPorts.has(port) || confirmed) return;
    throw new ConnectRefusal(
      'address.unconfirmed',
      `Port ${port} of ${host} is unusual; an administrator must confirm it for this connection first (${howToConfirm}).`,
    );
  }
  if (!isCovered(allowance.networks, host, address)) {
    throw new ConnectRefusal(
      'address.not-allowed',
      `${where} is on a private network that the setting SUNDOG_OUTBOUND_ALLOW does not cover; add the host or its network there and restart the hub.`,
    );
  }
  if (confirmed) return;
  throw new ConnectRefusal(
    'address.unconfirmed',
    `${where} is on a private network; an administrator must confirm ${host}:${port} for this connection first (${howToConfirm}).`,
  );
}

/** Azure's services of that kind answer in 169.254.0.0/16 or on loopback, and nowhere else. */
function isIdentity({ host, port }: Endpoint, address: string, identity: Endpoint): boolean {
  const asked = canonicalHost(identity.host) === host && identity.port === port;
  const literal = isIP(host) !== 0 || host === 'localhost';
  const near = reachOf(address) === 'loopback' || /^169\.254\.\d+\.\d+$/.test(address);
  return asked && literal && near;
}

const howToConfirm = 'Confirm on the connection’s page, or POST /v1/connections/{id}/confirm';

const nowhere = {
  loopback: 'is the hub’s own machine; only lab connections may go there.',
  metadata: 'is a link-local or cloud metadata address; the hub never connects there.',
  never: 'is not an address of any machine one could mean; the hub never connects there.',
} as const;

function forbidden(sentence: string): ConnectRefusal {
  return new ConnectRefusal('address.forbidden', sentence);
}

async function answersFor(host: string, network: Network): Promise<readonly string[]> {
  try {
    return await network.lookup(host);
  } catch (error) {
    throw unknownName(host, error);
  }
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port < 65_536;
}

/** The socket once it said the event, or its error; destroyed when the signal comes first. */
function opened<S extends Socket>(socket: S, event: string, signal: AbortSignal): Promise<S> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void) => {
      socket.off(event, onOpen);
      socket.off('error', onError);
      socket.off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      done();
    };
    const onOpen = () => {
      // Whoever takes the socket listens in a moment; unheard until then, an error would end the process.
      socket.on('error', () => {});
      settle(() => resolve(socket));
    };
    const onError = (error: Error) => settle(() => reject(error));
    const onClose = () => settle(() => reject(new Error('the connection was closed')));
    const onAbort = () => {
      settle(() => reject(new Error('no answer in time')));
      socket.on('error', () => {});
      socket.destroy();
    };
    socket.once(event, onOpen);
    socket.once('error', onError);
    socket.once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

/** DNS cannot be called off, but nobody need wait for it. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal, asked: Endpoint): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(unreachable(asked, 'no answer in time'));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
