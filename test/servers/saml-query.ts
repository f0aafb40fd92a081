// A query as the redirect binding has it, signed over its octets.
import { deflateRawSync } from 'node:zlib';
import { more, type ProviderKey, signatureBy } from './saml-idp.ts';

/** A query as the redirect binding has it, signed over its octets. */
export function asQuery(
  xml: string | Buffer,
  key: ProviderKey,
  how: { readonly parameter?: string; readonly relay?: string; readonly algorithm?: string } = {},
): string {
  const algorithm = how.algorithm ?? `${more}rsa-sha256`;
  const parts = [
    `${how.parameter ?? 'SAMLRequest'}=${encodeURIComponent(deflateRawSync(xml).toString('base64'))}`,
    ...(how.relay === undefined ? [] : [`RelayState=${encodeURIComponent(how.relay)}`]),
    `SigAlg=${encodeURIComponent(algorithm)}`,
  ];
  return `${parts.join('&')}&Signature=${encodeURIComponent(signatureOver(parts.join('&'), key, algorithm))}`;
}

export function signatureOver(octets: string, key: ProviderKey, algorithm: string): string {
  const signing = new (signatureBy(algorithm))();
  return signing.getSignature(octets, key.privateKey);
}
