// What every message is asked once its octets are proven: from whom, to whom, when, and in answer to what.

import type { ProviderExpectation } from '#domain/sso/saml-messages.ts';
import { type Finding, type Row, shown } from './check.ts';
import { childrenOf, type XmlElement } from './document.ts';
import { instantOf, isFuture, isPast } from './instant.ts';
import { entityFormat, saml } from './names.ts';

/** A message is posted on within seconds; ten minutes are for slow people at confirmation pages. */
export const messageAgeMaxMs = 10 * 60_000;

export type Delivered = {
  readonly expected: ProviderExpectation;
  readonly message: XmlElement;
  /** Everything that names an issuer: the message, and the assertion in it. */
  readonly issued: readonly XmlElement[];
  /** Where of our addresses it belongs. */
  readonly address: string;
};

export const deliveryChecks: readonly Row<Delivered>[] = [
  { name: 'saml.issuer', run: issuerFault },
  {
    name: 'saml.destination',
    run: ({ message, address }) =>
      message.attributes.get('Destination') === address
        ? undefined
        : {
            because: 'It is addressed to another place.',
            facts: { destination: shown(message.attributes.get('Destination')), expected: address },
          },
  },
  { name: 'saml.issue-instant', run: issueFault },
];

function issuerFault({ issued, expected }: Delivered): Finding {
  for (const element of issued) {
    const [issuer, ...more] = childrenOf(element, saml('Issuer'));
    const format = issuer?.attributes.get('Format') ?? entityFormat;
    const name = issuer?.children.length === 0 && more.length === 0 ? issuer.text : undefined;
    if (name === expected.issuer && format === entityFormat) continue;
    return {
      because: 'It was issued by another provider, or in another provider’s name.',
      facts: { issuer: shown(name), expected: expected.issuer },
    };
  }
  return undefined;
}

function issueFault({ issued, expected }: Delivered): Finding {
  for (const { attributes } of issued) {
    const issuedAt = instantOf(attributes.get('IssueInstant'));
    if (issuedAt === undefined) return 'It does not say in UTC when it was issued.';
    const facts = { issued: issuedAt.toISOString(), now: expected.now.toISOString() };
    if (isFuture(issuedAt, expected)) return { because: 'It was issued in the future.', facts };
    if (isPast(new Date(issuedAt.getTime() + messageAgeMaxMs), expected)) {
      return { because: 'It was issued too long ago.', facts };
    }
  }
  return undefined;
}

/** Of a response: the request it answers; none at all where the provider began. */
export type Answering = {
  readonly message: XmlElement;
  readonly inResponseTo: string | undefined;
};

export const answerChecks: readonly Row<Answering>[] = [
  {
    name: 'saml.in-response-to',
    run: ({ message, inResponseTo }) =>
      message.attributes.get('InResponseTo') === inResponseTo
        ? undefined
        : {
            because: 'It answers another request than ours.',
            facts: {
              answers: shown(message.attributes.get('InResponseTo')),
              expected: shown(inResponseTo),
            },
          },
  },
];
