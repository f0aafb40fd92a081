// What the hub tells a provider of itself, as another parser and another reading of the signature see it.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { XmlDocument } from 'libxml2-wasm';
import { SignedXml } from 'xml-crypto';
import type { SamlKey } from '#domain/ports/saml.ts';
import { newKey } from './own-key.ts';
import { ownMetadata } from './own-metadata.ts';

const self = {
  entityId: 'https://hub.larkfield.test/auth/sso/1/metadata?a&b',
  acs: 'https://hub.larkfield.test/auth/sso/1/acs',
  slo: 'https://hub.larkfield.test/auth/sso/1/slo',
};
const names = {
  md: 'urn:oasis:names:tc:SAML:2.0:metadata',
  ds: 'http://www.w3.org/2000/09/xmldsig#',
};
const now = new Date('2026-11-22T08:00:00Z');

let key: SamlKey;
before(async () => {
  key = await newKey('hub', now);
});

function metadata(more: { signsRequests?: boolean; nameIdFormat?: string } = {}): string {
  return ownMetadata(self, {
    key,
    now,
    signsRequests: more.signsRequests ?? false,
    wantsAssertionsSigned: true,
    nameIdFormat: more.nameIdFormat ?? null,
  });
}

function valuesAt(xml: string, xpath: string): string[] {
  using document = XmlDocument.fromString(xml);
  return document.find(xpath, names).map((node) => node.content);
}

describe('The hub’s own metadata', () => {
  it('names its addresses, what it asks for and until when it holds', () => {
    const xml = metadata({ signsRequests: true, nameIdFormat: 'urn:persistent' });

    assert.deepEqual(valuesAt(xml, '/md:EntityDescriptor/@entityID'), [self.entityId]);
    assert.deepEqual(valuesAt(xml, '/*/@validUntil'), ['2026-11-29T08:00:00Z']);
    assert.deepEqual(valuesAt(xml, '//md:SPSSODescriptor/@AuthnRequestsSigned'), ['true']);
    assert.deepEqual(valuesAt(xml, '//md:SPSSODescriptor/@WantAssertionsSigned'), ['true']);
    assert.deepEqual(valuesAt(xml, '//md:AssertionConsumerService/@Location'), [self.acs]);
    assert.deepEqual(valuesAt(xml, '//md:SingleLogoutService/@Location'), [self.slo, self.slo]);
    assert.deepEqual(
      valuesAt(xml, '//md:SingleLogoutService/@Binding').map((name) => name.split('-').at(-1)),
      ['Redirect', 'POST'],
    );
    assert.deepEqual(valuesAt(xml, '//md:NameIDFormat'), ['urn:persistent']);
  });

  it('holds its certificate for signing and for encryption, by GCM and OAEP alone', () => {
    const xml = metadata();

    const base64 = key.certificate.replace(/-----[A-Z ]+-----|\s/g, '');
    assert.deepEqual(valuesAt(xml, '//md:KeyDescriptor/@use'), ['signing', 'encryption']);
    const held = valuesAt(xml, '//md:KeyDescriptor//ds:X509Certificate');
    assert.deepEqual(held, [base64, base64]);
    const methods = valuesAt(xml, '//md:EncryptionMethod/@Algorithm');
    assert.equal(methods.length, 5);
    for (const method of methods) assert.match(method, /-gcm$|rsa-oaep/);
    assert.deepEqual(valuesAt(xml, '//md:NameIDFormat'), []);
    assert.deepEqual(valuesAt(xml, '//md:SPSSODescriptor/@AuthnRequestsSigned'), ['false']);
  });

  it('is signed by its key over the whole, where the schema wants the signature', () => {
    const xml = metadata();

    const signature = /<ds:Signature .*<\/ds:Signature>/s.exec(xml)?.[0] ?? '';
    const checking = new SignedXml({ publicCert: key.certificate });
    checking.loadSignature(signature);
    assert.ok(checking.checkSignature(xml));
    assert.match(xml, /^<md:EntityDescriptor [^>]*><ds:Signature /);
  });
});
