// The redirect URI: what a provider sends back belongs to a sign-on under way in this very browser, or to nothing.
import { z } from 'zod';
import { openTrace, type Trace } from '#domain/sso/trace.ts';
import { doorOf } from '#features/sso/addresses.ts';
import { browserCookie } from '#features/sso/browser-cookie.ts';
import { concludeSignOn } from '#features/sso/conclude.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { type Transaction, takeTransaction } from '#features/sso/transactions.ts';
import { type Answer, type RequestHeaders, type Route, route } from '#http/route.ts';
import type { Secret } from '#lib/secret.ts';
import { clientOf } from './client.ts';
import { Guid, notHere, openOidcApplication } from './door.ts';

export function callbackRoutes(ports: SsoPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/auth/sso/:guid/callback',
      summary: 'Where an OpenID Connect provider sends people back to',
      dialect: 'page',
      access: 'anyone',
      params: Guid,
      query: z.looseObject({}),
      answers: { 200: 'page', 303: 'empty', 403: 'page', 500: 'page' },
      handle: async ({ params: { guid }, query, headers, ip }) => {
        const application = await openOidcApplication(ports, guid);
        if (application === undefined) return notHere;
        return comeBack(ports, application, { parameters: parametersOf(query), headers, ip });
      },
    }),
  ];
}

type Back = {
  readonly parameters: URLSearchParams;
  readonly headers: RequestHeaders;
  readonly ip: string;
};

/** The state is used up before anything else: whatever comes of it, it comes once. */
async function comeBack(
  ports: SsoPorts,
  application: SsoApplication,
  { parameters, headers, ip }: Back,
): Promise<Answer> {
  const now = ports.clock();
  const [state, ...others] = parameters.getAll('state');
  const asked = { applicationId: application.id, state: state ?? '' };
  const browser = browserCookie(ports, headers);
  const taken = await takeTransaction(ports, { ...asked, browser }, now);
  // What another browser began is nothing of this one's: neither where it leads nor what it was for.
  const transaction = taken?.mine === true ? taken.transaction : undefined;
  const trace = openTrace(transaction?.steps);
  const context = {
    application,
    transaction,
    browser: { ip, userAgent: String(headers['user-agent'] ?? '') },
    trace,
  };
  return concludeSignOn(ports, context, async () => {
    if (state === undefined || state === '') {
      trace.refuse('oidc.state', 'The answer has no state.');
    }
    if (taken === undefined || others.length > 0) {
      trace.refuse(
        'oidc.state',
        others.length > 0
          ? 'The answer has more than one state.'
          : 'No sign-on is under way with this state: it was used already, or began too long ago.',
      );
    }
    trace.passed('oidc.state');
    const mine = transaction ?? taken?.transaction;
    if (transaction === undefined) {
      trace.refuse(
        'oidc.browser',
        browser === undefined
          ? 'The browser has no cookie of a sign-on under way.'
          : 'The sign-on was begun by another browser.',
      );
    }
    trace.passed('oidc.browser');
    const { nonce, verifier } = begunBy(mine, application, trace);
    const url = new URL(doorOf(ports, application, 'callback'));
    url.search = parameters.toString();
    const client = await clientOf(ports, application);
    const answer = { url, state: String(state), nonce, verifier };
    return ports.oidc.identify(client, answer, trace, now);
  });
}

/** What the end compares with; nothing is sent to an address or with a secret that came in between. */
function begunBy(
  transaction: Transaction | undefined,
  { name, active, version }: SsoApplication,
  trace: Trace,
): { readonly nonce: string; readonly verifier: Secret } {
  const { purpose, nonce, verifier, applicationVersion } = transaction ?? {};
  if (nonce === undefined || verifier === undefined || purpose === 'logout') {
    return trace.refuse('oidc.state', 'What is under way with this state is no sign-on.');
  }
  if (!active && purpose !== 'test') trace.refuse('application.active', `${name} is not active.`);
  if (applicationVersion !== version) {
    trace.refuse(
      'application.unchanged',
      'The settings of the application were changed while the sign-on was under way.',
    );
  }
  return { nonce, verifier };
}

function parametersOf(query: Readonly<Record<string, unknown>>): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one));
  }
  return parameters;
}
