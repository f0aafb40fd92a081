// Answers one request: fits what was asked, calls the route's handler, sends what it gave.
import assert from 'node:assert/strict';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callingFrom, nobody } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { isSameText } from '#lib/tokens.ts';
import { readBody } from './body.ts';
import { isStillAllowed } from './door.ts';
import { streamEvents } from './events.ts';
import { checkParams, fitBody, fitParams, fitQuery } from './fit.ts';
import { type Hall, serverLimits } from './hall.ts';
import type { Answer, Asked, Route } from './route.ts';
import { newNonce, pagePolicy } from './security-headers.ts';

export async function answer(
  hall: Hall,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const asked = await ask(hall, route, request, reply);
  const given = await route.handle(asked);
  if (given.sent !== undefined) tellWhenSent(given.sent, reply);
  reply.code(given.status).header('cache-control', 'no-store');
  for (const [name, value] of Object.entries(given.headers ?? {})) reply.header(name, value);
  if (given.events !== undefined) return sendEvents(hall, given.events, request, reply);
  return send(route, given, reply);
}

async function ask(
  hall: Hall,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Asked<unknown, unknown, unknown>> {
  checkParams(request.params);
  const params = route.params === undefined ? undefined : fitParams(route.params, request.params);
  const query =
    route.query === undefined
      ? undefined
      : fitQuery(route.query, request.query, route.dialect === 'halo');
  const body = await takeBody(hall, route, request);
  let controller: AbortController | undefined;
  const { csrfToken, actor = callingFrom(nobody, request.ip) } = request.caller ?? {};
  return {
    params,
    query,
    body,
    actor,
    ...(csrfToken === undefined ? {} : { csrfToken }),
    headers: request.headers,
    ip: request.ip,
    search: searchOf(request),
    // Made when asked for: most handlers never look at it.
    get signal() {
      controller ??= goneWith(reply);
      return controller.signal;
    },
  };
}

function searchOf({ url }: FastifyRequest): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at + 1);
}

async function takeBody(hall: Hall, route: Route, request: FastifyRequest): Promise<unknown> {
  if (route.body === undefined) return undefined;
  const bytesMax = route.bodyBytesMax ?? hall.options.bodyBytesMax ?? serverLimits.bodyBytes;
  const body = await readBody(request.raw, {
    kind: route.consumes ?? 'json',
    bytesMax,
    marksPoints: route.dialect === 'halo',
  });
  if (route.dialect === 'page' && route.access !== 'anyone') checkForm(body, request);
  return fitBody(route.body, body);
}

const Proof = z.looseObject({ csrf: z.string() });

/** A form sent with a session carries the session's token as its field `csrf`. */
function checkForm(body: unknown, request: FastifyRequest): void {
  const wanted = request.caller?.csrfToken;
  if (wanted === undefined) return;
  const proof = Proof.safeParse(body);
  if (!proof.success || !isSameText(proof.data.csrf, wanted)) refuse('session.unproven');
}

/** Aborts when the reader goes away before the answer is finished. */
function goneWith(reply: FastifyReply): AbortController {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  if (reply.raw.destroyed) controller.abort();
  return controller;
}

function tellWhenSent(sent: NonNullable<Answer['sent']>, { raw }: FastifyReply): void {
  if (raw.destroyed) sent(false);
  else raw.once('close', () => sent(raw.writableFinished));
}

function send(route: Route, given: Answer, reply: FastifyReply): FastifyReply {
  if (given.page !== undefined) {
    const nonce = newNonce();
    return reply
      .header('content-security-policy', pagePolicy(nonce, given.formsTo))
      .type('text/html; charset=utf-8')
      .send(given.page(nonce));
  }
  const declared = route.answers[given.status];
  if (given.body === undefined || declared === 'empty') return reply.send();
  assert(declared !== undefined, `${route.method} ${route.path} declares no ${given.status}`);
  if (declared === 'text') return reply.send(given.body);
  if (route.dialect === 'v1') return reply.send(given.body);
  // Halo's objects are open and OAuth's are ours: neither is trimmed, so the quickest way will do.
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(given.body));
}

async function sendEvents(
  hall: Hall,
  events: NonNullable<Answer['events']>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (hall.streams.open >= serverLimits.eventStreams) refuse('hub.busy', { seconds: 15 });
  hall.streams.open += 1;
  reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('x-accel-buffering', 'no');
  reply.hijack();
  try {
    const headers = Object.entries(reply.getHeaders());
    for (const [name, value] of headers) if (value !== undefined) reply.raw.setHeader(name, value);
    reply.raw.writeHead(reply.statusCode);
    reply.raw.flushHeaders();
    await streamEvents(reply.raw, events, {
      signal: AbortSignal.any([hall.closing, goneWith(reply).signal]),
      stillAllowed: () => isStillAllowed(hall, request),
      heartbeatMs: hall.options.heartbeatMs ?? serverLimits.heartbeatMs,
    });
  } catch (error) {
    hall.options.log.error('a stream of events broke', { path: request.routeOptions.url, error });
    reply.raw.destroy();
  } finally {
    hall.streams.open -= 1;
  }
  return reply;
}
