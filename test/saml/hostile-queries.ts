// Games with messages in a query, whose signature is over the octets of the query itself.
import { deflateRawSync } from 'node:zlib';
import type { SamlCheck } from '#domain/sso/saml-checks.ts';
import {
  aLogoutRequest,
  aLogoutResponse,
  logoutId,
  maya,
  more,
  type ProviderKey,
  signed,
} from '#test/servers/saml-idp.ts';
import { asQuery, signatureOver } from '#test/servers/saml-query.ts';
import { admin, type Hostile, type Keys } from './hostile.ts';

export function queryAttacks(keys: Keys): readonly Hostile[] {
  const key = keys.idp;
  const query = asQuery(aLogoutRequest(), key, { relay: 'back' });
  const evil = encodeURIComponent(
    deflateRawSync(aLogoutRequest().replaceAll(maya, admin)).toString('base64'),
  );
  const [message = ''] = query.split('&');
  const without = (name: string) =>
    query
      .split('&')
      .filter((part) => !part.startsWith(`${name}=`))
      .join('&');
  const bomb = asQuery(Buffer.alloc(5_000_000, 0x20), key);
  const rows: readonly (readonly [string, SamlCheck | readonly SamlCheck[], string])[] = [
    ['a second message after the signed one', 'saml.query', `${query}&SAMLRequest=${evil}`],
    ['a second message before the signed one', 'saml.query', `SAMLRequest=${evil}&${query}`],
    ['a second signature', 'saml.query', `${query}&Signature=AAAA`],
    ['a second algorithm', 'saml.query', `SigAlg=none&${query}`],
    ['a second relay state', 'saml.query', `${query}&RelayState=evil`],
    ['a response beside the request', 'saml.query', `${query}&SAMLResponse=${evil}`],
    ['a parameter of its own', 'saml.query', `${query}&x=y`],
    ['an array', 'saml.query', `${query}&SAMLRequest[]=${evil}`],
    ['an encoded name', 'saml.query', query.replace('SAMLRequest', 'SAML%52equest')],
    ['a name in small letters', 'saml.query', query.replace('SAMLRequest', 'samlrequest')],
    ['no message', 'saml.query', without('SAMLRequest')],
    ['nothing', 'saml.query', ''],
    ['half an escape', 'saml.query', `${without('Signature')}&Signature=%E`],
    ['another encoding', 'saml.query', `${query}&SAMLEncoding=urn%3Ax`],
    ['70,000 characters', 'saml.query', `SAMLRequest=${'A'.repeat(70_000)}`],
    ['the message exchanged', 'saml.signature', query.replace(message, `SAMLRequest=${evil}`)],
    [
      'the relay state exchanged',
      'saml.signature',
      query.replace('RelayState=back', 'RelayState=evil'),
    ],
    ['the relay state taken away', 'saml.signature', without('RelayState')],
    ['a relay state added', 'saml.signature', `${asQuery(aLogoutRequest(), key)}&RelayState=evil`],
    [
      'its escapes in small letters',
      'saml.signature',
      query.replace(/%[0-9A-F]{2}/g, (each) => each.toLowerCase()),
    ],
    [
      'its escapes resolved',
      ['saml.signature', 'saml.query'],
      query.replaceAll('%2F', '/').replaceAll('%3D', '='),
    ],
    [
      'its first letter escaped',
      'saml.signature',
      query.replace(
        /SAMLRequest=(.)/,
        (_, letter: string) => `SAMLRequest=%${letter.charCodeAt(0).toString(16)}`,
      ),
    ],
    ['no algorithm', 'saml.query-signed', without('SigAlg')],
    ['no signature', 'saml.query-signed', without('Signature')],
    ['neither', 'saml.query-signed', message],
    ['an empty signature', 'saml.signature', `${without('Signature')}&Signature=`],
    [
      'SHA-1',
      'saml.signature-algorithm',
      asQuery(aLogoutRequest(), key, { algorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' }),
    ],
    [
      'HMAC',
      'saml.signature-algorithm',
      asQuery(aLogoutRequest(), key, { algorithm: `${more}hmac-sha256` }),
    ],
    ['no algorithm by name', 'saml.signature-algorithm', `${without('SigAlg')}&SigAlg=`],
    ['a stranger’s signature', 'saml.signature', asQuery(aLogoutRequest(), keys.stranger)],
    ['a weak key', 'saml.key', asQuery(aLogoutRequest(), keys.weak)],
    [
      'a certificate that has expired',
      'saml.certificate-current',
      asQuery(aLogoutRequest(), keys.expired),
    ],
    ['a signature over the parts in another order', 'saml.signature', reordered(query, key)],
    [
      'a message in plain Base64',
      ['saml.inflate', 'saml.encoding', 'saml.well-formed', 'saml.characters'],
      notDeflated(key),
    ],
    ['what inflates without an end', 'saml.inflate', bomb],
    ['what cannot be inflated', 'saml.inflate', brokenDeflate(key)],
    [
      'a message that is also signed inside',
      'saml.signature-place',
      asQuery(signed(aLogoutRequest(), logoutId, key), key),
    ],
    [
      'a message with a comment',
      'saml.comment',
      asQuery(aLogoutRequest().replace(maya, `admin<!---->${maya}`), key),
    ],
    ['another message’s kind', 'saml.root', asQuery(aLogoutResponse(), key)],
    ['a document type', 'saml.doctype', asQuery(`<!DOCTYPE x>${aLogoutRequest()}`, key)],
  ];
  return [
    ...rows.map(
      ([title, check, each]): Hostile => ({
        kind: 'logout-request',
        title: `a query with ${title}`,
        check,
        message: { binding: 'redirect', query: each },
      }),
    ),
    {
      kind: 'logout-response',
      title: 'a signed request where a response belongs',
      check: 'saml.query',
      message: { binding: 'redirect', query },
    },
    {
      kind: 'logout-response',
      title: 'a signed request called a response',
      check: 'saml.signature',
      message: { binding: 'redirect', query: query.replace('SAMLRequest', 'SAMLResponse') },
    },
    {
      kind: 'logout-request',
      title: 'no certificate for a query',
      check: 'saml.certificate',
      message: { binding: 'redirect', query },
      expected: { certificates: [] },
    },
  ];
}

function signedParts(parts: readonly string[], key: ProviderKey): string {
  const signature = signatureOver(parts.join('&'), key, `${more}rsa-sha256`);
  return `${parts.join('&')}&Signature=${encodeURIComponent(signature)}`;
}

function reordered(query: string, key: ProviderKey): string {
  const [message = '', relay = '', algorithm = ''] = query.split('&');
  return signedParts([algorithm, relay, message], key);
}

function notDeflated(key: ProviderKey): string {
  const message = encodeURIComponent(Buffer.from(aLogoutRequest()).toString('base64'));
  return signedParts(
    [`SAMLRequest=${message}`, `SigAlg=${encodeURIComponent(`${more}rsa-sha256`)}`],
    key,
  );
}

function brokenDeflate(key: ProviderKey): string {
  const deflated = deflateRawSync(aLogoutRequest()).subarray(0, -20).toString('base64');
  return signedParts(
    [
      `SAMLRequest=${encodeURIComponent(deflated)}`,
      `SigAlg=${encodeURIComponent(`${more}rsa-sha256`)}`,
    ],
    key,
  );
}
