// An undici dispatcher that goes out through the connect guard, follows no redirect and has limits everywhere.
import { Agent } from 'undici';
import { type Allowance, guardedConnect, type Network, systemNetwork } from './connect-guard.ts';

export type AgentLimits = {
  readonly connectMs: number;
  /** Until the first byte of an answer, and between two pieces of its body. */
  readonly headersMs: number;
  readonly bodyMs: number;
  readonly answerBytesMax: number;
  readonly connectionsPerHostMax: number;
};

export const agentLimits: AgentLimits = {
  connectMs: 10_000,
  headersMs: 60_000,
  bodyMs: 30_000,
  answerBytesMax: 64 * 1024 * 1024,
  connectionsPerHostMax: 4,
};

export type AgentOptions = {
  /** PEM of the authorities trusted instead of the system's. */
  readonly ca?: string;
  readonly limits?: Partial<AgentLimits>;
  readonly network?: Network;
};

/**
 * Use it with undici's `request` (which follows no redirect). One agent serves one connection, because it
 * keeps sockets open: an agent shared by two would lend one's confirmed address to the other.
 */
export function guardedAgent(allowance: Allowance, options: AgentOptions = {}): Agent {
  const limits = { ...agentLimits, ...options.limits };
  const trust = options.ca === undefined ? {} : { ca: options.ca };
  return new Agent({
    connections: limits.connectionsPerHostMax,
    pipelining: 1,
    headersTimeout: limits.headersMs,
    bodyTimeout: limits.bodyMs,
    maxResponseSize: limits.answerBytesMax,
    keepAliveTimeout: 10_000,
    connect: ({ hostname, port, protocol }, callback) => {
      const secure = protocol === 'https:';
      guardedConnect(
        {
          host: hostname,
          port: port === '' ? (secure ? 443 : 80) : Number(port),
          allowance,
          timeoutMs: limits.connectMs,
          ...(secure ? { tls: { ...trust, alpn: ['http/1.1'] } } : {}),
        },
        options.network ?? systemNetwork,
      ).then(
        (socket) => callback(null, socket),
        (error: Error) => callback(error, null),
      );
    },
  });
}
