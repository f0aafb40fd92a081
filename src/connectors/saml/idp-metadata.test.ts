// What is taken of a provider's metadata, and what is refused with a sentence.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { Problem } from '#domain/problem.ts';
import { readProvider } from './idp-metadata.ts';
import { newKey } from './own-key.ts';

const entityId = 'https://idp.larkfield.test/metadata';
const spaces =
  'xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"';
const redirect = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const post = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
const artifact = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact';
const protocol = 'urn:oasis:names:tc:SAML:2.0:protocol';
const any = { entityId: null, lab: false };

const certificates: string[] = [];
before(async () => {
  for (const name of ['one', 'two', 'three']) {
    const { certificate } = await newKey(name, new Date());
    certificates.push(certificate.replace(/-----[A-Z ]+-----|\s/g, ''));
  }
});

type Parts = {
  readonly id?: string;
  readonly attributes?: string;
  readonly role?: string;
  readonly keys?: string;
  readonly services?: string;
};

function entity(parts: Parts = {}): string {
  const keys = parts.keys ?? keyFor('use="signing"', certificates[0] ?? '');
  const services = parts.services ?? signOnAt(redirect, 'https://idp.larkfield.test/sso');
  return `<EntityDescriptor ${spaces} entityID="${parts.id ?? entityId}" ${parts.attributes ?? ''}>
<IDPSSODescriptor protocolSupportEnumeration="${protocol}" ${parts.role ?? ''}>${keys}${services}</IDPSSODescriptor>
</EntityDescriptor>`;
}

function keyFor(use: string, ...base64: readonly string[]): string {
  const all = base64.map((one) => `<ds:X509Certificate>\n${one}\n</ds:X509Certificate>`).join('');
  return `<KeyDescriptor ${use}><ds:KeyInfo><ds:X509Data>${all}</ds:X509Data></ds:KeyInfo></KeyDescriptor>`;
}

function signOnAt(binding: string, location: string): string {
  return `<SingleSignOnService Binding="${binding}" Location="${location}"/>`;
}

function group(...inside: readonly string[]): string {
  return `<EntitiesDescriptor ${spaces}>${inside.join('')}</EntitiesDescriptor>`;
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem && error.code === 'sso-metadata.refused') return error.message;
    throw error;
  }
  return assert.fail('it was taken');
}

describe('Metadata of a provider', () => {
  it('gives its entity ID, its doors by binding and its certificates', () => {
    const services =
      `<SingleLogoutService Binding="${post}" Location="https://idp.larkfield.test/slo" ResponseLocation="https://idp.larkfield.test/slo-done"/>` +
      '<NameIDFormat> urn:oasis:names:tc:SAML:2.0:nameid-format:persistent </NameIDFormat>' +
      signOnAt(artifact, 'gopher://nowhere') +
      signOnAt(post, 'https://idp.larkfield.test/sso-post') +
      signOnAt(redirect, 'https://idp.larkfield.test/sso');

    const read = readProvider(entity({ services, role: 'WantAuthnRequestsSigned="1"' }), any);

    assert.equal(read.entityId, entityId);
    assert.deepEqual(read.signOn, [
      { binding: 'post', location: 'https://idp.larkfield.test/sso-post' },
      { binding: 'redirect', location: 'https://idp.larkfield.test/sso' },
    ]);
    assert.deepEqual(read.logout, [
      {
        binding: 'post',
        location: 'https://idp.larkfield.test/slo',
        responseLocation: 'https://idp.larkfield.test/slo-done',
      },
    ]);
    assert.deepEqual(read.nameIdFormats, ['urn:oasis:names:tc:SAML:2.0:nameid-format:persistent']);
    assert.equal(read.wantsRequestsSigned, true);
    assert.equal(read.signing[0].subject, 'CN=one');
    assert.match(read.signing[0].fingerprint, /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });

  it('counts certificates for signing and those without a use, each once, and none for encryption', () => {
    const [one = '', two = '', three = ''] = certificates;
    const keys =
      keyFor('use="encryption"', three) +
      keyFor('', two) +
      keyFor('use="signing"', one) +
      keyFor('use="signing"', two);

    const read = readProvider(entity({ keys }), any);

    assert.deepEqual(
      read.signing.map(({ subject }) => subject),
      ['CN=two', 'CN=one'],
    );
  });

  it('takes of a chain the key’s own certificate and not those above it', () => {
    const [one = '', two = ''] = certificates;

    const read = readProvider(entity({ keys: keyFor('use="signing"', one, two) }), any);

    assert.deepEqual(
      read.signing.map(({ subject }) => subject),
      ['CN=one'],
    );
  });

  it('holds until the earliest time that it or its group names', () => {
    const document = `<EntitiesDescriptor ${spaces} validUntil="2027-01-02T00:00:00" cacheDuration="P1DT1H">${entity(
      { attributes: 'validUntil="2027-01-03T02:00:00+02:00"', role: 'cacheDuration="PT2H"' },
    )}</EntitiesDescriptor>`;

    const read = readProvider(document, any);

    assert.deepEqual(read.validUntil, new Date('2027-01-02T00:00:00Z'));
    assert.equal(read.cacheSeconds, 7_200);
  });

  it('is found by its entity ID among several, at any depth', () => {
    const document = group(
      entity({ id: 'https://a.test' }),
      group(entity({ id: 'https://b.test' }), entity({ id: 'https://c.test' })),
    );

    const read = readProvider(document, { entityId: 'https://c.test', lab: false });

    assert.equal(read.entityId, 'https://c.test');
  });

  it('is taken with a mark of UTF-8 and a declaration at its beginning, and with comments', () => {
    const document = `\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n<!-- <b> -->${entity()}<!-- end -->`;

    assert.equal(readProvider(document, any).entityId, entityId);
  });

  it('may name http on loopback in a lab', () => {
    const services = signOnAt(redirect, 'http://127.0.0.1:4010/sso');

    const read = readProvider(entity({ services }), { entityId: null, lab: true });

    assert.equal(read.signOn[0].location, 'http://127.0.0.1:4010/sso');
  });
});

describe('Metadata is refused', () => {
  const cases: readonly (readonly [string, () => string, RegExp])[] = [
    ['without any certificate', () => entity({ keys: '' }), /no certificate for signing/],
    [
      'with certificates for encryption alone',
      () => entity({ keys: keyFor('use="encryption"', certificates[0] ?? '') }),
      /no certificate for signing/,
    ],
    [
      'with a certificate that is none',
      () => entity({ keys: keyFor('use="signing"', 'bm9uZQ==') }),
      /a certificate in it cannot be read/,
    ],
    ['of a service provider', serviceProvider, /is a service provider like this hub/],
    ['of SAML 1.1 alone', () => entity().replace(protocol, 'urn:x'), /has no IDPSSODescriptor/],
    [
      'with two roles',
      () => entity().replace(/<IDP.*<\/IDPSSODescriptor>/s, '$&$&'),
      /more than one IDPSSODescriptor/,
    ],
    ['without a sign-on address', () => entity({ services: '' }), /names no SingleSignOnService/],
    [
      'with a sign-on address of unknown bindings alone',
      () => entity({ services: signOnAt(artifact, 'https://a.test') }),
      /names no SingleSignOnService/,
    ],
    [
      'with an address without encryption',
      () => entity({ services: signOnAt(redirect, 'http://idp.larkfield.test/sso') }),
      /http:\/\/idp\.larkfield\.test\/sso of a SingleSignOnService does not begin with https/,
    ],
    [
      'with an address that runs script',
      () => entity({ services: signOnAt(post, 'javascript:alert(1)') }),
      /does not begin with https/,
    ],
    [
      'with an address that holds a password',
      () => entity({ services: signOnAt(post, 'https://a:b@c.test/') }),
      /holds a password/,
    ],
    [
      'with a sign-on service without address',
      () => entity({ services: `<SingleSignOnService Binding="${post}"/>` }),
      /has no Location/,
    ],
    ['without an entity ID', () => entity({ id: '' }), /entityID is missing/],
    ['with too long an entity ID', () => entity({ id: 'x'.repeat(1_025) }), /entityID is too long/],
    [
      'with a time that is none',
      () => entity({ attributes: 'validUntil="tomorrow"' }),
      /validUntil is no time: tomorrow/,
    ],
    [
      'with a duration that is none',
      () => entity({ attributes: 'cacheDuration="1 day"' }),
      /cacheDuration is no duration/,
    ],
    [
      'of several providers while none is named',
      () => group(entity({ id: 'https://a.test' }), entity({ id: 'https://b.test' })),
      /holds 2 identity providers; enter the entity ID/,
    ],
    ['of a group without providers', () => group(), /no entity in it is an identity provider/],
    ['with a DOCTYPE', () => `<!DOCTYPE x [<!ENTITY a "b">]>${entity()}`, /holds a DOCTYPE/],
    ['with CDATA', () => entity({ keys: '<![CDATA[x]]>' }), /CDATA/],
    ['with a processing instruction', () => `${entity()}<?php x?>`, /processing instruction/],
    [
      'with an instruction before it',
      () => `<?xml-stylesheet href="x"?>${entity()}`,
      /instruction/,
    ],
    [
      'in another encoding',
      () => `<?xml version="1.0" encoding="UTF-16"?>${entity()}`,
      /written in UTF-16/,
    ],
    ['with two roots', () => entity() + entity(), /more than one root/],
    ['of another kind', () => '<a xmlns="urn:x"/>', /neither EntityDescriptor nor/],
    ['of the right name in no namespace', () => '<EntityDescriptor/>', /neither EntityDescriptor/],
    ['that is JSON', () => '{"issuer":"https://a.test"}', /it is no XML/],
    ['that is empty', () => ' \n', /it is empty/],
    ['that ends in the middle', () => entity().slice(0, -5), /it is no XML|ends in the middle/],
    ['whose tags cross', () => '<a xmlns="urn:x"><b></a></b>', /it is no XML/],
    ['with an entity nobody declared', () => entity({ id: '&x;' }), /it is no XML/],
    ['too deep', () => `${'<a>'.repeat(65)}${'</a>'.repeat(65)}`, /nested deeper than 64/],
    ['too large', () => entity({ attributes: `a="${'x'.repeat(262_144)}"` }), /larger than 256 kB/],
    ['of too many elements', () => `<a>${'<b/>'.repeat(10_001)}</a>`, /more than 10000 elements/],
  ];
  for (const [title, document, sentence] of cases) {
    it(title, () => {
      assert.match(
        refusal(() => readProvider(document(), any)),
        sentence,
      );
    });
  }

  it('of another provider than the one that is configured', () => {
    const sentence = refusal(() => readProvider(entity(), { entityId: 'urn:b', lab: false }));

    assert.match(sentence, /it is of https:\/\/idp\.larkfield\.test\/metadata, and urn:b is conf/);
  });

  it('where the one that is configured stands in it twice', () => {
    const sentence = refusal(() =>
      readProvider(group(entity(), entity()), { entityId, lab: false }),
    );

    assert.match(sentence, /more than once/);
  });

  it('with http on a network, also in a lab', () => {
    const services = signOnAt(redirect, 'http://10.0.0.1/sso');
    const sentence = refusal(() => readProvider(entity({ services }), { ...any, lab: true }));

    assert.match(sentence, /does not begin with https/);
  });

  it('within a moment, however many brackets it is made of', () => {
    for (const text of ['<'.repeat(200_000), '<a '.repeat(80_000), '<!--'.repeat(60_000)]) {
      const began = performance.now();
      refusal(() => readProvider(text, any));
      // A pattern that looks from each of them to the end takes tens of seconds.
      assert.ok(performance.now() - began < 2_000, 'it took too long');
    }
  });
});

function serviceProvider(): string {
  return entity().replaceAll('IDPSSODescriptor', 'SPSSODescriptor');
}
