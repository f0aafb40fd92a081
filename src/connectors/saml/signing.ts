// Signs what the hub sends: in the document for the POST binding, over the query for the redirect binding.
import { sign } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { SignedXml } from 'xml-crypto';
import type { SamlForm, SamlKey, SamlMessage, Sending } from '#domain/ports/saml.ts';
import { written } from './request.ts';
import { algorithms } from './words.ts';

/** SAML bindings §3.4.4.1: the signature covers the very octets of the query, in this order. */
export function asRedirect(message: SamlMessage, { relayState, key }: Sending): string {
  const deflated = deflateRawSync(written(message)).toString('base64');
  const parts = [
    `${fieldOf(message)}=${encodeURIComponent(deflated)}`,
    ...(relayState === undefined ? [] : [`RelayState=${encodeURIComponent(relayState)}`]),
    ...(key === undefined ? [] : [`SigAlg=${encodeURIComponent(algorithms.rsaSha256)}`]),
  ];
  const octets = parts.join('&');
  const { destination } = message;
  const query = key === undefined ? octets : `${octets}&Signature=${signatureOver(octets, key)}`;
  return `${destination}${destination.includes('?') ? '&' : '?'}${query}`;
}

export function asForm(message: SamlMessage, { relayState, key }: Sending): SamlForm {
  const xml = written(message);
  const document = key === undefined ? xml : signed(xml, key, { after: 'Issuer' });
  return {
    action: message.destination,
    fields: {
      [fieldOf(message)]: Buffer.from(document).toString('base64'),
      ...(relayState === undefined ? {} : { RelayState: relayState }),
    },
  };
}

/** The signature of the root, enveloped; where it stands is a matter of each schema. */
export function signed(xml: string, key: SamlKey, place: { readonly after?: string }): string {
  const signing = new SignedXml({
    privateKey: key.privateKey.reveal(),
    publicCert: key.certificate,
    signatureAlgorithm: algorithms.rsaSha256,
    canonicalizationAlgorithm: algorithms.exclusive,
    getKeyInfoContent: SignedXml.getKeyInfoContent,
  });
  signing.addReference({
    xpath: '/*',
    digestAlgorithm: algorithms.sha256,
    transforms: [algorithms.enveloped, algorithms.exclusive],
  });
  const location =
    place.after === undefined
      ? { reference: '/*', action: 'prepend' as const }
      : { reference: `/*/*[local-name(.)='${place.after}']`, action: 'after' as const };
  signing.computeSignature(xml, { prefix: 'ds', location });
  return signing.getSignedXml();
}

function signatureOver(octets: string, { privateKey }: SamlKey): string {
  const signature = sign('sha256', Buffer.from(octets), privateKey.reveal());
  return encodeURIComponent(signature.toString('base64'));
}

function fieldOf({ kind }: SamlMessage): 'SAMLRequest' | 'SAMLResponse' {
  return kind === 'logged-out' ? 'SAMLResponse' : 'SAMLRequest';
}
