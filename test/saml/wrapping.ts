// What attacks by wrapping are made of.
import type { SamlCheck } from '#domain/sso/saml-checks.ts';
import { anAssertion, maya } from '#test/servers/saml-idp.ts';
import { admin } from './hostile.ts';

/** Several things are wrong with each of these; which one is seen first does not matter. */
export const structural: readonly SamlCheck[] = [
  ...(['saml.one-assertion', 'saml.one-message', 'saml.signature-place', 'saml.order'] as const),
  ...(['saml.unique-ids', 'saml.reference', 'saml.signature-form', 'saml.digest'] as const),
  ...(['saml.signed', 'saml.well-formed', 'saml.one-reading', 'saml.root'] as const),
];

const signature = /<ds:Signature .*?<\/ds:Signature>/s;

export function signatureIn(xml: string): string {
  return signature.exec(xml)?.[0] ?? '';
}

export function without(xml: string): string {
  return xml.replace(signature, '');
}

export function evilAssertion(id: string, own = ''): string {
  return anAssertion({ id })
    .replaceAll(maya, admin)
    .replace('</saml:Issuer>', `</saml:Issuer>${own}`);
}
