// The HTTP server: takes the hub's route tables and answers them, each in its dialect.
import { isIP } from 'node:net';
import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifySerializerCompiler,
  fastify,
} from 'fastify';
import type { Log } from '#lib/log.ts';
import { answer } from './answer.ts';
import { builtInRoutes, openapiOf } from './built-in.ts';
import { readConsole } from './console-files.ts';
import { checkEntry } from './door.ts';
import { badClient, failure, noRoute, wrongMethod } from './failures.ts';
import { type Hall, pathOf, type ServerOptions, serverLimits } from './hall.ts';
import { trimmingSchema } from './json-schema.ts';
import { type Metrics, newMetrics } from './metrics.ts';
import { rateLimit } from './rate-limit.ts';
import type { Route } from './route.ts';
import { plainHeaders } from './security-headers.ts';

export type Server = AsyncDisposable & {
  /** Begins to listen; port 0 takes a free one. Returns the address bound. */
  readonly listen: (place: { readonly host: string; readonly port: number }) => Promise<URL>;
};

/** Makes a server of the routes and its built-in ones. Disposing lets answers under way finish. */
export async function openServer(options: ServerOptions): Promise<Server> {
  const closing = new AbortController();
  const hall: Hall = {
    options,
    limit: options.apiRequestsMax === undefined ? () => {} : rateLimit(options.apiRequestsMax),
    closing: closing.signal,
    streams: { open: 0 },
  };
  const app = newFastify(options);
  const metrics = newMetrics();
  prepare(app, hall, metrics);
  const routes = [...ownRoutes(options, metrics), ...options.routes];
  for (const route of routes) add(app, hall, route);
  addWrongMethods(app, routes);
  const files =
    options.consoleFolder === undefined ? undefined : await readConsole(options.consoleFolder);
  app.setNotFoundHandler((request, reply) => noRoute(request, reply, files));
  app.setErrorHandler((error, request, reply) => failure(error, request, reply, options.log));
  return {
    listen: async ({ host, port }) => {
      await app.listen({ host, port });
      const address = app.server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      const scheme = options.tls === undefined ? 'http' : 'https';
      return new URL(`${scheme}://${isIP(host) === 6 ? `[${host}]` : host}:${bound}`);
    },
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      const impatience = setTimeout(() => app.server.closeAllConnections(), serverLimits.closeMs);
      await app.close().finally(() => clearTimeout(impatience));
    },
  };
}

function ownRoutes(options: ServerOptions, metrics: Metrics): Route[] {
  return builtInRoutes({
    ready: options.ready,
    metrics,
    moreMetrics: options.moreMetrics ?? (async () => []),
    document: lazily(() => openapiOf(options.routes, options)),
  });
}

function newFastify(options: ServerOptions): FastifyInstance {
  const connection = {
    maxHeaderSize: serverLimits.headerBytes,
    headersTimeout: serverLimits.headersMs,
  };
  const common = {
    requestTimeout: serverLimits.requestMs,
    keepAliveTimeout: serverLimits.keepAliveMs,
    forceCloseConnections: 'idle' as const,
    trustProxy: [...(options.trustedProxies ?? [])],
    clientErrorHandler: badClient,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      void failure(error, request, reply, options.log),
    routerOptions: {
      caseSensitive: false,
      ignoreTrailingSlash: true,
      maxParamLength: serverLimits.pathParameterLength,
    },
  };
  if (options.tls === undefined) return fastify({ ...common, http: connection });
  const { cert, key } = options.tls;
  const https = {
    ...connection,
    cert,
    key: key.reveal(),
    minVersion: 'TLSv1.2' as const,
  };
  return fastify({ ...common, https });
}

function prepare(app: FastifyInstance, hall: Hall, metrics: Metrics): void {
  const headers = plainHeaders(hall.options.publicUrl.protocol === 'https:');
  // Bodies are read by the handler itself, so that it alone decides about size and type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.decorateRequest('caller', undefined);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    await checkEntry(hall, request);
  });
  app.addHook('onResponse', async (request, reply) => {
    const { route } = request.routeOptions.config;
    const seconds = reply.elapsedTime / 1000;
    metrics.count(route?.path ?? 'unknown', request.method, reply.statusCode, seconds);
    note(hall.options.log, request, reply);
  });
}

/** One line a request. */
function note(log: Log, request: FastifyRequest, reply: FastifyReply): void {
  const level = request.url.startsWith('/health/') ? 'debug' : 'info';
  const { actor } = request.caller ?? {};
  log[level]('answered', {
    method: request.method,
    path: pathOf(request),
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime * 10) / 10,
    ip: request.ip,
    actor: actor === undefined ? undefined : `${actor.kind} ${actor.id}`,
  });
}

function add(app: FastifyInstance, hall: Hall, route: Route): void {
  const kinds = Object.entries(route.answers);
  const schemas = kinds.flatMap(([status, kind]) =>
    typeof kind === 'string' || route.dialect !== 'v1' ? [] : [[status, trimmingSchema(kind)]],
  );
  app.route({
    method: route.method,
    url: route.path,
    config: { route },
    exposeHeadRoute: route.method === 'GET' && !kinds.some(([, kind]) => kind === 'events'),
    schema: { response: Object.fromEntries(schemas) },
    ...(schemas.length === 0 ? {} : { serializerCompiler: whenNeeded(app) }),
    handler: (request, reply) => answer(hall, route, request, reply),
  });
}

/**
 * Fastify's own compiler, asked at an answer's first use: to make them all was a quarter of a start. Fastify
 * sets it up for routes that bring none of their own, such as those of addWrongMethods.
 */
function whenNeeded(app: FastifyInstance): FastifySerializerCompiler<unknown> {
  return (asked) => {
    const write = lazily(() => {
      const compile = app.serializerCompiler;
      if (compile === undefined) throw new Error('fastify has no compiler of answers');
      return compile(asked);
    });
    return (data) => write()(data);
  };
}

/** RFC 9110 §15.5.6: a known path asked in another way is 405 and names the ways it knows. */
function addWrongMethods(app: FastifyInstance, routes: readonly Route[]): void {
  const shape = (path: string) => path.replaceAll(/:\w+/g, ':id').toLowerCase();
  for (const [path, group] of Map.groupBy(routes, (route) => shape(route.path))) {
    const methods = new Set<string>(group.map(({ method }) => method));
    if (group.some(({ answers }) => !Object.values(answers).includes('events')))
      methods.add('HEAD');
    if (!methods.has('GET')) methods.delete('HEAD');
    app.route({
      method: allMethods.filter((method) => !methods.has(method)),
      url: path,
      exposeHeadRoute: false,
      schema: { response: {} },
      handler: (request, reply) => wrongMethod(request, reply, [...methods]),
    });
  }
}

const allMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
