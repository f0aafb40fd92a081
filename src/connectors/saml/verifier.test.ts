// What the verifier takes: every layout, algorithm and manner of encryption that a provider may rightly use.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openTrace } from '#domain/sso/trace.ts';
import { Secret } from '#lib/secret.ts';
import { expectedResponse } from '#test/saml/expected.ts';
import { type Encrypting, encrypted } from '#test/servers/saml-encrypting.ts';
import {
  type AssertionParts,
  anAssertion,
  aProviderKey,
  aResponse,
  assertionId,
  at,
  idpEntityId,
  layouts,
  maya,
  more,
  type ProviderKey,
  requestId,
  signed,
  signedResponse,
} from '#test/servers/saml-idp.ts';
import { verifyResponse } from './verifier.ts';

let rsa: ProviderKey;
let ec: ProviderKey;
let other: ProviderKey;
let ours: ProviderKey;
before(async () => {
  rsa = await aProviderKey();
  ec = await aProviderKey('p-256');
  other = await aProviderKey();
  ours = await aProviderKey();
});

function verify(xml: string, changes: Partial<Parameters<typeof verifyResponse>[1]> = {}) {
  const trace = openTrace();
  const expected = expectedResponse([rsa.certificate], changes);
  return { proven: verifyResponse(Buffer.from(xml), expected, trace), trace };
}

describe('A response', () => {
  for (const layout of layouts) {
    it(`signed in the layout "${layout}" proves who the person is`, () => {
      const wantsAssertionsSigned = layout !== 'response';

      const { proven, trace } = verify(signedResponse(layout, rsa), { wantsAssertionsSigned });

      assert.deepEqual(proven, {
        issuer: idpEntityId,
        nameId: {
          value: maya,
          format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
          qualifiers: {
            nameQualifier: undefined,
            spNameQualifier: undefined,
            spProvidedId: undefined,
          },
        },
        sessionIndex: '_session1',
        attributes: { mail: [maya], groups: ['desk', 'staff'] },
        assertionId,
        notOnOrAfter: new Date('2026-11-20T08:06:00Z'),
        authnInstant: new Date(at(-1)),
        sessionNotOnOrAfter: new Date(at(480)),
        authnContext: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
        inResponseTo: requestId,
      });
      assert.ok(trace.steps.every(({ verdict }) => verdict === 'passed'));
    });
  }

  for (const [name, kind] of [
    ...['rsa-sha256', 'rsa-sha384', 'rsa-sha512'].map((each) => [`${more}${each}`, 'rsa'] as const),
    ...['sha256', 'sha384', 'sha512'].map(
      (each) => [`http://www.w3.org/2007/05/xmldsig-more#${each}-rsa-MGF1`, 'rsa'] as const,
    ),
    ...['ecdsa-sha256', 'ecdsa-sha384', 'ecdsa-sha512'].map(
      (each) => [`${more}${each}`, 'ec'] as const,
    ),
  ] as const) {
    it(`signed by ${name} is taken`, () => {
      const key = kind === 'rsa' ? rsa : ec;
      const xml = signedResponse('assertion', key, { signing: { algorithm: name } });

      assert.equal(verify(xml, { certificates: [key.certificate] }).proven.nameId?.value, maya);
    });
  }

  for (const digest of ['http://www.w3.org/2001/04/xmlenc#sha512', `${more}sha384`]) {
    it(`with the digest ${digest} is taken`, () => {
      assert.ok(verify(signedResponse('both', rsa, { signing: { digest } })).proven);
    });
  }

  it('is taken with the key of any of several certificates, readable or not', () => {
    const certificates = ['no certificate', other.certificate, ec.certificate, rsa.certificate];

    assert.ok(verify(signedResponse('both', rsa), { certificates }).proven);
  });

  for (const how of [
    {},
    { data: 'aes-128-gcm' },
    { transport: 'oaep-sha256' },
    { keyBeside: true },
  ] as const satisfies readonly Encrypting[]) {
    for (const layout of layouts) {
      it(`encrypted (${JSON.stringify(how)}) in the layout "${layout}" is taken`, () => {
        const wrap = (assertion: string) => encrypted(assertion, ours.certificate, how);
        const { proven } = verify(signedResponse(layout, rsa, { wrap }), {
          wantsAssertionsSigned: layout !== 'response',
          wantsAssertionsEncrypted: true,
          decryptionKey: ourKey(),
        });

        assert.equal(proven.nameId?.value, maya);
      });
    }
  }

  it('encrypted by CBC is taken where that is allowed and the response is signed', () => {
    const wrap = (assertion: string) =>
      encrypted(assertion, ours.certificate, { data: 'aes-128-cbc' });
    const xml = signedResponse('both', rsa, { wrap });

    assert.ok(verify(xml, { decryptionKey: ourKey(), allowsCbc: true }).proven);
  });

  it('keeps prefixes that only values use, as its signer asks', () => {
    const namespaces =
      'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
    const attributes =
      '<saml:AttributeStatement><saml:Attribute Name="n"><saml:AttributeValue xsi:type="xs:string">v</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>';
    const xml = signedResponse('both', rsa, {
      assertion: { namespaces, attributes },
      signing: { prefixes: ['xs'] },
    });

    assert.deepEqual(verify(xml).proven.attributes, { n: ['v'] });
  });

  it('written with default namespaces, as Entra ID writes it, is taken', () => {
    const assertion = unprefixed(
      anAssertion(),
      'saml',
      'xmlns="urn:oasis:names:tc:SAML:2.0:assertion"',
    );
    const issuer = `<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">${idpEntityId}</Issuer>`;

    const bare = { prefix: '', keyInfo: rsa.certificate };
    const { proven } = verify(aResponse(signed(assertion, assertionId, rsa, bare), { issuer }));

    assert.equal(proven.nameId?.value, maya);
  });

  it('begun by the provider answers nothing', () => {
    const xml = signedResponse('both', rsa, {
      assertion: {
        confirmationAttributes: `NotOnOrAfter="${at(5)}" Recipient="${expectedResponse([]).acsUrl}"`,
      },
      response: { attributes: `Destination="${expectedResponse([]).acsUrl}"` },
    });

    assert.equal(verify(xml, { inResponseTo: undefined }).proven.inResponseTo, undefined);
  });

  const allowed: readonly (readonly [string, Partial<AssertionParts>])[] = [
    ['that is to be used once', { conditions: `${audience()}<saml:OneTimeUse/>` }],
    ['that may be passed on', { conditions: `${audience()}<saml:ProxyRestriction Count="0"/>` }],
    ['with two audiences, one of them us', { conditions: audience('urn:other') }],
    [
      'with advice',
      { advice: '<saml:Advice><saml:AssertionIDRef>_x</saml:AssertionIDRef></saml:Advice>' },
    ],
    ['whose session has no end', { statement: `<saml:AuthnStatement AuthnInstant="${at(-1)}"/>` }],
    [
      'within the skew of the clocks',
      { conditionsAttributes: `NotBefore="${at(0.9)}" NotOnOrAfter="${at(-0.9)}"` },
    ],
    ['with fractions of seconds', { issued: '2026-11-20T07:59:59.1234567Z' }],
  ];
  for (const [title, changes] of allowed) {
    it(`with an assertion ${title} is taken`, () => {
      assert.ok(verify(signedResponse('assertion', rsa, { assertion: changes })).proven);
    });
  }

  it('without NameID is taken where an attribute names the person', () => {
    const xml = signedResponse('assertion', rsa, { assertion: { nameId: '' } });

    assert.equal(verify(xml, { allowsNoNameId: true }).proven.nameId, undefined);
  });

  it('hands out attributes of one name together, whatever the name', () => {
    const attribute = (name: string, value: string) =>
      `<saml:Attribute Name="${name}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`;
    const statement = (inner: string) =>
      `<saml:AttributeStatement>${inner}</saml:AttributeStatement>`;
    const attributes =
      statement(attribute('a', '1') + attribute('__proto__', 'x')) +
      statement(attribute('a', '&lt;2&gt;'));

    const claims = verify(signedResponse('both', rsa, { assertion: { attributes } })).proven
      .attributes;

    assert.deepEqual(Object.entries(claims), [
      ['a', ['1', '<2>']],
      ['__proto__', ['x']],
    ]);
  });
});

/** The same in the default namespace. */
function unprefixed(xml: string, prefix: string, declaration: string): string {
  return xml
    .replace(new RegExp(`xmlns:${prefix}="[^"]*"`, 'g'), declaration)
    .replaceAll(`<${prefix}:`, '<')
    .replaceAll(`</${prefix}:`, '</');
}

function audience(other?: string): string {
  const ours = `<saml:Audience>${expectedResponse([]).entityId}</saml:Audience>`;
  const more = other === undefined ? '' : `<saml:Audience>${other}</saml:Audience>`;
  return `<saml:AudienceRestriction>${more}${ours}</saml:AudienceRestriction>`;
}

function ourKey(): Secret {
  return new Secret(ours.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
}
