// Documents too large, cut off, or read differently by two parsers: names without a meaning, or with two.
import type { SamlCheck } from '#domain/sso/saml-checks.ts';
import {
  anAssertion,
  aResponse,
  assertionId,
  maya,
  type ProviderKey,
  samlNamespaces,
  signed,
  signedResponse,
} from '#test/servers/saml-idp.ts';
import { admin, type Hostile } from './hostile.ts';

export function documentAttacks(key: ProviderKey): readonly Hostile[] {
  return [...sizes(key), ...differentials(key)];
}

function sizes(key: ProviderKey): readonly Hostile[] {
  const xml = signedResponse('assertion', key);
  const extended = (inner: string) =>
    xml.replace('<samlp:Status>', `<samlp:Extensions>${inner}</samlp:Extensions><samlp:Status>`);
  const many = (count: number, write: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => write(at)).join('');
  const blown = many(450, () => '<a:x b:x="" c:x="" d:x="" e:x=""/>');
  return [
    document('300 KB', 'saml.size', extended(' '.repeat(300_000))),
    document('10 MB', 'saml.size', extended(' '.repeat(10_000_000))),
    document('a depth of 100', 'saml.depth', extended(`${'<a>'.repeat(100)}${'</a>'.repeat(100)}`)),
    document(
      'a depth of 30,000',
      'saml.depth',
      extended(`${'<a>'.repeat(30_000)}${'</a>'.repeat(30_000)}`),
    ),
    document('a depth of 60,000 without an end', 'saml.depth', '<a>'.repeat(60_000)),
    document('2,000 elements', 'saml.breadth', extended('<a/>'.repeat(2_000))),
    document('60,000 elements', 'saml.breadth', extended('<a/>'.repeat(60_000))),
    document('900 names', 'saml.breadth', extended(many(900, (at) => `<a${at}></a${at}>`))),
    document('100 attributes', 'saml.breadth', extended(`<a ${many(100, (at) => `a${at}="" `)}/>`)),
    document(
      '20,000 attributes',
      'saml.breadth',
      extended(`<a ${many(20_000, (at) => `a${at}="" `)}/>`),
    ),
    document(
      'attributes of one hash',
      'saml.breadth',
      extended(`<a ${many(4_000, (at) => `${['Aa', 'BB'][at % 2]}${at}="" `)}/>`),
    ),
    document('an attribute of 100 KB', 'saml.breadth', extended(`<a b="${'x'.repeat(100_000)}"/>`)),
    document(
      'a namespace of 100 KB',
      'saml.breadth',
      extended(`<a xmlns="urn:${'x'.repeat(8_000)}"/>`),
    ),
    document(
      '50 namespaces',
      'saml.breadth',
      extended(`<a ${many(25, (at) => `xmlns:n${at}="urn:x" `)}/>`),
    ),
    document('a name of 200 characters', 'saml.well-formed', extended(`<${'a'.repeat(200)}/>`)),
    document(
      'a namespace repeated in the canonical form',
      'saml.signed-octets',
      signedResponse('response', key, {
        assertion: {
          attributes: `<saml:AttributeStatement><saml:Attribute Name="n"><saml:AttributeValue ${['a', 'b', 'c', 'd', 'e'].map((each) => `xmlns:${each}="urn:${each.repeat(120)}"`).join(' ')}>${blown}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>`,
        },
      }),
    ),
    ...[0.1, 0.3, 0.5, 0.7, 0.9, 0.99].map((part) =>
      document(
        `cut off after ${part * 100} %`,
        'saml.well-formed',
        xml.slice(0, Math.floor(xml.length * part)),
      ),
    ),
  ];
}

/** What two parsers read differently: names without a meaning, or with two. */
function differentials(key: ProviderKey): readonly Hostile[] {
  const xml = signedResponse('both', key);
  const evil = anAssertion({ id: '_evil' }).replaceAll(maya, admin);
  const extended = (inner: string) =>
    signedResponse('assertion', key).replace(
      '<samlp:Status>',
      `<samlp:Extensions>${inner}</samlp:Extensions><samlp:Status>`,
    );
  const html = 'xmlns="http://www.w3.org/1999/xhtml"';
  const on = (attributes: string) =>
    xml.replace('<saml:Assertion ', `<saml:Assertion ${attributes} `);
  const ids: readonly (readonly [string, SamlCheck])[] = [
    [`ID="${assertionId}"`, 'saml.unique-ids'],
    [`Id="${assertionId}"`, 'saml.unique-ids'],
    [`id="${assertionId}"`, 'saml.unique-ids'],
    [`iD="${assertionId}"`, 'saml.unique-ids'],
    [`xml:id="${assertionId}"`, 'saml.unique-ids'],
    [`x:ID="${assertionId}" xmlns:x="urn:x"`, 'saml.unique-ids'],
    [
      `w:Id="${assertionId}" xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"`,
      'saml.unique-ids',
    ],
    ['xml:id="_other"', 'saml.xml-attributes'],
    ['xml:base="https://elsewhere.test/"', 'saml.xml-attributes'],
  ];
  return [
    ...ids.map(([attribute, check]) =>
      document(
        `the attribute ${attribute} in the extensions`,
        check,
        extended(`<a ${attribute}/>`),
      ),
    ),
    document(
      'an assertion in a script of XHTML',
      'saml.one-reading',
      extended(`<script ${html}>${evil}</script>`),
    ),
    document(
      'an assertion in a text area of XHTML',
      'saml.one-reading',
      extended(`<textarea ${html}>${evil}</textarea>`),
    ),
    document(
      'the genuine one in a script of XHTML',
      'saml.one-reading',
      aResponse(`<script ${html}>${signed(anAssertion(), assertionId, key)}</script>${evil}`),
    ),
    document('a prefix that nobody declares', 'saml.namespaces', extended('<a:b/>')),
    document('an attribute of a prefix that nobody declares', 'saml.namespaces', on('a:b=""')),
    document(
      'a signature of a prefix that nobody declares',
      'saml.namespaces',
      xml.replaceAll(' xmlns:ds="http://www.w3.org/2000/09/xmldsig#"', ''),
    ),
    document('a prefix without a meaning', 'saml.namespaces', extended('<a xmlns:b=""/>')),
    document('the prefix xml redefined', 'saml.namespaces', on('xmlns:xml="urn:x"')),
    document('the prefix xmlns defined', 'saml.namespaces', on('xmlns:xmlns="urn:x"')),
    document(
      'XML’s namespace under another prefix',
      'saml.namespaces',
      on('xmlns:y="http://www.w3.org/XML/1998/namespace"'),
    ),
    document(
      'the namespace of namespaces by default',
      'saml.namespaces',
      on('xmlns="http://www.w3.org/2000/xmlns/"'),
    ),
    document(
      'a relative namespace, whose canonical form some leave empty',
      'saml.namespaces',
      on('xmlns:y="1"'),
    ),
    document('a namespace written with references', 'saml.namespaces', on('xmlns:y="urn:&#x61;"')),
    document('an attribute that begins with xmlns', 'saml.namespaces', on('xmlnsfoo="x"')),
    document('an attribute twice', 'saml.well-formed', on('ID="_evil"')),
    document(
      'an attribute twice, under two prefixes',
      'saml.namespaces',
      extended('<a xmlns:p="urn:p" xmlns:q="urn:p" p:b="1" q:b="2"/>'),
    ),
    document(
      'an ID with a prefix in place of its own',
      'saml.id',
      xml.replace(` ID="${assertionId}"`, ` saml:ID="${assertionId}"`),
    ),
    document(
      'an assertion of another namespace',
      ['saml.one-assertion', 'saml.order'],
      xml.replaceAll(
        'urn:oasis:names:tc:SAML:2.0:assertion',
        'urn:oasis:names:tc:SAML:1.0:assertion',
      ),
    ),
    document(
      'a response of another namespace',
      'saml.status',
      xml.replace('xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"', 'xmlns:samlp="urn:x"'),
    ),
    document(
      'a prefix that changes its meaning on the way',
      ['saml.one-assertion', 'saml.order'],
      aResponse(`<x:a xmlns:x="urn:x">${evil}</x:a>`),
    ),
    document(
      'the default namespace undeclared within',
      'saml.order',
      extended('').replace('<samlp:Extensions></samlp:Extensions>', '<Extensions xmlns=""/>'),
    ),
    document('tags that cross', 'saml.well-formed', extended('<a><b></a></b>')),
    document('an attribute without quotes', 'saml.well-formed', on('x=y')),
    document('an attribute without a value', 'saml.well-formed', on('x')),
    document('attributes without a blank between', 'saml.well-formed', extended('<a b=""c=""/>')),
    document('a < in an attribute', 'saml.well-formed', extended('<a b="<"/>')),
    document('a name in letters beyond ASCII', 'saml.well-formed', extended('<ſaml/>')),
    document('two colons in a name', 'saml.well-formed', extended('<a:b:c/>')),
    document('an end tag with attributes', 'saml.well-formed', extended('<a></a b="">')),
    document(']]> in text', 'saml.well-formed', extended('<a>]]></a>')),
    document('text before its root', 'saml.well-formed', `x${xml}`),
    document('text after its root', 'saml.well-formed', `${xml}x`),
    document('an element that never ends', 'saml.well-formed', `${xml.slice(0, -1)}`),
    document(
      'a message of the wrong kind',
      'saml.root',
      `<samlp:AuthnRequest ${samlNamespaces} ID="_a" Version="2.0"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status></samlp:AuthnRequest>`,
    ),
  ];
}

function document(
  title: string,
  check: SamlCheck | readonly SamlCheck[],
  xml: string | Buffer,
): Hostile {
  return { kind: 'response', title, check, xml };
}
