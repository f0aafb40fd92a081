// What the parts of the server share: its options, its limits and who is calling.
import type { FastifyRequest } from 'fastify';
import type { Actor } from '#domain/actor.ts';
import type { Log } from '#lib/log.ts';
import type { Secret } from '#lib/secret.ts';
import type { Readiness } from './built-in.ts';
import type { Metric } from './metrics.ts';
import type { RateLimit } from './rate-limit.ts';
import type { RequestHeaders, Route } from './route.ts';

/** Who calls, and what their credentials bring with them. */
export type Caller = {
  readonly actor: Actor;
  /** For a cookie session: what X-CSRF-Token must say before anything is changed. */
  readonly csrfToken?: string;
  /** Whose requests count together against the rate limit; sessions of people are not limited. */
  readonly limitedAs?: string;
};

/** Finds out who calls; undefined without credentials or with any that do not hold. */
export type Authenticate = (request: {
  readonly headers: RequestHeaders;
  readonly ip: string;
}) => Promise<Caller | undefined>;

export type ServerOptions = {
  readonly routes: readonly Route[];
  readonly authenticate: Authenticate;
  readonly publicUrl: URL;
  readonly version: string;
  readonly log: Log;
  readonly ready: Readiness;
  readonly moreMetrics?: () => Promise<readonly Metric[]>;
  /** The console's built files; without them / answers 404. */
  readonly consoleFolder?: string;
  /** Addresses or networks whose X-Forwarded-For counts. */
  readonly trustedProxies?: readonly string[];
  readonly tls?: { readonly cert: string; readonly key: Secret };
  /** Requests per application in five minutes; none: no limit. */
  readonly apiRequestsMax?: number;
  readonly bodyBytesMax?: number;
  /** How often a stream of events shows life and asks whether its reader is still allowed. */
  readonly heartbeatMs?: number;
};

export const serverLimits = {
  bodyBytes: 1024 * 1024,
  headerBytes: 16 * 1024,
  headersMs: 20_000,
  requestMs: 60_000,
  keepAliveMs: 65_000,
  /** How long answers that are under way may take when the hub stops. */
  closeMs: 10_000,
  pathParameterLength: 500,
  eventStreams: 500,
  heartbeatMs: 15_000,
} as const;

export type Hall = {
  readonly options: ServerOptions;
  readonly limit: RateLimit;
  readonly closing: AbortSignal;
  readonly streams: { open: number };
};

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | undefined;
  }
  interface FastifyContextConfig {
    route?: Route;
  }
}

/** The path alone: a query may hold codes, searches and names that no log or answer repeats. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/';
}
