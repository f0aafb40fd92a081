// The assertion consumer service: a response belongs to a sign-on under way in this very browser, or, only where
// that is allowed, to none at all.
import { z } from 'zod';
import { clockSkewMs, type ResponseExpectation } from '#domain/sso/saml-messages.ts';
import { openTrace, type Trace } from '#domain/sso/trace.ts';
import { browserCookie } from '#features/sso/browser-cookie.ts';
import { concludeSignOn } from '#features/sso/conclude.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import { takeOnce } from '#features/sso/once.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { type Transaction, takeTransaction } from '#features/sso/transactions.ts';
import { type Answer, type RequestHeaders, type Route, route } from '#http/route.ts';
import { Guid, notHere, openSamlApplication, selfOf } from './door.ts';
import { findKey } from './own-key.ts';
import { providerOf, verified } from './provider.ts';
import { formBytesMax, received } from './received.ts';
import { identityFrom } from './subject.ts';

export function acsRoutes(ports: SsoPorts): Route[] {
  return [
    route({
      method: 'POST',
      path: '/auth/sso/:guid/acs',
      summary: 'Where a SAML provider’s form brings its response',
      dialect: 'page',
      access: 'anyone',
      params: Guid,
      consumes: 'form',
      bodyBytesMax: formBytesMax,
      body: z.looseObject({}),
      answers: { 200: 'page', 303: 'empty', 403: 'page', 413: 'page', 500: 'page' },
      handle: async ({ params: { guid }, body, headers, ip }) => {
        const application = await openSamlApplication(ports, guid);
        if (application === undefined) return notHere;
        return comeBack(ports, application, { form: body, headers, ip });
      },
    }),
  ];
}

type Back = {
  readonly form: Readonly<Record<string, unknown>>;
  readonly headers: RequestHeaders;
  readonly ip: string;
};

/** Ours are tokens; what looks like one and is not known is a sign-on that is over, and nothing a provider began. */
const ourState = /^[\w-]{43}$/;

/** The transaction is used up before anything else: whatever comes of it, it comes once. */
async function comeBack(
  ports: SsoPorts,
  application: SsoApplication,
  { form, headers, ip }: Back,
): Promise<Answer> {
  const now = ports.clock();
  const given = received(form, 'SAMLResponse');
  const { relayState } = given;
  const browser = browserCookie(ports, headers);
  const asked = { applicationId: application.id, state: relayState ?? '', browser };
  const taken = await takeTransaction(ports, asked, now);
  // What another browser began is nothing of this one's: neither where it leads nor what it was for.
  const transaction = taken?.mine === true ? taken.transaction : undefined;
  const trace = openTrace(transaction?.steps);
  const unsolicited = taken === undefined && !ourState.test(relayState ?? '');
  const context = {
    ...{ application, transaction, trace },
    browser: { ip, userAgent: String(headers['user-agent'] ?? '') },
    ...(unsolicited && relayState !== undefined ? { back: relayState } : {}),
  };
  return concludeSignOn(ports, context, async () => {
    if ('wrong' in given) return trace.refuse('saml.form', given.wrong);
    trace.passed('saml.form', { bytes: given.xml.length });
    if (taken === undefined) checkUnsolicited(application, unsolicited, trace);
    else checkBegun(application, taken, browser, trace);
    return prove(ports, application, { xml: given.xml, transaction, trace });
  });
}

/** Where the provider begins, the browser proves nothing: that is why it must be allowed. */
function checkUnsolicited(
  { active, name, saml }: SsoApplication,
  unsolicited: boolean,
  trace: Trace,
): void {
  if (!unsolicited || !saml.allowsIdpInitiated) {
    trace.refuse(
      'saml.transaction',
      unsolicited
        ? 'Nobody began a sign-on here, and the application does not let its provider begin one.'
        : 'No sign-on is under way with this RelayState: it was used already, or began too long ago.',
    );
  }
  if (!active) trace.refuse('application.active', `${name} is not active.`);
  trace.passed('saml.transaction', { begunBy: 'provider' });
}

function checkBegun(
  { active, name, version }: SsoApplication,
  taken: { readonly mine: boolean; readonly transaction: Transaction },
  browser: string | undefined,
  trace: Trace,
): void {
  const { purpose, requestId, applicationVersion } = taken.transaction;
  if (purpose === 'logout' || requestId === undefined) {
    trace.refuse('saml.transaction', 'What is under way with this RelayState is no sign-on.');
  }
  trace.passed('saml.transaction', { begunBy: 'hub' });
  if (!taken.mine) {
    trace.refuse(
      'saml.browser',
      browser === undefined
        ? 'The browser has no cookie of a sign-on under way.'
        : 'The sign-on was begun by another browser.',
    );
  }
  trace.passed('saml.browser');
  if (!active && purpose !== 'test') trace.refuse('application.active', `${name} is not active.`);
  if (applicationVersion !== version) {
    trace.refuse(
      'application.unchanged',
      'The settings of the application were changed while the sign-on was under way.',
    );
  }
}

type Proving = {
  readonly xml: Buffer;
  readonly transaction: Transaction | undefined;
  readonly trace: Trace;
};

async function prove(
  ports: SsoPorts,
  application: SsoApplication,
  { xml, transaction, trace }: Proving,
) {
  const provider = await providerOf(ports, application, trace);
  const { saml, matching } = application;
  const { entityId, acs } = selfOf(ports, application);
  const key = await findKey(ports, application);
  const response = await verified(ports, application, provider, trace, (known, steps) => {
    const expected: ResponseExpectation = {
      entityId,
      issuer: known.entityId,
      certificates: known.signing.map(({ pem }) => pem),
      now: ports.clock(),
      clockSkewMs,
      acsUrl: acs,
      inResponseTo: transaction?.requestId,
      wantsAssertionsSigned: saml.wantsAssertionsSigned,
      wantsResponsesSigned: saml.wantsResponsesSigned,
      wantsAssertionsEncrypted: saml.wantsAssertionsEncrypted,
      decryptionKey: key?.privateKey,
      allowsCbc: saml.allowsCbc,
      allowsNoNameId: matching.idAttribute !== 'subject',
    };
    return ports.saml.verifyResponse(xml, expected, steps);
  });
  const once = {
    applicationId: application.id,
    kind: 'assertion',
    id: response.assertionId,
    until: response.notOnOrAfter,
  } as const;
  if (!(await takeOnce(ports.db, once))) {
    trace.refuse('saml.once', 'The assertion was used before.');
  }
  trace.passed('saml.once');
  return identityFrom(application, response, trace);
}
