// The page on which people choose their own password.
import { z } from 'zod';
import { refuseImpersonated } from '#domain/actor.ts';
import { passwordLengths } from '#domain/password-strength.ts';
import { Problem, refuse } from '#domain/problem.ts';
import { type Route, route } from '#http/route.ts';
import { ownPath } from '#lib/own-path.ts';
import { Secret } from '#lib/secret.ts';
import { isSameText } from '#lib/tokens.ts';
import { choosePassword } from './credentials.ts';
import {
  Back,
  browserOf,
  choose,
  goTo,
  placeOf,
  refused,
  type SignInPorts,
  signedIn,
  whoIsSignedIn,
} from './forms.ts';

import { passwordPage } from './pages.ts';
import { actorOf } from './people.ts';
import { beginSession, type SignedIn } from './sessions.ts';

const PasswordForm = z.looseObject({
  csrf: z.string().max(200).default(''),
  return: z.string().max(4_000).default('/'),
  present: z.string().max(1_024).default(''),
  next: z.string().max(4_096).default(''),
  again: z.string().max(4_096).default(''),
});
export function passwordRoutes(ports: SignInPorts): Route[] {
  const form = (who: SignedIn, csrf: string, back: string, status: number, refusal?: string) => ({
    status,
    page: (nonce: string) =>
      passwordPage(nonce, {
        csrf,
        back,
        name: who.person.name,
        must: who.session.mustChange,
        charactersMin: passwordLengths.min,
        ...(refusal === undefined ? {} : { refusal }),
      }),
  });
  return [
    route({
      method: 'GET',
      path: '/auth/password',
      summary: 'The page to choose a password',
      dialect: 'page',
      access: 'anyone',
      query: Back,
      answers: { 200: 'page', 303: 'empty', 403: 'page' },
      handle: async ({ headers, query }) => {
        const back = ownPath(query.return);
        const who = await whoIsSignedIn(ports, headers);
        if (who === undefined)
          return goTo(`/auth/login?return=${encodeURIComponent(choose(back))}`);
        refuseImpersonated(actorOf(who.person, who.behind));
        return form(who, who.csrfToken, back, 200);
      },
    }),
    route({
      method: 'POST',
      path: '/auth/password',
      summary: 'Changes the password of who is signed in',
      dialect: 'page',
      access: 'anyone',
      consumes: 'form',
      body: PasswordForm,
      answers: { 200: 'page', 303: 'empty', 400: 'page', 401: 'page', 403: 'page', 429: 'page' },
      handle: async ({ headers, body, ip }) => {
        const back = ownPath(body.return);
        const who = await whoIsSignedIn(ports, headers);
        if (who === undefined)
          return goTo(`/auth/login?return=${encodeURIComponent(choose(back))}`);
        if (!isSameText(body.csrf, who.csrfToken)) refuse('session.unproven');
        refuseImpersonated(actorOf(who.person, who.behind));
        const now = ports.clock();
        const present = new Secret(body.present);
        const next = new Secret(body.next);
        const changed = await refused(async () => {
          if (body.next !== body.again) {
            refuse('password.weak', { reason: 'the two new ones are not the same' });
          }
          const place = placeOf(ports, headers, ip);
          await choosePassword(ports, who.person, { present, next, ...place }, now);
          return true;
        });
        if (changed instanceof Problem) {
          return form(who, who.csrfToken, back, changed.status, changed.message);
        }
        const token = await beginSession(ports.db, who.person, browserOf(headers, ip), now);
        return signedIn(ports, token, back);
      },
    }),
  ];
}
