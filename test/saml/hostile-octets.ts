// Documents against the reader itself: markup that cuts names in pieces, entities, encodings.
import type { SamlCheck } from '#domain/sso/saml-checks.ts';
import { layouts, maya, type ProviderKey, signedResponse } from '#test/servers/saml-idp.ts';
import type { Hostile } from './hostile.ts';

export function octetAttacks(key: ProviderKey): readonly Hostile[] {
  return [...cuts(key), ...entities(key), ...encodings(key)];
}

/** What is put into a name after it was signed, and the canonical form leaves out again. */
function cuts(key: ProviderKey): readonly Hostile[] {
  const pieces: readonly (readonly [string, string, SamlCheck])[] = [
    ['a comment', '<!---->', 'saml.comment'],
    ['a comment with text', '<!-- x -->', 'saml.comment'],
    ['a processing instruction', '<?x y?>', 'saml.instruction'],
    ['a CDATA section', '<![CDATA[]]>', 'saml.cdata'],
    ['an entity of no document type', '&x;', 'saml.entity'],
    ['an unknown HTML entity', '&nbsp;', 'saml.entity'],
  ];
  const places: readonly (readonly [string, string])[] = [
    ['the NameID', 'maya.ortega@larkfield.test</saml:NameID>'],
    ['an attribute', 'maya.ortega@larkfield.test</saml:AttributeValue>'],
    ['the audience', '/metadata</saml:Audience>'],
    ['the issuer', '/saml</saml:Issuer>'],
    ['the digest', '=</ds:DigestValue>'],
  ];
  return layouts.flatMap((layout) =>
    places.flatMap(([place, text]) =>
      pieces.map(([what, piece, check]) =>
        document(
          `${what} in ${place} (layout "${layout}")`,
          check,
          signedResponse(layout, key).replace(text, `${piece}${text}`),
        ),
      ),
    ),
  );
}

function entities(key: ProviderKey): readonly Hostile[] {
  const xml = signedResponse('both', key);
  const bomb = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    .map(
      (name, at, all) => `<!ENTITY ${name} "${at === 0 ? 'lol' : `&${all[at - 1]};`.repeat(10)}">`,
    )
    .join('');
  return [
    document('an empty document type', 'saml.doctype', `<!DOCTYPE x>${xml}`),
    document(
      'an external document type',
      'saml.doctype',
      `<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">${xml}`,
    ),
    document(
      'an external entity',
      'saml.doctype',
      `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${xml.replace(maya, '&e;')}`,
    ),
    document(
      'a parameter entity',
      'saml.doctype',
      `<!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1/"> %e;]>${xml}`,
    ),
    document(
      'a billion laughs',
      'saml.doctype',
      `<!DOCTYPE x [${bomb}]>${xml.replace(maya, '&h;')}`,
    ),
    document(
      'an attribute declared to be an ID',
      'saml.doctype',
      `<!DOCTYPE x [<!ATTLIST saml:Assertion foo ID #IMPLIED>]>${xml}`,
    ),
    document('a document type after the root', 'saml.doctype', `${xml}<!DOCTYPE x>`),
    document('a document type in small letters', 'saml.doctype', `<!doctype x>${xml}`),
    document('an element declaration', 'saml.doctype', `<!ELEMENT x ANY>${xml}`),
    document('a style sheet', 'saml.instruction', `<?xml-stylesheet href="x"?>${xml}`),
    document(
      'an XML declaration in the middle',
      'saml.instruction',
      xml.replace('<saml:Subject>', '<?xml version="1.0"?><saml:Subject>'),
    ),
    document(
      'blanks before the XML declaration',
      'saml.instruction',
      ` <?xml version="1.0"?>${xml}`,
    ),
    document('an ampersand by itself', 'saml.entity', xml.replace(maya, 'a & b')),
    document('a reference without its end', 'saml.entity', xml.replace(maya, 'a &amp b')),
    document('a hexadecimal reference with a great X', 'saml.entity', xml.replace(maya, '&#X41;')),
    ...[
      '&#0;',
      '&#x0;',
      '&#8;',
      '&#xD800;',
      '&#xFFFE;',
      '&#1114112;',
      '&#xFFFFFF;',
      '&#x85;',
      '&#x2028;',
      '&#xFEFF;',
    ].map((reference) =>
      document(
        `the reference ${reference}`,
        'saml.characters',
        xml.replace(maya, `${reference}${maya}`),
      ),
    ),
  ];
}

function encodings(key: ProviderKey): readonly Hostile[] {
  const xml = signedResponse('both', key);
  const at = Buffer.from(xml).indexOf(maya);
  const spliced = (octets: readonly number[]) =>
    Buffer.concat([
      Buffer.from(xml).subarray(0, at),
      Buffer.from(octets),
      Buffer.from(xml).subarray(at),
    ]);
  return [
    document('UTF-16', 'saml.encoding', Buffer.from(xml, 'utf16le')),
    document('UTF-16 with its mark', 'saml.encoding', Buffer.from(`\uFEFF${xml}`, 'utf16le')),
    document('UTF-16, great end first', 'saml.encoding', Buffer.from(xml, 'utf16le').swap16()),
    document('a byte order mark', 'saml.encoding', `\uFEFF${xml}`),
    document(
      'a byte order mark in the middle',
      'saml.characters',
      xml.replace(maya, `\uFEFF${maya}`),
    ),
    ...['utf-16', 'iso-8859-1', 'utf-7', 'cp037', 'us-ascii', ''].map((name) =>
      document(
        `a declaration of ${name || 'nothing'}`,
        'saml.encoding',
        `<?xml version="1.0" encoding="${name}"?>${xml}`,
      ),
    ),
    document('XML 1.1', 'saml.encoding', `<?xml version="1.1"?>${xml}`),
    document('overlong UTF-8', 'saml.encoding', spliced([0xc0, 0xbc])),
    document('an overlong NUL', 'saml.encoding', spliced([0xc0, 0x80])),
    document('a surrogate in UTF-8', 'saml.encoding', spliced([0xed, 0xa0, 0x80])),
    document('an octet of Latin-1', 'saml.encoding', spliced([0xe9])),
    document('half of a character', 'saml.encoding', Buffer.from(`${xml}é`).subarray(0, -1)),
    ...[0x00, 0x01, 0x08, 0x0b, 0x0c, 0x1b, 0x1f, 0x7f].map((octet) =>
      document(`the control character ${octet}`, 'saml.characters', spliced([octet])),
    ),
    ...['\u0085', '\u2028', '\uFFFE', '\uFFFF'].map((character) =>
      document(
        `U+${character.charCodeAt(0).toString(16)}`,
        'saml.characters',
        xml.replace(maya, `${maya}${character}`),
      ),
    ),
    document('nothing', 'saml.well-formed', ''),
    document('text', 'saml.well-formed', 'SAMLResponse'),
    document('its Base64', 'saml.well-formed', Buffer.from(xml).toString('base64')),
  ];
}

function document(
  title: string,
  check: SamlCheck | readonly SamlCheck[],
  xml: string | Buffer,
): Hostile {
  return { kind: 'response', title, check, xml };
}
