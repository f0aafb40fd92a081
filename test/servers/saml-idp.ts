// A SAML provider of our own, as text: it can write and sign any message, right or wrong.
import 'reflect-metadata';
import { constants, createHash, createPrivateKey, KeyObject, sign, webcrypto } from 'node:crypto';
import { X509CertificateGenerator } from '@peculiar/x509';
import { SignedXml } from 'xml-crypto';

export const now = new Date('2026-11-20T08:00:00Z');

export const idpEntityId = 'https://idp.larkfield.test/saml';

export const ourEntityId = 'https://sundog.larkfield.test/auth/sso/1/metadata';

export const acsUrl = 'https://sundog.larkfield.test/auth/sso/1/acs';

export const sloUrl = 'https://sundog.larkfield.test/auth/sso/1/slo';

export const requestId = '_request1';

export const assertionId = '_assertion1';

export const responseId = '_response1';

export const maya = 'maya.ortega@larkfield.test';

export const more = 'http://www.w3.org/2001/04/xmldsig-more#';

export const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';

export const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';

export const samlNamespaces =
  'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"';

const success = 'urn:oasis:names:tc:SAML:2.0:status:Success';

export type ProviderKey = { readonly privateKey: KeyObject; readonly certificate: string };

const rsa = (modulusLength: number) => ({
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength,
});

const algorithms = {
  rsa: rsa(2048),
  'rsa-1024': rsa(1024),
  'p-256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  'p-384': { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
} as const;

export type KeyKind = keyof typeof algorithms;

/** A key and the certificate that the provider publishes; valid in 2026 if nothing else is said. */
export async function aProviderKey(
  kind: KeyKind = 'rsa',
  until = new Date('2027-01-01T00:00:00Z'),
): Promise<ProviderKey> {
  const signingAlgorithm = algorithms[kind];
  const keys = await webcrypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=idp.larkfield.test',
      notBefore: new Date('2026-01-01T00:00:00Z'),
      notAfter: until,
      signingAlgorithm,
      keys,
    },
    webcrypto,
  );
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  return { privateKey, certificate: certificate.toString('pem') };
}

export function at(minutes: number): string {
  return new Date(now.getTime() + minutes * 60_000).toISOString();
}

export type AssertionParts = {
  readonly id: string;
  readonly namespaces: string;
  readonly version: string;
  readonly issued: string;
  readonly issuer: string;
  readonly nameId: string;
  readonly subject: string;
  readonly confirmation: string;
  readonly method: string;
  readonly confirmationAttributes: string;
  readonly conditionsAttributes: string;
  readonly conditions: string;
  readonly advice: string;
  readonly statement: string;
  readonly attributes: string;
};

const saml = 'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"';

export function anAssertion(changes: Partial<AssertionParts> = {}): string {
  const parts = {
    ...{ id: assertionId, namespaces: saml, version: '2.0', issued: at(0), issuer: idpEntityId },
    nameId: `<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">${maya}</saml:NameID>`,
    method: 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
    confirmationAttributes: `NotOnOrAfter="${at(5)}" Recipient="${acsUrl}" InResponseTo="${requestId}"`,
    conditionsAttributes: `NotBefore="${at(-5)}" NotOnOrAfter="${at(5)}"`,
    conditions: `<saml:AudienceRestriction><saml:Audience>${ourEntityId}</saml:Audience></saml:AudienceRestriction>`,
    advice: '',
    statement: `<saml:AuthnStatement AuthnInstant="${at(-1)}" SessionIndex="_session1" SessionNotOnOrAfter="${at(480)}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`,
    attributes: `<saml:AttributeStatement><saml:Attribute Name="mail"><saml:AttributeValue>${maya}</saml:AttributeValue></saml:Attribute><saml:Attribute Name="groups"><saml:AttributeValue>desk</saml:AttributeValue><saml:AttributeValue>staff</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>`,
    ...changes,
  };
  const confirmation =
    changes.confirmation ??
    `<saml:SubjectConfirmation Method="${parts.method}"><saml:SubjectConfirmationData ${parts.confirmationAttributes}/></saml:SubjectConfirmation>`;
  const subject = changes.subject ?? `<saml:Subject>${parts.nameId}${confirmation}</saml:Subject>`;
  return `<saml:Assertion ${parts.namespaces} ID="${parts.id}" Version="${parts.version}" IssueInstant="${parts.issued}"><saml:Issuer>${parts.issuer}</saml:Issuer>${subject}<saml:Conditions ${parts.conditionsAttributes}>${parts.conditions}</saml:Conditions>${parts.advice}${parts.statement}${parts.attributes}</saml:Assertion>`;
}

export type ResponseParts = {
  readonly id: string;
  readonly namespaces: string;
  readonly version: string;
  readonly issued: string;
  readonly issuer: string;
  readonly attributes: string;
  readonly extensions: string;
  readonly status: string;
};

export function aResponse(assertion: string, changes: Partial<ResponseParts> = {}): string {
  const parts = {
    ...{ id: responseId, namespaces: samlNamespaces, version: '2.0', issued: at(0) },
    issuer: `<saml:Issuer>${idpEntityId}</saml:Issuer>`,
    attributes: `Destination="${acsUrl}" InResponseTo="${requestId}"`,
    extensions: '',
    status: `<samlp:Status><samlp:StatusCode Value="${success}"/></samlp:Status>`,
    ...changes,
  };
  return `<samlp:Response ${parts.namespaces} ID="${parts.id}" Version="${parts.version}" IssueInstant="${parts.issued}" ${parts.attributes}>${parts.issuer}${parts.extensions}${parts.status}${assertion}</samlp:Response>`;
}

export type LogoutParts = {
  readonly id: string;
  readonly version: string;
  readonly issued: string;
  readonly issuer: string;
  readonly attributes: string;
  readonly extensions: string;
  readonly content: string;
};

export function aLogoutRequest(changes: Partial<LogoutParts> = {}): string {
  return logout('LogoutRequest', {
    attributes: `Destination="${sloUrl}" NotOnOrAfter="${at(5)}"`,
    content: `<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">${maya}</saml:NameID><samlp:SessionIndex>_session1</samlp:SessionIndex>`,
    ...changes,
  });
}

export function aLogoutResponse(changes: Partial<LogoutParts> = {}): string {
  return logout('LogoutResponse', {
    attributes: `Destination="${sloUrl}" InResponseTo="${requestId}"`,
    content: `<samlp:Status><samlp:StatusCode Value="${success}"/></samlp:Status>`,
    ...changes,
  });
}

export const logoutId = '_logout1';

function logout(name: string, changes: Partial<LogoutParts>): string {
  const parts = {
    ...{ id: logoutId, version: '2.0', issued: at(0), issuer: idpEntityId },
    ...{ attributes: '', extensions: '', content: '' },
    ...changes,
  };
  return `<samlp:${name} ${samlNamespaces} ID="${parts.id}" Version="${parts.version}" IssueInstant="${parts.issued}" ${parts.attributes}><saml:Issuer>${parts.issuer}</saml:Issuer>${parts.extensions}${parts.content}</samlp:${name}>`;
}

export type Signing = {
  readonly algorithm?: string;
  readonly digest?: string;
  readonly canonicalisation?: string;
  readonly transforms?: readonly string[];
  readonly prefixes?: readonly string[];
  /** A certificate to show in KeyInfo. */
  readonly keyInfo?: string;
  /** Of the names of the signature; empty for none. */
  readonly prefix?: string;
};

const hashes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'http://www.w3.org/2000/09/xmldsig#sha1': 'sha1',
    'http://www.w3.org/2001/04/xmldsig-more#md5': 'md5',
    'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256',
    'http://www.w3.org/2001/04/xmldsig-more#sha384': 'sha384',
    'http://www.w3.org/2001/04/xmlenc#sha512': 'sha512',
  }),
);

/** Signs the element of that ID, after its Issuer; by default RSA-SHA256 as nearly everybody does. */
export function signed(xml: string, id: string, key: ProviderKey, how: Signing = {}): string {
  const algorithm = how.algorithm ?? `${more}rsa-sha256`;
  const digest = how.digest ?? 'http://www.w3.org/2001/04/xmlenc#sha256';
  const { keyInfo, prefix = 'ds' } = how;
  const mark = prefix === '' ? '' : `${prefix}:`;
  const signing = new SignedXml({
    privateKey: key.privateKey,
    signatureAlgorithm: algorithm,
    canonicalizationAlgorithm: how.canonicalisation ?? exclusive,
    getKeyInfoContent: () =>
      keyInfo === undefined
        ? null
        : `<${mark}X509Data><${mark}X509Certificate>${keyInfo.replace(/-----[A-Z ]+-----|\s/g, '')}</${mark}X509Certificate></${mark}X509Data>`,
  });
  signing.SignatureAlgorithms = { [algorithm]: signatureBy(algorithm) };
  signing.HashAlgorithms = { [digest]: hashBy(digest) };
  for (const transform of how.transforms ?? []) {
    signing.CanonicalizationAlgorithms[transform] ??= asItIs(transform);
  }
  signing.addReference({
    xpath: `//*[@ID='${id}']`,
    digestAlgorithm: digest,
    transforms: [...(how.transforms ?? [enveloped, exclusive])],
    ...(how.prefixes === undefined ? {} : { inclusiveNamespacesPrefixList: [...how.prefixes] }),
  });
  const reference = `//*[@ID='${id}']/*[local-name(.)='Issuer']`;
  signing.computeSignature(xml, { prefix, location: { reference, action: 'after' } });
  return signing.getSignedXml();
}

export function signatureBy(name: string) {
  const hash = /(sha\d+)/.exec(name)?.[1] ?? 'sha256';
  const options = name.includes('MGF1')
    ? {
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      }
    : { dsaEncoding: 'ieee-p1363' as const };
  return class {
    getAlgorithmName = () => name;
    getSignature = (text: string, key: unknown) => {
      if (!(key instanceof KeyObject)) throw new TypeError('a key object signs');
      return sign(hash, Buffer.from(text), { key, ...options }).toString('base64');
    };
    verifySignature = () => false;
  };
}

function hashBy(name: string) {
  return class {
    getAlgorithmName = () => name;
    getHash = (text: string) =>
      createHash(hashes.get(name) ?? 'sha256')
        .update(text)
        .digest('base64');
  };
}

/** A transform that changes nothing, under any name. */
function asItIs(name: string) {
  return class {
    includeComments = false;
    getAlgorithmName = () => name;
    process = <T>(node: T) => node;
  };
}

export const layouts = ['assertion', 'response', 'both'] as const;

export type Layout = (typeof layouts)[number];

/** A response signed in one of the three ways; `wrap` may encrypt the assertion between the two signatures. */
export function signedResponse(
  layout: Layout,
  key: ProviderKey,
  parts: {
    readonly assertion?: Partial<AssertionParts>;
    readonly response?: Partial<ResponseParts>;
    readonly signing?: Signing;
    readonly wrap?: (assertion: string) => string;
  } = {},
): string {
  const plain = anAssertion(parts.assertion);
  const id = parts.assertion?.id ?? assertionId;
  const own = layout === 'response' ? plain : signed(plain, id, key, parts.signing);
  const whole = aResponse(parts.wrap?.(own) ?? own, parts.response);
  return layout === 'assertion'
    ? whole
    : signed(whole, parts.response?.id ?? responseId, key, parts.signing);
}
