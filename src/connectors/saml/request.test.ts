// The messages the hub writes, as a stranger's library and the schema's own reading see them.
import assert from 'node:assert/strict';
import { verify, X509Certificate } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { XmlDocument } from 'libxml2-wasm';
import { SignedXml } from 'xml-crypto';
import type { AuthnRequest, LogoutRequest, LogoutResponse, SamlKey } from '#domain/ports/saml.ts';
import { newKey } from './own-key.ts';
import { escaped, newId, written } from './request.ts';
import { asForm, asRedirect } from './signing.ts';

const at = new Date('2026-11-22T08:09:10.123Z');
const destination = 'https://idp.larkfield.test/sso?a=1&b="2"';
const issuer = 'https://hub.larkfield.test/auth/sso/1/metadata';
const asked: AuthnRequest = {
  kind: 'sign-on',
  id: '_0',
  at,
  destination,
  issuer,
  acs: 'https://hub.larkfield.test/auth/sso/1/acs',
  nameIdFormat: null,
  forceAuthn: false,
};
const logout: LogoutRequest = {
  kind: 'logout',
  id: '_1',
  at,
  destination,
  issuer,
  nameId: {
    value: 'O\'Neil <&"> 🦊',
    format: 'urn:x',
    qualifiers: { nameQualifier: 'a&b', spNameQualifier: undefined, spProvidedId: undefined },
  },
  sessionIndex: '<s>',
};
const loggedOut: LogoutResponse = {
  kind: 'logged-out',
  id: '_2',
  at,
  destination,
  issuer,
  inResponseTo: '_9',
  status: 'success',
};
const names = {
  samlp: 'urn:oasis:names:tc:SAML:2.0:protocol',
  saml: 'urn:oasis:names:tc:SAML:2.0:assertion',
};

let key: SamlKey;
before(async () => {
  key = await newKey('Larkfield, "O=x"', at);
});

function textAt(xml: string, xpath: string): string | undefined {
  using document = XmlDocument.fromString(xml);
  return document.get(xpath, names)?.content;
}

describe('A request to sign on', () => {
  it('says who asks whom, when, and where the answer goes', () => {
    const xml = written(asked);

    assert.equal(textAt(xml, '/samlp:AuthnRequest/saml:Issuer'), issuer);
    assert.equal(textAt(xml, '/*/@Destination'), destination);
    assert.equal(textAt(xml, '/*/@IssueInstant'), '2026-11-22T08:09:10Z');
    assert.equal(textAt(xml, '/*/@AssertionConsumerServiceURL'), asked.acs);
    assert.match(textAt(xml, '/*/@ProtocolBinding') ?? '', /HTTP-POST$/);
    assert.equal(textAt(xml, '/*/@ForceAuthn'), undefined);
    assert.equal(textAt(xml, '/*/samlp:NameIDPolicy/@Format'), undefined);
  });

  it('asks for a fresh sign-in and a kind of name where that is configured', () => {
    const xml = written({ ...asked, forceAuthn: true, nameIdFormat: 'urn:persistent' });

    assert.equal(textAt(xml, '/*/@ForceAuthn'), 'true');
    assert.equal(textAt(xml, '/*/samlp:NameIDPolicy/@Format'), 'urn:persistent');
  });

  it('has an ID of 128 random bits that is an XML name', () => {
    const ids = new Set(Array.from({ length: 100 }, newId));

    assert.equal(ids.size, 100);
    for (const id of ids) assert.match(id, /^_[0-9a-f]{32}$/);
  });
});

describe('A value in a message', () => {
  it('stays the value it was, whatever signs it holds', () => {
    const xml = written(logout);

    assert.equal(textAt(xml, '/samlp:LogoutRequest/saml:NameID'), logout.nameId.value);
    assert.equal(textAt(xml, '//saml:NameID/@NameQualifier'), 'a&b');
    assert.equal(textAt(xml, '//samlp:SessionIndex'), '<s>');
  });

  it('keeps its line ends and tabs', () => {
    const xml = written({ ...asked, acs: 'https://a.test/\t\r\n' });

    assert.equal(textAt(xml, '/*/@AssertionConsumerServiceURL'), 'https://a.test/\t\r\n');
  });

  for (const text of ['\u0000', 'a\u0008', '\ufffe', '\ud800']) {
    it(`is refused where no XML holds it: ${JSON.stringify(text)}`, () => {
      assert.throws(() => escaped(text), RangeError);
    });
  }
});

describe('An answer to a request to log out', () => {
  for (const [status, first, second] of [
    ['success', /Success$/, undefined],
    ['failed', /Responder$/, undefined],
    ['partial', /Responder$/, /PartialLogout$/],
  ] as const) {
    it(`says ${status} and which request it answers`, () => {
      const xml = written({ ...loggedOut, status });

      assert.equal(textAt(xml, '/samlp:LogoutResponse/@InResponseTo'), '_9');
      assert.match(textAt(xml, '/*/samlp:Status/samlp:StatusCode/@Value') ?? '', first);
      const inner = textAt(xml, '//samlp:StatusCode/samlp:StatusCode/@Value');
      if (second === undefined) assert.equal(inner, undefined);
      else assert.match(inner ?? '', second);
    });
  }
});

describe('The redirect binding', () => {
  it('carries the message deflated, after a query that the address has already', () => {
    const url = asRedirect(asked, { relayState: 'r/ä=', key: undefined });

    assert.ok(url.startsWith(`${destination}&SAMLRequest=`));
    const query = new URL(url).searchParams;
    const packed = Buffer.from(query.get('SAMLRequest') ?? '', 'base64');
    assert.equal(inflateRawSync(packed).toString(), written(asked));
    assert.equal(query.get('RelayState'), 'r/ä=');
    assert.equal(query.get('Signature'), null);
  });

  it('signs the very octets it sends, an answer as SAMLResponse', () => {
    const url = asRedirect(
      { ...loggedOut, destination: 'https://idp.test/slo' },
      { relayState: 'r s', key },
    );

    const [, octets = '', signature = ''] = /\?(.*)&Signature=(.*)$/.exec(url) ?? [];
    assert.match(octets, /^SAMLResponse=[^&]+&RelayState=r%20s&SigAlg=[^&]+rsa-sha256$/);
    const proof = Buffer.from(decodeURIComponent(signature), 'base64');
    assert.ok(verify('sha256', Buffer.from(octets), key.certificate, proof));
    assert.ok(!verify('sha256', Buffer.from(`${octets}x`), key.certificate, proof));
  });

  it('signs without a RelayState where there is none', () => {
    const url = asRedirect(asked, { relayState: undefined, key });

    assert.match(url, /&SAMLRequest=[^&]+&SigAlg=[^&]+&Signature=[^&]+$/);
  });
});

describe('The POST binding', () => {
  it('carries the message signed as the schema wants it: after the issuer, over the whole', () => {
    const form = asForm(asked, { relayState: 'r', key });

    const xml = Buffer.from(form.fields.SAMLRequest ?? '', 'base64').toString();
    const signature = /<ds:Signature .*<\/ds:Signature>/s.exec(xml)?.[0] ?? '';
    const checking = new SignedXml({ publicCert: key.certificate });
    checking.loadSignature(signature);
    assert.ok(checking.checkSignature(xml));
    assert.match(checking.getSignedReferences()[0] ?? '', /^<samlp:AuthnRequest /);
    assert.match(xml, /<\/saml:Issuer><ds:Signature /);
    assert.match(xml, /Algorithm="http:\/\/www\.w3\.org\/2001\/04\/xmldsig-more#rsa-sha256"/);
    assert.equal(form.fields.RelayState, 'r');
    assert.equal(form.action, destination);
  });

  it('carries it unsigned where no key is given', () => {
    const form = asForm(asked, { relayState: undefined, key: undefined });

    assert.deepEqual(Object.keys(form.fields), ['SAMLRequest']);
    const xml = Buffer.from(form.fields.SAMLRequest ?? '', 'base64').toString();
    assert.equal(xml, written(asked));
  });
});

describe('The hub’s own key', () => {
  it('is RSA of 3072 bits, self-signed under the application’s name, for signing and for keys', () => {
    const read = new X509Certificate(key.certificate);

    assert.equal(read.publicKey.asymmetricKeyDetails?.modulusLength, 3072);
    assert.equal(read.subject, 'CN=Larkfield\\, \\"O=x\\"');
    assert.ok(read.verify(read.publicKey));
    assert.equal(read.validToDate.getUTCFullYear(), 2036);
    assert.ok(read.validFromDate < at);
    assert.match(key.privateKey.reveal(), /^-----BEGIN PRIVATE KEY-----\n/);
  });
});
