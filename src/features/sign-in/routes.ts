// The endpoints of signing in and out, and of who one is.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { Problem, refuse } from '#domain/problem.ts';
import { forgetCookie, readCookie } from '#http/cookies.ts';
import { type Answer, type RequestHeaders, type Route, route } from '#http/route.ts';
import { ownPath } from '#lib/own-path.ts';
import { Secret } from '#lib/secret.ts';
import { fastHash, isSameText } from '#lib/tokens.ts';
import { checkLogin } from './check-login.ts';
import { factorRoutes } from './factor-routes.ts';
import {
  Back,
  choose,
  cookieName,
  freshForm,
  goTo,
  isOwnForm,
  ownCookieName,
  placeOf,
  refused,
  type SignInPorts,
  Whose,
  whoIsSignedIn,
} from './forms.ts';

import { invitationRoutes } from './invitation-routes.ts';
import { othersRoutes } from './others-routes.ts';
import { signedOutPage, signOutPage } from './pages.ts';
import { passwordRoutes } from './password-routes.ts';
import { findPerson } from './people.ts';
import { afterPassword } from './second-step.ts';
import { secondStepRoutes } from './second-step-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { endSession } from './sessions.ts';
import { settingsRoutes } from './settings-routes.ts';
import { findOrigin } from './sso-sessions.ts';
import { ownSession, switchBackRoutes } from './switch-back.ts';

const text = (max: number) => z.string().max(max);
const LoginForm = z.looseObject({
  csrf: text(200).default(''),
  return: text(4_000).default('/'),
  entity: Whose.optional().catch(undefined),
  login: text(254).default(''),
  password: text(1_024).default(''),
});
/** `local`: the page itself, wherever it would go on to. */
const LoginQuery = Back.extend({
  entity: Whose.optional().catch(undefined),
  local: text(10).optional(),
});
const LogoutForm = z.looseObject({ csrf: text(200).default('') });

export const Me = z.object({
  kind: z.enum(['agent', 'user', 'application']),
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  permissions: z.array(z.string()),
  /** Of a user: the client of their site. */
  clientId: z.int().optional(),
  csrfToken: z.string().optional(),
  /** Who really acts, while somebody acts as another (RFC 8693, `act`); then also why and how long. */
  actor: z.object({ kind: z.literal('agent'), id: z.string(), name: z.string() }).optional(),
  impersonation: z.object({ reason: z.string(), endsAt: z.iso.datetime() }).optional(),
});

async function impersonationOf(ports: SignInPorts, actor: Actor, headers: RequestHeaders) {
  if (actor.behind === undefined) return {};
  const who = await whoIsSignedIn(ports, headers);
  const { impersonation, endsAt } = who?.session ?? {};
  if (impersonation === undefined) return { actor: actor.behind };
  return { actor: actor.behind, impersonation: { reason: impersonation.reason, endsAt } };
}

export function signInRoutes(ports: SignInPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/auth/me',
      summary: 'Who am I',
      dialect: 'v1',
      access: 'signed-in',
      answers: { 200: Me },
      handle: async ({ actor, csrfToken, headers }) => {
        const { kind, id, name, permissions, clientId } = actor;
        const person =
          kind === 'agent' || kind === 'user'
            ? await findPerson(ports, { kind, id: Number(id) })
            : undefined;
        const email = person?.email ?? null;
        const me = { kind, id, name, email, permissions: [...permissions], clientId, csrfToken };
        return { status: 200, body: { ...me, ...(await impersonationOf(ports, actor, headers)) } };
      },
    }),
    route({
      method: 'GET',
      path: '/auth/login',
      summary: 'The sign-in page',
      dialect: 'page',
      access: 'anyone',
      query: LoginQuery,
      answers: { 200: 'page', 303: 'empty' },
      handle: async ({ headers, query }) => {
        const { entity: whose } = query;
        const back = ownPath(query.return);
        const signedIn = await whoIsSignedIn(ports, headers);
        if (signedIn !== undefined) return goTo(signedIn.session.mustChange ? choose(back) : back);
        const restored = await ownSession(ports, headers, back);
        if (restored !== undefined) return restored;
        const options = await ports.signOnOptions(whose, back);
        if (options.autoRedirect !== undefined && query.local !== '1') {
          return goTo(options.autoRedirect);
        }
        return freshForm(ports, headers, { status: 200, back, login: '', whose, options });
      },
    }),
    route({
      method: 'POST',
      path: '/auth/login',
      summary: 'Signs in with the form of the sign-in page',
      dialect: 'page',
      access: 'anyone',
      consumes: 'form',
      body: LoginForm,
      answers: { 200: 'page', 303: 'empty', 400: 'page', 401: 'page', 403: 'page', 429: 'page' },
      handle: async ({ headers, body, ip }) => {
        const back = ownPath(body.return);
        if (!isOwnForm(ports, headers, body.csrf)) {
          const refusal = 'The page was open for too long. Please try again.';
          return freshForm(ports, headers, {
            ...{ status: 400, back, refusal },
            ...{ login: body.login, whose: body.entity },
          });
        }
        const { login } = body;
        const password = new Secret(body.password);
        const now = ports.clock();
        const answer = await refused(async () => {
          const place = placeOf(ports, headers, ip);
          const found = await checkLogin(ports, { login, password, ...place }, now);
          return found && afterPassword(ports, found.person, { headers, ip, back }, now);
        });
        if (!(answer instanceof Problem)) return answer;
        const { status, message: refusal } = answer;
        return freshForm(ports, headers, { status, back, login, refusal, whose: body.entity });
      },
    }),
    ...secondStepRoutes(ports),
    ...passwordRoutes(ports),
    ...factorRoutes(ports),
    ...settingsRoutes(ports),
    ...invitationRoutes(ports),
    ...sessionRoutes(ports),
    ...othersRoutes(ports),
    ...switchBackRoutes(ports),
    ...logoutRoutes(ports),
  ];
}

function logoutRoutes(ports: SignInPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/auth/logout',
      summary: 'Asks whether to sign out',
      dialect: 'page',
      access: 'anyone',
      answers: { 200: 'page' },
      handle: async ({ headers }) => {
        const who = await whoIsSignedIn(ports, headers);
        if (who === undefined) return { status: 200, page: signedOutPage };
        const page = { csrf: who.csrfToken, back: '/', name: (who.behind ?? who.person).name };
        return { status: 200, page: (nonce) => signOutPage(nonce, page) };
      },
    }),
    route({
      method: 'POST',
      path: '/auth/logout',
      summary: 'Signs out',
      dialect: 'page',
      access: 'anyone',
      consumes: 'form',
      body: LogoutForm,
      answers: { 200: 'page', 403: 'page' },
      handle: async ({ headers, body, ip }) => {
        const token = readCookie(headers, cookieName(ports));
        const who = await whoIsSignedIn(ports, headers);
        let onward: Answer | undefined;
        if (who !== undefined && token !== undefined) {
          if (!isSameText(body.csrf, who.csrfToken)) refuse('session.unproven');
          const origin = await findOrigin(ports, fastHash(token));
          await endSession(ports, token, who, ip);
          if (origin !== undefined) onward = await ports.providerLogout(origin, headers);
        }
        const cookies = [cookieName(ports), ownCookieName(ports)];
        const forgotten = cookies.map((name) => forgetCookie(name, ports.secure));
        return withCookies(onward ?? { status: 200, page: signedOutPage }, forgotten);
      },
    }),
  ];
}

/** Beside those that the answer sets itself. */
function withCookies(answer: Answer, cookies: readonly string[]): Answer {
  const own = [answer.headers?.['set-cookie'] ?? []].flat();
  return { ...answer, headers: { ...answer.headers, 'set-cookie': [...own, ...cookies] } };
}
