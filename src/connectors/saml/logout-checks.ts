// What is asked of messages about signing out, once their octets are proven.

import type { LogoutExpectation } from '#domain/sso/saml-messages.ts';
import type { Finding, Row } from './check.ts';
import { childOf, childrenOf, type XmlElement } from './document.ts';
import { instantOf, isPast } from './instant.ts';
import { nameIdFault } from './name-id.ts';
import { ds, partialLogout, samlp, success } from './names.ts';
import { statusCodes } from './structure.ts';

export type LogoutSeen = { readonly expected: LogoutExpectation; readonly message: XmlElement };

/** By POST the message bears its signature; by redirect the query was signed. */
export const logoutProtection: readonly Row<LogoutSeen>[] = [
  {
    name: 'saml.signed',
    run: ({ message }) =>
      childOf(message, ds('Signature')) === undefined ? 'It is not signed.' : undefined,
  },
];

export const logoutRequestChecks: readonly Row<LogoutSeen>[] = [
  { name: 'saml.logout-time', run: timeFault },
  { name: 'saml.name-id', run: ({ message }) => nameIdFault(message, false) },
  {
    name: 'saml.session-index',
    run: ({ message }) =>
      childrenOf(message, samlp('SessionIndex')).every(
        ({ text, children }) => text !== '' && children.length === 0,
      )
        ? undefined
        : 'One of its session indexes is empty or holds elements.',
  },
];

function timeFault({ message: { attributes }, expected }: LogoutSeen): Finding {
  if (!attributes.has('NotOnOrAfter')) return undefined;
  const until = instantOf(attributes.get('NotOnOrAfter'));
  if (until === undefined) return 'It expires at no time in UTC.';
  if (!isPast(until, expected)) return undefined;
  const facts = { until: until.toISOString(), now: expected.now.toISOString() };
  return { because: 'It has expired.', facts };
}

export const logoutResponseChecks: readonly Row<LogoutSeen>[] = [
  {
    name: 'saml.logout-status',
    run: ({ message }) =>
      statusOf(message).length > 0 ? undefined : 'It does not say what came of the logout.',
  },
];

export function statusOf(message: XmlElement): readonly string[] {
  const status = childOf(message, samlp('Status'));
  return status === undefined ? [] : statusCodes(status).filter((code) => code !== '');
}

export function isComplete(status: readonly string[]): boolean {
  return status[0] === success && !status.includes(partialLogout);
}
