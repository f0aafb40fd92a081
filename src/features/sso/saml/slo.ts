// The single logout service: requests and answers, by redirect and by form, at one address.
import { z } from 'zod';
import type { LogoutMessage } from '#domain/sso/saml-messages.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { type Answer, type RequestHeaders, type Route, route } from '#http/route.ts';
import { Guid, notHere, openSamlApplication } from './door.ts';
import { obey } from './logout-order.ts';
import { type Field, formBytesMax, received } from './received.ts';
import { concludeLogout } from './sign-out.ts';

const answers = { 200: 'page', 303: 'empty', 403: 'page', 500: 'page' } as const;
const Query = z.looseObject({});

export function sloRoutes(ports: SsoPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/auth/sso/:guid/slo',
      summary: 'Single logout of SAML, by redirect',
      dialect: 'page',
      access: 'anyone',
      params: Guid,
      query: Query,
      answers,
      handle: async ({ params: { guid }, query, search, headers, ip }) => {
        const application = await openSamlApplication(ports, guid);
        if (application === undefined) return notHere;
        const field = fieldIn(query);
        const { RelayState: relayState } = query;
        return take(ports, application, {
          field,
          message: { binding: 'redirect', query: search },
          relayState: typeof relayState === 'string' ? relayState : undefined,
          ...{ headers, ip },
        });
      },
    }),
    route({
      method: 'POST',
      path: '/auth/sso/:guid/slo',
      summary: 'Single logout of SAML, by form',
      dialect: 'page',
      access: 'anyone',
      params: Guid,
      consumes: 'form',
      bodyBytesMax: formBytesMax,
      body: Query,
      answers: { ...answers, 413: 'page' },
      handle: async ({ params: { guid }, body, headers, ip }) => {
        const application = await openSamlApplication(ports, guid);
        if (application === undefined) return notHere;
        const field = fieldIn(body);
        const given = received(body, field);
        const { relayState } = given;
        const message: LogoutMessage | undefined =
          'wrong' in given ? undefined : { binding: 'post', xml: given.xml };
        const wrong = 'wrong' in given ? { wrong: given.wrong } : {};
        return take(ports, application, { field, message, ...wrong, relayState, headers, ip });
      },
    }),
  ];
}

/** With both, neither is believed: the verifier and `received` refuse it. */
function fieldIn(given: Readonly<Record<string, unknown>>): Field {
  return given.SAMLResponse === undefined ? 'SAMLRequest' : 'SAMLResponse';
}

type Taken = {
  readonly field: Field;
  readonly message: LogoutMessage | undefined;
  readonly wrong?: string;
  readonly relayState: string | undefined;
  readonly headers: RequestHeaders;
  readonly ip: string;
};

function take(ports: SsoPorts, application: SsoApplication, taken: Taken): Promise<Answer> {
  const { field, headers, ...given } = taken;
  if (field === 'SAMLResponse') return concludeLogout(ports, application, { ...given, headers });
  return obey(ports, application, {
    ...given,
    userAgent: String(headers['user-agent'] ?? ''),
  });
}
