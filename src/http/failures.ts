// What is answered when there is no route, the wrong method, a refusal or a failure.
import { randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '#domain/problem.ts';
import type { Log } from '#lib/log.ts';
import type { ConsoleFile, ConsoleFiles } from './console-files.ts';
import { Misfit } from './fit.ts';
import { pathOf } from './hall.ts';
import { type RefusalContext, spellRefusal } from './refusals.ts';
import type { Dialect } from './route.ts';
import { consolePolicy, newNonce, pagePolicy } from './security-headers.ts';

export function failure(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Log,
): FastifyReply {
  const problem = problemOf(error, request);
  const reference = problem.values.reference;
  if (problem.status >= 500 || problem.detail !== undefined) {
    const path = pathOf(request);
    log[problem.status >= 500 ? 'error' : 'warn']('refused', { path, reference, error: problem });
  }
  return sendRefusal(problem, request, reply);
}

/** Anything that is not a refusal of ours is a failure: told by a reference, explained in the log. */
function problemOf(error: unknown, request: FastifyRequest): Problem {
  const { route } = request.routeOptions.config;
  const path = pathOf(request);
  if (error instanceof Misfit && error.place === 'path' && route?.dialect !== 'halo') {
    return new Problem('route.unknown', { path });
  }
  if (error instanceof Problem) return error;
  const code = codeOf(error);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new Problem('media-type.unknown', { type: 'unknown', wanted: 'application/json' });
  }
  if (code === 'FST_ERR_BAD_URL' || code === 'FST_ERR_MAX_PARAM_LENGTH') {
    return new Problem('route.unknown', { path });
  }
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new Problem('request.malformed', { reason: 'it ended early' });
  }
  return new Problem('hub.failed', { reference: randomBytes(6).toString('hex') }, error);
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function sendRefusal(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const dialect = dialectFor(problem, request);
  if (dialect === 'page' && problem.status === 401 && request.method === 'GET') {
    const wanted = encodeURIComponent(request.url);
    return reply.redirect(`/auth/login?return=${wanted}`, 303);
  }
  const nonce = newNonce();
  const reference = problem.values.reference;
  const context: RefusalContext = {
    path: pathOf(request),
    nonce,
    ...(reference === undefined ? {} : { reference: String(reference) }),
  };
  const refusal = spellRefusal(dialect, problem, context);
  if (dialect === 'page') reply.header('content-security-policy', pagePolicy(nonce));
  return reply
    .code(refusal.status)
    .removeHeader('connection')
    .headers({ ...refusal.headers, 'cache-control': 'no-store' })
    .type(refusal.type)
    .send(refusal.body);
}

/** OAuth has no words for an address that does not exist: it is refused like any other such. */
function dialectFor({ code }: Problem, request: FastifyRequest): Dialect {
  const dialect = request.routeOptions.config.route?.dialect ?? dialectOf(request);
  return dialect === 'oauth' && code === 'route.unknown' ? dialectOf(request) : dialect;
}

/** For addresses without a route: the family they would belong to. */
function dialectOf(request: FastifyRequest): Dialect {
  const path = pathOf(request).toLowerCase();
  if (/^\/api(\/|$)/.test(path)) return 'halo';
  if (/^\/v1(\/|$)/.test(path)) return 'v1';
  return wantsHtml(request) ? 'page' : 'v1';
}

function wantsHtml(request: FastifyRequest): boolean {
  return (request.headers.accept ?? '').includes('text/html');
}

const ordinaryMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export function noRoute(
  request: FastifyRequest,
  reply: FastifyReply,
  files: ConsoleFiles | undefined,
): FastifyReply {
  const path = pathOf(request);
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const file = reads ? files?.find(path) : undefined;
  if (file !== undefined) return sendFile(file, request, reply);
  if (reads && files !== undefined && wantsHtml(request) && isConsolePath(path)) {
    const nonce = newNonce();
    return reply
      .header('content-security-policy', consolePolicy(nonce))
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(files.index(nonce));
  }
  const problem = ordinaryMethods.has(request.method)
    ? new Problem('route.unknown', { path })
    : new Problem('method.unknown', { path, method: request.method });
  return sendRefusal(problem, request, reply);
}

/** The console routes its own addresses; ours and names of files are not among them. */
function isConsolePath(path: string): boolean {
  return !/^\/(api|v1|auth|health|metrics|openapi\.json|docs|assets|s)(\/|$)/i.test(path);
}

function sendFile(file: ConsoleFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply
    .type(file.type)
    .header('etag', file.etag)
    .header('vary', 'accept-encoding')
    .header('cache-control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  const gzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  if (!gzip || file.gzipped === undefined) return reply.send(file.bytes);
  return reply.header('content-encoding', 'gzip').send(file.gzipped);
}

export function wrongMethod(
  request: FastifyRequest,
  reply: FastifyReply,
  methods: readonly string[],
): FastifyReply {
  const problem = new Problem('method.unknown', { path: pathOf(request), method: request.method });
  return sendRefusal(problem, request, reply.header('allow', methods.join(', ')));
}

/** Bytes that are not HTTP never reach a route; the sender still hears a sentence. */
export function badClient(error: { readonly code?: string }, socket: Socket): void {
  if (socket.destroyed || error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = clientErrors[error.code ?? ''] ?? 400;
  const title = STATUS_CODES[status] ?? 'Bad Request';
  const body = JSON.stringify({ type: 'about:blank', title, status, code: 'request.malformed' });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const clientErrors: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};
