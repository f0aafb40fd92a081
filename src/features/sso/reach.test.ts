// Where the hub goes for an application for single sign-on, and where it does not.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { permittedAddresses, systemNetwork } from '#lib/connect-guard.ts';
import { allowanceOf, ownEndpoint } from './reach.ts';

const rules = { networks: ['10.0.0.0/8'], labAllowed: true };
const word = { by: 'Ines Marlow', at: new Date('2026-11-21T09:00:00Z') };
const oidc = (url: string | null, more: object = {}) => ({
  ...{ protocol: 'oidc' as const, lab: false, confirmed: null },
  ...{ oidc: { url }, saml: { metadataUrl: null } },
  ...more,
});

function reaches(application: ReturnType<typeof oidc>, address: string, answer: string) {
  const url = new URL(address);
  const allowance = allowanceOf(application, rules, url);
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const network = { ...systemNetwork, lookup: async () => [answer] };
  return permittedAddresses({ host: url.hostname, port }, allowance, network);
}

describe('The reach of an application for single sign-on', () => {
  const issuer = 'https://login.larkfield.test';

  it('is any public address over HTTPS', async () => {
    assert.deepEqual(await reaches(oidc(issuer), `${issuer}/keys`, '198.211.0.7'), ['198.211.0.7']);
  });

  it('is a private one with an administrator’s word for the application’s own address alone', async () => {
    const unconfirmed = oidc(issuer);
    const confirmed = oidc(issuer, { confirmed: word });

    await assert.rejects(reaches(unconfirmed, issuer, '10.1.2.3'), { code: 'address.unconfirmed' });
    assert.deepEqual(await reaches(confirmed, `${issuer}/keys`, '10.1.2.3'), ['10.1.2.3']);
    for (const other of ['https://other.larkfield.test', `${issuer}:8443`]) {
      await assert.rejects(reaches(confirmed, other, '10.1.2.3'), { code: 'address.unconfirmed' });
    }
    await assert.rejects(reaches(confirmed, issuer, '192.168.1.1'), {
      code: 'address.not-allowed',
    });
  });

  it('is never this machine, nor where clouds hand out credentials', async () => {
    for (const answer of ['127.0.0.1', '::1', '169.254.169.254']) {
      await assert.rejects(reaches(oidc(issuer, { confirmed: word }), issuer, answer), {
        code: 'address.forbidden',
      });
    }
  });

  it('is this machine alone for a lab’s application, where there is a lab', async () => {
    const lab = oidc('http://127.0.0.1:9000', { lab: true });
    const url = new URL('http://127.0.0.1:9000');

    assert.deepEqual(await reaches(lab, url.href, '127.0.0.1'), ['127.0.0.1']);
    await assert.rejects(reaches(lab, issuer, '198.211.0.7'), { code: 'address.forbidden' });
    assert.throws(() => allowanceOf(lab, { ...rules, labAllowed: false }, url), {
      code: 'address.forbidden',
    });
  });

  for (const address of ['http://login.larkfield.test', 'ftp://login.larkfield.test', 'data:,x']) {
    it(`is not ${address}`, () => {
      const asked = () => allowanceOf(oidc(issuer, { confirmed: word }), rules, new URL(address));

      assert.throws(asked, { code: 'address.forbidden' });
    });
  }

  it('is confirmed by the metadata’s address where it speaks SAML', () => {
    const saml = { metadataUrl: 'https://idp.larkfield.test:8443/metadata' };
    const application = oidc(issuer, { protocol: 'saml', saml, confirmed: word });

    const { confirmed } = allowanceOf(application, rules, new URL(saml.metadataUrl));

    assert.deepEqual(confirmed, [{ host: 'idp.larkfield.test', port: 8443 }]);
    assert.equal(ownEndpoint(oidc(null)), undefined);
  });
});
