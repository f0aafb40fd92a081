// A route is a value: what it is called, who may call it, what it takes and what it answers.
import type { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import type { Permission } from '#domain/permission.ts';

/** Who may call: anyone, anyone signed in, or an actor who holds every permission listed. */
export type Access = 'anyone' | 'signed-in' | readonly Permission[];

/** How refusals are spelt: Halo's error shapes, RFC 9457 problems, RFC 6749 errors, or a page. */
export type Dialect = 'halo' | 'v1' | 'oauth' | 'page';

export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;
export type AnswerHeaders = Readonly<Record<string, string | readonly string[]>>;

export type Asked<P, Q, B> = {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Who calls. For access 'anyone' without credentials: `nobody`, who may do nothing. */
  readonly actor: Actor;
  /** For a cookie session: what the field `csrf` of a page's form must hold. */
  readonly csrfToken?: string;
  readonly headers: RequestHeaders;
  readonly ip: string;
  /** The query as it was written: what signs the redirect binding of SAML covers its very octets. */
  readonly search: string;
  readonly signal: AbortSignal;
};

export type ServerEvent = { readonly event: string; readonly data: unknown };

export type Answer = {
  readonly status: number;
  /** A value that becomes JSON; for an answer declared 'text', a string, bytes or a stream, sent as they are. */
  readonly body?: unknown;
  readonly headers?: AnswerHeaders;
  /** An HTML page. The nonce is this answer's own: scripts and styles without it do not run. */
  readonly page?: (nonce: string) => string;
  /** The one origin, beside our own, that forms of the page may be sent to. */
  readonly formsTo?: string;
  /** Called once, when the answer went out: whole, or cut off because its reader went away. */
  readonly sent?: (whole: boolean) => void;
  /** Server-sent events: each value becomes one event; the connection ends when the iterable does. */
  readonly events?: AsyncIterable<ServerEvent>;
};

/**
 * What an answer holds: a schema's JSON, nothing, events, an HTML page, text with its own type, or a refusal
 * that the route makes beside those that every route like it may make.
 */
export type AnswerKind = z.ZodType | 'empty' | 'events' | 'page' | 'text' | 'refusal';

export type Output<S> = S extends z.ZodType ? z.output<S> : undefined;

export type RouteOf<
  P extends z.ZodType | undefined,
  Q extends z.ZodType | undefined,
  B extends z.ZodType | undefined,
> = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Fastify's spelling: /api/users/:id. Matched in any letter case. */
  readonly path: string;
  readonly summary: string;
  readonly dialect: Dialect;
  readonly access: Access;
  readonly params?: P;
  /** For the Halo dialect: names in lower case; they arrive lower-cased whatever the client wrote. */
  readonly query?: Q;
  readonly body?: B;
  /** The media types of the body; JSON and its relatives when left out. */
  readonly consumes?: 'form' | 'json';
  /** The largest body in bytes, where the server's general limit does not fit. */
  readonly bodyBytesMax?: number;
  /** The answer by status. In /v1 a schema trims what is not declared: a net for secrets. */
  readonly answers: Readonly<Record<number, AnswerKind>>;
  handle(asked: Asked<Output<P>, Output<Q>, Output<B>>): Promise<Answer>;
};

export type Route = RouteOf<z.ZodType | undefined, z.ZodType | undefined, z.ZodType | undefined>;

/** Gives a route's handler the types of its schemas. */
export function route<
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(table: RouteOf<P, Q, B>): Route {
  return table;
}
