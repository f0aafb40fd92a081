// /auth/authorize: sends a person to sign in, and back to the application with a code.
import { z } from 'zod';
import { Problem, refuse } from '#domain/problem.ts';
import { type Answer, type RequestHeaders, type Route, route } from '#http/route.ts';
import type { Clock } from '#lib/clock.ts';
import { newId } from '#lib/ids.ts';
import { fastHash, newToken } from '#lib/tokens.ts';
import type { Db } from '#store/db.ts';
import { tokenLimits } from './grants.ts';
import { type Application, grantScopes, grantsOf } from './model.ts';
import { findClient } from './queries.ts';
import { insertCode } from './token-queries.ts';

export type AuthorizePorts = {
  readonly db: Db;
  readonly clock: Clock;
  readonly issuer: string;
  /** The agent whose browser this is; undefined when nobody is signed in, or must do more first. A
   * user of the desk has no agentId. */
  readonly whoIsSignedIn: (
    headers: RequestHeaders,
  ) => Promise<{ readonly agentId: number | undefined; readonly since: Date } | undefined>;
};

const text = (max: number) => z.string().max(max).optional();

const Query = z.looseObject({
  tenant: text(200),
  client_id: text(100),
  redirect_uri: text(2_000),
  response_type: text(50),
  response_mode: text(50),
  scope: text(2_000),
  state: text(2_000),
  nonce: text(500),
  prompt: text(50),
  code_challenge: text(128),
  code_challenge_method: text(20),
});
type Query = z.output<typeof Query>;

export function authorizeRoute(ports: AuthorizePorts): Route {
  return route({
    method: 'GET',
    path: '/auth/authorize',
    summary: 'Sends back a code for the agent who is signed in, or to the sign-in page',
    dialect: 'page',
    access: 'anyone',
    query: Query,
    answers: { 302: 'empty', 303: 'empty', 400: 'page' },
    handle: async ({ query, headers }) => {
      const { application, redirectUri } = await whereBack(ports.db, query);
      const back = (answer: Readonly<Record<string, string>>) =>
        backTo(redirectUri, { ...answer, state: query.state, iss: ports.issuer });
      try {
        return await authorize(ports, { application, redirectUri, query, headers, back });
      } catch (error) {
        // Only once the address is known to be the application's own may a refusal go there.
        if (!(error instanceof Problem) || error.status >= 500) throw error;
        const name = /^oauth\.(.+)$/.exec(error.code)?.[1]?.replaceAll('-', '_');
        return back({ error: name ?? 'invalid_request', error_description: error.message });
      }
    },
  });
}

async function whereBack(
  db: Db,
  query: Query,
): Promise<{ readonly application: Application; readonly redirectUri: string }> {
  const known = await findClient(db, query.client_id ?? '');
  const usable = known?.application.enabled === true;
  if (!usable || !grantsOf[known.application.kind].includes('authorization_code')) {
    return refuse('oauth.invalid-client');
  }
  const { application } = known;
  // RFC 9700 §2.1: compared byte for byte; nothing is sent to an address that only looks alike.
  const redirectUri = application.redirectUris.find((uri) => uri === query.redirect_uri);
  if (redirectUri === undefined) {
    return refuse('oauth.invalid-request', {
      reason: 'redirect_uri is none of those registered for the application',
    });
  }
  return { application, redirectUri };
}

async function authorize(
  ports: AuthorizePorts,
  asked: {
    readonly application: Application;
    readonly redirectUri: string;
    readonly query: Query;
    readonly headers: RequestHeaders;
    readonly back: (answer: Readonly<Record<string, string>>) => Answer;
  },
): Promise<Answer> {
  const { application, redirectUri, query, headers, back } = asked;
  if (query.response_type !== 'code') {
    return back({ error: 'unsupported_response_type', error_description: 'Only code is known.' });
  }
  const challenge = query.code_challenge;
  // RFC 9700 §2.1.1: PKCE for every client, and S256 alone.
  if (query.code_challenge_method !== 'S256' || !/^[\w-]{43}$/.test(challenge ?? '')) {
    refuse('oauth.invalid-request', {
      reason: 'code_challenge with code_challenge_method S256 is needed',
    });
  }
  const scopes = grantScopes(query.scope, application.scopes);
  const who = await ports.whoIsSignedIn(headers);
  if (who === undefined) {
    if (query.prompt === 'none') {
      return back({ error: 'login_required', error_description: 'Nobody is signed in.' });
    }
    const location = `/auth/login?return=${encodeURIComponent(sameAgain(query))}`;
    return { status: 303, headers: { location } };
  }
  const { agentId } = who;
  if (agentId === undefined) {
    return refuse('oauth.access-denied', { reason: 'applications are for agents, not for users' });
  }
  const code = newToken();
  const now = ports.clock();
  await insertCode(ports.db, {
    hash: fastHash(code.reveal()),
    family: newId(now),
    applicationId: application.id,
    agentId,
    redirectUri,
    scopes,
    challenge: challenge ?? '',
    nonce: query.nonce,
    signedInAt: who.since,
    expiresAt: new Date(now.getTime() + tokenLimits.codeSeconds * 1000),
  });
  return back({ code: code.reveal() });
}

function sameAgain(query: Query): string {
  const known = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (typeof value === 'string') known.set(name, value);
  }
  return `/auth/authorize?${known}`;
}

function backTo(redirectUri: string, answer: Readonly<Record<string, string | undefined>>): Answer {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return { status: 302, headers: { location: url.href } };
}
