// The door: who may come in to a route, decided before a byte of the body is read.
import type { FastifyRequest } from 'fastify';
import { allows } from '#domain/permission.ts';
import { refuse } from '#domain/problem.ts';
import { isSameText } from '#lib/tokens.ts';
import type { Caller, Hall } from './hall.ts';
import type { Route } from './route.ts';

export async function checkEntry(hall: Hall, request: FastifyRequest): Promise<void> {
  const { route } = request.routeOptions.config;
  if (route === undefined) return;
  const caller = await hall.options.authenticate({ headers: request.headers, ip: request.ip });
  if (caller?.limitedAs !== undefined) hall.limit(caller.limitedAs);
  const proven = caller === undefined || isProven(caller, route, request);
  if (route.access === 'anyone') {
    request.caller = proven ? caller : undefined;
    return;
  }
  if (caller === undefined) refuse('sign-in.needed');
  if (!proven) refuse('session.unproven');
  request.caller = caller;
  if (route.access === 'signed-in') return;
  for (const permission of route.access) {
    if (!allows(caller.actor.permissions, permission)) refuse('permission.lacking', { permission });
  }
}

/** Whether the credentials still hold: asked again while a stream of events is open. */
export async function isStillAllowed(hall: Hall, request: FastifyRequest): Promise<boolean> {
  try {
    await checkEntry(hall, request);
    return true;
  } catch {
    return false;
  }
}

/**
 * A cookie comes along with whatever another site makes the browser send; the token in a header
 * does not. A page's form carries it as a field instead, which is checked once the form is read.
 */
function isProven(caller: Caller, route: Route, request: FastifyRequest): boolean {
  if (caller.csrfToken === undefined || route.method === 'GET') return true;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  if (route.dialect === 'page') return true;
  const token = request.headers['x-csrf-token'];
  return typeof token === 'string' && isSameText(token, caller.csrfToken);
}
