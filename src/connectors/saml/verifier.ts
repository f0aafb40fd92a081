// The one verifier of SAML messages: pure, and nothing is read from a message but what a verified signature covers.

import type {
  LogoutExpectation,
  LogoutMessage,
  LogoutResponseExpectation,
  ProviderExpectation,
  ResponseExpectation,
  VerifiedLogoutRequest,
  VerifiedLogoutResponse,
  VerifiedResponse,
} from '#domain/sso/saml-messages.ts';
import type { Trace } from '#domain/sso/trace.ts';
import { type Asserted, assertionChecks, claimsOf } from './assertion-checks.ts';
import { ask, type Row } from './check.ts';
import { childOf, childrenOf, type XmlElement } from './document.ts';
import { type Encrypted, encryptedAssertion, encryptionChecks } from './encryption.ts';
import { instantOf } from './instant.ts';
import {
  isComplete,
  type LogoutSeen,
  logoutProtection,
  logoutRequestChecks,
  logoutResponseChecks,
  statusOf,
} from './logout-checks.ts';
import {
  type Answering,
  answerChecks,
  type Delivered,
  deliveryChecks,
  messageAgeMaxMs,
} from './message-checks.ts';
import { nameIdOf } from './name-id.ts';
import { saml, samlp } from './names.ts';
import { type Octets, octetChecks, octetsOf } from './octets.ts';
import { assertionProtection, type Protection, responseProtection } from './protection.ts';
import {
  inflationChecks,
  type MessageParameter,
  type Query,
  queryChecks,
  queryOf,
} from './redirect-message.ts';
import { type Signed, signatureChecks, signedElement } from './signature.ts';
import { type Judged, signerChecks } from './signer.ts';
import { type MessageKind, type Structure, statusChecks, structureChecks } from './structure.ts';

/** Every check there is, in the order in which it is asked. */
export type Tables = {
  readonly octets: readonly Row<Octets>[];
  readonly status: readonly Row<Structure>[];
  readonly structure: readonly Row<Structure>[];
  readonly responseProtection: readonly Row<Protection>[];
  readonly assertionProtection: readonly Row<Protection>[];
  readonly logoutProtection: readonly Row<LogoutSeen>[];
  readonly signature: readonly Row<Signed>[];
  readonly encryption: readonly Row<Encrypted>[];
  readonly query: readonly Row<Query>[];
  readonly signer: readonly Row<Judged>[];
  readonly inflation: readonly Row<Query>[];
  readonly delivery: readonly Row<Delivered>[];
  readonly answer: readonly Row<Answering>[];
  readonly assertion: readonly Row<Asserted>[];
  readonly logoutRequest: readonly Row<LogoutSeen>[];
  readonly logoutResponse: readonly Row<LogoutSeen>[];
};

export const strictTables: Tables = {
  octets: octetChecks,
  status: statusChecks,
  structure: structureChecks,
  responseProtection,
  assertionProtection,
  logoutProtection,
  signature: signatureChecks,
  encryption: encryptionChecks,
  query: queryChecks,
  signer: signerChecks,
  inflation: inflationChecks,
  delivery: deliveryChecks,
  answer: answerChecks,
  assertion: assertionChecks,
  logoutRequest: logoutRequestChecks,
  logoutResponse: logoutResponseChecks,
};

export type SamlVerifier = ReturnType<typeof samlVerifier>;

/** The tables are given so that a test can take a row out and see what comes in. */
export function samlVerifier(tables: Tables) {
  /** The root of a document of which nothing is proven yet. */
  function read(bytes: Buffer, form: Omit<Structure, 'root'>, trace: Trace): Read {
    const octets = octetsOf(bytes);
    ask(tables.octets, octets, trace);
    const { root } = octets.document();
    if (form.kind === 'Response') ask(tables.status, { ...form, root }, trace);
    ask(tables.structure, { ...form, root }, trace);
    return { root, text: octets.text() };
  }

  /** The element as it was signed; undefined where it bears no signature. */
  function proven(
    { text }: Read,
    element: XmlElement,
    expected: ProviderExpectation,
    trace: Trace,
  ): Read | undefined {
    const signed = signedElement(element, text, expected, tables.octets);
    if (signed === undefined) return undefined;
    ask(tables.signature, signed, trace);
    const octets = signed.proven();
    return { root: octets.document().root, text: octets.text() };
  }

  function decrypted(
    element: XmlElement,
    around: XmlElement,
    expected: ResponseExpectation,
    signedOutside: boolean,
    trace: Trace,
  ): Read {
    const encrypted = encryptedAssertion(element, expected, signedOutside);
    ask(tables.encryption, encrypted, trace);
    const form = { kind: 'Assertion', around, maySign: true } as const;
    return read(encrypted.plain() ?? Buffer.alloc(0), form, trace);
  }

  function verifyResponse(
    xml: Buffer,
    expected: ResponseExpectation,
    trace: Trace,
  ): VerifiedResponse {
    const message = read(xml, { kind: 'Response', around: undefined, maySign: true }, trace);
    const plain = childOf(message.root, saml('Assertion'));
    const seen: Protection = { expected, response: message.root, assertion: plain };
    ask(tables.responseProtection, seen, trace);
    if (plain !== undefined) ask(tables.assertionProtection, seen, trace);
    const signedResponse = proven(message, message.root, expected, trace);
    const response = (signedResponse ?? message).root;

    let assertion: XmlElement | undefined;
    if (plain !== undefined) {
      assertion =
        proven(message, plain, expected, trace)?.root ?? childOf(response, saml('Assertion'));
    } else {
      const element = childOf(response, saml('EncryptedAssertion'));
      if (element === undefined) throw new TypeError('a response has an assertion');
      const inner = decrypted(element, message.root, expected, signedResponse !== undefined, trace);
      ask(tables.assertionProtection, { ...seen, assertion: inner.root }, trace);
      assertion = (proven(inner, inner.root, expected, trace) ?? inner).root;
    }
    if (assertion === undefined) throw new TypeError('a response has an assertion');

    const { acsUrl: address, inResponseTo } = expected;
    const issued = [response, assertion];
    ask(tables.delivery, { expected, message: response, issued, address }, trace);
    ask(tables.answer, { message: response, inResponseTo }, trace);
    ask(tables.assertion, { expected, assertion }, trace);
    return readAssertion(assertion, expected);
  }

  /** The root of a logout message, as it was signed. */
  function provenLogout(
    message: LogoutMessage,
    kind: MessageKind,
    expected: LogoutExpectation,
    trace: Trace,
  ): XmlElement {
    if (message.binding === 'redirect') {
      const parameter: MessageParameter = kind === 'LogoutRequest' ? 'SAMLRequest' : 'SAMLResponse';
      const query = queryOf(message.query, parameter, expected);
      ask(tables.query, query, trace);
      ask(tables.signer, query, trace);
      ask(tables.inflation, query, trace);
      const xml = query.inflated() ?? Buffer.alloc(0);
      return read(xml, { kind, around: undefined, maySign: false }, trace).root;
    }
    const whole = read(message.xml, { kind, around: undefined, maySign: true }, trace);
    ask(tables.logoutProtection, { expected, message: whole.root }, trace);
    return (proven(whole, whole.root, expected, trace) ?? whole).root;
  }

  function deliveredLogout(message: XmlElement, expected: LogoutExpectation, trace: Trace): void {
    const address = expected.sloUrl;
    ask(tables.delivery, { expected, message, issued: [message], address }, trace);
  }

  function verifyLogoutRequest(
    received: LogoutMessage,
    expected: LogoutExpectation,
    trace: Trace,
  ): VerifiedLogoutRequest {
    const message = provenLogout(received, 'LogoutRequest', expected, trace);
    deliveredLogout(message, expected, trace);
    ask(tables.logoutRequest, { expected, message }, trace);
    const nameId = nameIdOf(message);
    if (nameId === undefined) throw new TypeError('a logout request names somebody');
    return {
      id: message.attributes.get('ID') ?? '',
      issuer: expected.issuer,
      nameId,
      sessionIndexes: childrenOf(message, samlp('SessionIndex')).map(({ text }) => text),
      notOnOrAfter: new Date(expected.now.getTime() + messageAgeMaxMs + 2 * expected.clockSkewMs),
    };
  }

  function verifyLogoutResponse(
    received: LogoutMessage,
    expected: LogoutResponseExpectation,
    trace: Trace,
  ): VerifiedLogoutResponse {
    const message = provenLogout(received, 'LogoutResponse', expected, trace);
    deliveredLogout(message, expected, trace);
    const { inResponseTo } = expected;
    ask(tables.answer, { message, inResponseTo }, trace);
    ask(tables.logoutResponse, { expected, message }, trace);
    const status = statusOf(message);
    const id = message.attributes.get('ID') ?? '';
    return { id, issuer: expected.issuer, inResponseTo, status, complete: isComplete(status) };
  }

  return { verifyResponse, verifyLogoutRequest, verifyLogoutResponse };
}

export const { verifyResponse, verifyLogoutRequest, verifyLogoutResponse } =
  samlVerifier(strictTables);

type Read = { readonly root: XmlElement; readonly text: string };

/** Only now: every check held. */
function readAssertion(assertion: XmlElement, expected: ResponseExpectation): VerifiedResponse {
  const subject = childOf(assertion, saml('Subject'));
  const statement = childOf(assertion, saml('AuthnStatement'));
  const context = statement && childOf(statement, saml('AuthnContext'));
  const reference = context && childOf(context, saml('AuthnContextClassRef'));
  const until = instantOf(childOf(assertion, saml('Conditions'))?.attributes.get('NotOnOrAfter'));
  const authnInstant = instantOf(statement?.attributes.get('AuthnInstant'));
  if (!subject || !until || !authnInstant)
    throw new TypeError('an assertion was read before it was checked');
  return {
    issuer: expected.issuer,
    nameId: nameIdOf(subject),
    sessionIndex: statement?.attributes.get('SessionIndex'),
    attributes: claimsOf(assertion),
    assertionId: assertion.attributes.get('ID') ?? '',
    notOnOrAfter: new Date(until.getTime() + expected.clockSkewMs),
    authnInstant,
    sessionNotOnOrAfter: instantOf(statement?.attributes.get('SessionNotOnOrAfter')),
    authnContext: reference?.text.trim(),
    inResponseTo: expected.inResponseTo,
  };
}
