// The signature of one element: its form, its algorithms, who made it, and the octets it covers.
import { createHash, timingSafeEqual } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import type { ProviderExpectation } from '#domain/sso/saml-messages.ts';
import { digests, fromBase64, type Signing, signings, verifies } from './algorithms.ts';
import { firstFinding, type Row, shown } from './check.ts';
import { childOf, type XmlElement } from './document.ts';
import { ds, enveloped, exclusive } from './names.ts';
import { type Octets, octetsOf, once } from './octets.ts';
import { formFault, type Parts, partsOf } from './signature-form.ts';
import { type Certificate, certificatesOf, type Judged, signerChecks, signerOf } from './signer.ts';

export type Signed = Judged & {
  readonly element: XmlElement;
  readonly signature: XmlElement;
  readonly parts: Parts | undefined;
  /** What the signer signed, in its canonical form; undefined where its digest is another. */
  readonly covered: () => string | undefined;
  /** What xml-crypto hands out as signed. */
  readonly handedOut: () => readonly string[];
  /** That, read anew: nothing of the message is believed but this. */
  readonly proven: () => Octets;
  readonly octetChecks: readonly Row<Octets>[];
};

/** `text` is the whole document that the element stands in. */
export function signedElement(
  element: XmlElement,
  text: string,
  expected: ProviderExpectation,
  octetChecks: readonly Row<Octets>[],
): Signed | undefined {
  const signature = childOf(element, ds('Signature'));
  if (signature === undefined) return undefined;
  const parts = partsOf(signature);
  const certificates = certificatesOf(expected);
  const signing = parts && signings.get(parts.signatureAlgorithm);
  const engine = once(() => engineFor(signature, certificates));
  const by = once(() => {
    const value = parts && fromBase64(parts.signatureValue);
    if (!parts || !signing || !value) return undefined;
    const signedInfo = engine().getCanonXml([exclusive], parts.signedInfo.node);
    return signerOf(certificates, signing, signedInfo, value);
  });
  const covered = once(() => {
    const canonical =
      parts && engine().getCanonXml([enveloped, exclusive], element.node, scopeOf(parts, element));
    return canonical !== undefined && isDigest(parts, canonical) ? canonical : undefined;
  });
  // xml-crypto looks for IDs all over the document, slowly: it is asked about what is genuine only.
  const handedOut = once(() => {
    if (by() === undefined || covered() === undefined) return [];
    return engine().checkSignature(text) ? engine().getSignedReferences() : [];
  });
  return {
    ...{
      element,
      signature,
      parts,
      expected,
      certificates,
      signing,
      by,
      covered,
      handedOut,
      octetChecks,
    },
    signingName: parts?.signatureAlgorithm,
    proven: once(() => octetsOf(Buffer.from(handedOut()[0] ?? ''))),
  };
}

export const signatureChecks: readonly Row<Signed>[] = [
  { name: 'saml.signature-form', run: ({ signature }) => formFault(signature) },
  {
    name: 'saml.reference',
    run: ({ parts, element }) =>
      parts?.reference === `#${element.attributes.get('ID')}`
        ? undefined
        : {
            because: 'The signature covers another element than the one it stands in.',
            facts: { reference: shown(parts?.reference) },
          },
  },
  {
    name: 'saml.canonicalisation',
    run: ({ parts }) =>
      parts?.canonicalisation === exclusive
        ? undefined
        : {
            because: 'The signature asks for another canonical form.',
            facts: { asked: shown(parts?.canonicalisation) },
          },
  },
  {
    name: 'saml.transforms',
    run: ({ parts }) =>
      parts?.transforms[0] === enveloped &&
      parts.transforms[1] === exclusive &&
      parts.transforms.length === 2
        ? undefined
        : {
            because: 'The signature asks for other transforms than the two that SAML has.',
            facts: { asked: shown(parts?.transforms.join(' ')) },
          },
  },
  {
    name: 'saml.digest-algorithm',
    run: ({ parts }) =>
      digests.has(parts?.digestAlgorithm ?? '')
        ? undefined
        : {
            because: 'Its digest is of an algorithm that is not accepted.',
            facts: { asked: shown(parts?.digestAlgorithm) },
          },
  },
  ...signerChecks,
  {
    name: 'saml.digest',
    run: ({ covered }) =>
      covered() === undefined ? 'It was changed after it was signed.' : undefined,
  },
  { name: 'saml.signed-octets', run: provenFault },
];

/** What was signed is read again, by the same checks, and must be what it was taken for. */
function provenFault({ element, covered, handedOut, proven, octetChecks }: Signed) {
  // Its canonical form may be far longer than it: such a one is not made a second time.
  const sizes = octetChecks.filter(({ name }) => name === 'saml.size');
  const large = firstFinding(sizes, octetsOf(Buffer.from(covered() ?? '')));
  if (large !== undefined) return large;
  let octets: readonly string[];
  try {
    octets = handedOut();
  } catch (cause) {
    return { because: 'What is signed cannot be told apart in this document.', cause };
  }
  if (octets.length !== 1 || octets[0] !== covered() || octets[0] === '') {
    return 'What the signature covers is not one element.';
  }
  const finding = firstFinding(octetChecks, proven());
  if (finding !== undefined) return finding;
  const { root } = proven().document();
  return root.name === element.name && root.attributes.get('ID') === element.attributes.get('ID')
    ? undefined
    : 'What the signature covers is another element.';
}

function isDigest(parts: Parts | undefined, canonical: string): boolean {
  const hash = digests.get(parts?.digestAlgorithm ?? '');
  const expected = fromBase64(parts?.digestValue ?? '');
  if (hash === undefined || expected === undefined) return false;
  const digest = createHash(hash).update(canonical).digest();
  return digest.length === expected.length && timingSafeEqual(digest, expected);
}

/** The prefixes that the signer wants kept though no name uses them (they stand in values: xs:string). */
function scopeOf({ prefixes }: Parts, { node }: XmlElement) {
  return {
    inclusiveNamespacesPrefixList: [...prefixes],
    ancestorNamespaces: prefixes.flatMap((prefix) => {
      const namespaceURI = node.lookupNamespaceURI(prefix);
      return namespaceURI === null ? [] : [{ prefix, namespaceURI }];
    }),
  };
}

/** xml-crypto, with nothing in it but what is on our lists, and the configured keys alone. */
function engineFor(signature: XmlElement, certificates: readonly Certificate[]) {
  const engine = new SignedXml({ publicCert: 'the configured certificates' });
  engine.idAttributes = ['ID'];
  const { [exclusive]: canonical, [enveloped]: own } = engine.CanonicalizationAlgorithms;
  if (canonical === undefined || own === undefined)
    throw new TypeError('xml-crypto lacks what it had');
  engine.CanonicalizationAlgorithms = { [exclusive]: canonical, [enveloped]: own };
  engine.HashAlgorithms = Object.fromEntries(
    [...digests].map(([name, hash]) => [name, hashing(name, hash)]),
  );
  engine.SignatureAlgorithms = Object.fromEntries(
    [...signings].map(([name, signing]) => [name, signer(name, signing, certificates)]),
  );
  engine.loadSignature(signature.node);
  return engine;
}

function hashing(name: string, hash: string) {
  return class {
    getAlgorithmName = () => name;
    getHash = (text: string) => createHash(hash).update(text).digest('base64');
  };
}

function signer(name: string, signing: Signing, certificates: readonly Certificate[]) {
  return class {
    getAlgorithmName = () => name;
    getSignature = (): never => {
      throw new TypeError('nothing is signed here');
    };
    verifySignature = (text: string, _key: unknown, value: string) =>
      certificates.some(({ key }) => verifies(signing, key, text, Buffer.from(value, 'base64')));
  };
}
