// The messages the hub writes: fixed texts into which escaped values are set, so that no value is markup.
import { randomBytes } from 'node:crypto';
import type {
  AuthnRequest,
  LogoutRequest,
  LogoutResponse,
  SamlMessage,
} from '#domain/ports/saml.ts';
import type { NameId } from '#domain/sso/saml-messages.ts';
import { bindings, spaces, statuses } from './words.ts';

/** An xs:ID begins with a letter or _ ; 128 random bits (SAML core §1.3.4). */
export function newId(): string {
  return `_${randomBytes(16).toString('hex')}`;
}

export function written(message: SamlMessage): string {
  switch (message.kind) {
    case 'sign-on':
      return authnRequest(message);
    case 'logout':
      return logoutRequest(message);
    case 'logged-out':
      return logoutResponse(message);
  }
}

function authnRequest(asked: AuthnRequest): string {
  const own =
    attribute('ProtocolBinding', bindings.post) +
    attribute('AssertionConsumerServiceURL', asked.acs) +
    attribute('ForceAuthn', asked.forceAuthn ? 'true' : undefined);
  const policy = `<samlp:NameIDPolicy${attribute('Format', asked.nameIdFormat ?? undefined)} AllowCreate="true"/>`;
  return message('AuthnRequest', asked, own, policy);
}

function logoutRequest(asked: LogoutRequest): string {
  const index =
    asked.sessionIndex === undefined
      ? ''
      : `<samlp:SessionIndex>${escaped(asked.sessionIndex)}</samlp:SessionIndex>`;
  const reason = attribute('Reason', 'urn:oasis:names:tc:SAML:2.0:logout:user');
  return message('LogoutRequest', asked, reason, nameId(asked.nameId) + index);
}

function logoutResponse(asked: LogoutResponse): string {
  const { status } = asked;
  // PartialLogout is a second-level code: the first says whose fault it was (SAML core §3.2.2.2).
  const inner = status === 'partial' ? `<samlp:StatusCode Value="${statuses.partial}"/>` : '';
  const first = status === 'partial' ? statuses.failed : statuses[status];
  const code = `<samlp:Status><samlp:StatusCode Value="${first}">${inner}</samlp:StatusCode></samlp:Status>`;
  return message('LogoutResponse', asked, attribute('InResponseTo', asked.inResponseTo), code);
}

type Head = Pick<SamlMessage, 'id' | 'at' | 'destination' | 'issuer'>;

function message(name: string, head: Head, attributes: string, inside: string): string {
  const common =
    attribute('ID', head.id) +
    attribute('Version', '2.0') +
    attribute('IssueInstant', instant(head.at)) +
    attribute('Destination', head.destination);
  return (
    `<samlp:${name} xmlns:samlp="${spaces.protocol}" xmlns:saml="${spaces.assertion}"${common}${attributes}>` +
    `<saml:Issuer>${escaped(head.issuer)}</saml:Issuer>${inside}</samlp:${name}>`
  );
}

function nameId({ value, format, qualifiers }: NameId): string {
  const attributes =
    attribute('NameQualifier', qualifiers.nameQualifier) +
    attribute('SPNameQualifier', qualifiers.spNameQualifier) +
    attribute('Format', format) +
    attribute('SPProvidedID', qualifiers.spProvidedId);
  return `<saml:NameID${attributes}>${escaped(value)}</saml:NameID>`;
}

export function attribute(name: string, value: string | undefined): string {
  return value === undefined ? '' : ` ${name}="${escaped(value)}"`;
}

/** Without parts of a second, which some providers do not read. */
export function instant(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}

/** XML 1.0 §2.2: what is no character of a document cannot be escaped either. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these very characters are looked for
const noCharacter = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

export function escaped(text: string): string {
  if (noCharacter.test(text) || !text.isWellFormed()) {
    throw new RangeError('a text for a SAML message holds what no XML document can hold');
  }
  return text.replace(/[&<>"'\t\n\r]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
