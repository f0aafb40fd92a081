// Back from acting as somebody else to one's own session: by a button, or because the time was over.
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import { forgetCookie, readCookie, writeCookie } from '#http/cookies.ts';
import { type Answer, type RequestHeaders, type Route, route } from '#http/route.ts';
import { fastHash } from '#lib/tokens.ts';
import { cookieName, ownCookieName, type SignInPorts, whoIsSignedIn } from './forms.ts';
import { yourselfAgainPage } from './pages.ts';
import { endImpersonated, findSignedIn, type SignedIn } from './sessions.ts';

export function switchBackRoutes(ports: SignInPorts): Route[] {
  return [
    route({
      method: 'POST',
      path: '/auth/switch-back',
      summary: 'Ends acting as somebody else; the own session goes on',
      dialect: 'v1',
      access: 'signed-in',
      answers: { 200: z.object({ signedIn: z.boolean() }) },
      handle: async ({ headers, ip }) => {
        const token = readCookie(headers, cookieName(ports));
        const who = await whoIsSignedIn(ports, headers);
        if (who?.behind === undefined || token === undefined) return refuse('impersonation.none');
        await endImpersonated(ports, fastHash(token), who, 'they switched back', ip);
        const own = await findOwn(ports, headers);
        const body = { signedIn: own !== undefined };
        return { status: 200, body, headers: { 'set-cookie': cookiesOf(ports, own?.token) } };
      },
    }),
  ];
}

/** For the sign-in page: who acted as somebody else and has an own session left needs no other. */
export async function ownSession(
  ports: SignInPorts,
  headers: RequestHeaders,
  back: string,
): Promise<Answer | undefined> {
  const own = await findOwn(ports, headers);
  if (own === undefined) return undefined;
  const { name } = own.who.person;
  return {
    status: 200,
    page: (nonce) => yourselfAgainPage(nonce, { name, back }),
    headers: { 'set-cookie': cookiesOf(ports, own.token) },
  };
}

async function findOwn(
  ports: SignInPorts,
  headers: RequestHeaders,
): Promise<{ readonly token: string; readonly who: SignedIn } | undefined> {
  const token = readCookie(headers, ownCookieName(ports));
  const who = token === undefined ? undefined : await findSignedIn(ports, token, ports.clock());
  const isOwn = who !== undefined && who.behind === undefined;
  return token === undefined || !isOwn ? undefined : { token, who };
}

/** The own session's cookie takes its place again; without one there is none at all. */
function cookiesOf(ports: SignInPorts, token: string | undefined): string[] {
  const { secure } = ports;
  const name = cookieName(ports);
  const session =
    token === undefined ? forgetCookie(name, secure) : writeCookie({ name, value: token, secure });
  return [session, forgetCookie(ownCookieName(ports), secure)];
}
