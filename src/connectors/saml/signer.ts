// The provider's certificates as they were configured: the only keys that anything is verified with.
import { type KeyObject, X509Certificate } from 'node:crypto';
import type { ProviderExpectation } from '#domain/sso/saml-messages.ts';
import { isStrong, type Signing, verifies } from './algorithms.ts';
import type { Row } from './check.ts';

export type Certificate = {
  readonly key: KeyObject;
  readonly from: Date;
  readonly until: Date;
  readonly fingerprint: string;
};

/** Those that can be read. What is unreadable was refused when it was configured. */
export function certificatesOf({ certificates }: ProviderExpectation): readonly Certificate[] {
  return certificates.flatMap((pem) => certificateOf(pem) ?? []);
}

function certificateOf(pem: string): Certificate | undefined {
  try {
    const { publicKey, validFromDate, validToDate, fingerprint256 } = new X509Certificate(pem);
    return {
      key: publicKey,
      from: validFromDate,
      until: validToDate,
      fingerprint: fingerprint256,
    };
  } catch {
    return undefined;
  }
}

/** A signature as far as its key is concerned: of an XML element, or of a query. */
export type Judged = {
  readonly expected: ProviderExpectation;
  /** As named in the message; undefined: not on the list. */
  readonly signing: Signing | undefined;
  readonly signingName: string | undefined;
  readonly certificates: readonly Certificate[];
  /** The configured certificate whose key made the signature. */
  readonly by: () => Certificate | undefined;
};

export function signerOf(
  certificates: readonly Certificate[],
  signing: Signing,
  octets: string,
  value: Buffer,
): Certificate | undefined {
  return certificates.find(({ key }) => verifies(signing, key, octets, value));
}

export const signerChecks: readonly Row<Judged>[] = [
  {
    name: 'saml.signature-algorithm',
    run: ({ signing, signingName }) =>
      signing === undefined
        ? {
            because: 'It is signed with an algorithm that is not accepted.',
            facts: { algorithm: signingName?.slice(0, 200) ?? 'none' },
          }
        : undefined,
  },
  {
    name: 'saml.certificate',
    run: ({ certificates }) =>
      certificates.length === 0 ? 'The provider has no certificate that can be read.' : undefined,
  },
  {
    name: 'saml.signature',
    run: ({ by, certificates }) =>
      by() === undefined
        ? {
            because: 'The signature was made with none of the configured certificates.',
            facts: { certificates: certificates.length },
          }
        : undefined,
  },
  {
    name: 'saml.key',
    run: ({ by }) => {
      const certificate = by();
      return certificate !== undefined && !isStrong(certificate.key)
        ? {
            because: 'The key of the certificate is too weak.',
            facts: { fingerprint: certificate.fingerprint },
          }
        : undefined;
    },
  },
  {
    name: 'saml.certificate-current',
    run: ({ by, expected: { now } }) => {
      const certificate = by();
      if (certificate === undefined) return undefined;
      if (certificate.from <= now && now <= certificate.until) return undefined;
      const { fingerprint, from, until } = certificate;
      return {
        because: 'The certificate it was signed with is not valid today.',
        facts: { fingerprint, from: from.toISOString(), until: until.toISOString() },
      };
    },
  },
];
