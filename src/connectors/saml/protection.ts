// How much of a response must be signed and encrypted, before any signature is looked at.

import type { ResponseExpectation } from '#domain/sso/saml-messages.ts';
import type { Row } from './check.ts';
import { childOf, type XmlElement } from './document.ts';
import { ds } from './names.ts';

export type Protection = {
  readonly expected: ResponseExpectation;
  readonly response: XmlElement;
  /** Undefined as long as it is encrypted. */
  readonly assertion: XmlElement | undefined;
};

export const responseProtection: readonly Row<Protection>[] = [
  {
    name: 'saml.response-signed',
    run: ({ expected, response }) =>
      expected.wantsResponsesSigned && !isSigned(response)
        ? 'The response itself is not signed, as the application asks.'
        : undefined,
  },
  {
    name: 'saml.encrypted',
    run: ({ expected, assertion }) =>
      expected.wantsAssertionsEncrypted && assertion !== undefined
        ? 'The assertion is not encrypted, as the application asks.'
        : undefined,
  },
];

export const assertionProtection: readonly Row<Protection>[] = [
  {
    name: 'saml.signed',
    run: ({ response, assertion }) =>
      isSigned(response) || (assertion !== undefined && isSigned(assertion))
        ? undefined
        : 'Neither the response nor the assertion is signed.',
  },
  {
    name: 'saml.assertion-signed',
    run: ({ expected, assertion }) =>
      expected.wantsAssertionsSigned && assertion !== undefined && !isSigned(assertion)
        ? 'The assertion itself is not signed, as the application asks.'
        : undefined,
  },
];

export function isSigned(element: XmlElement): boolean {
  return childOf(element, ds('Signature')) !== undefined;
}
