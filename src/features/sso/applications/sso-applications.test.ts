// The specification of /v1/sso-applications: what Halo's schema lacks, the confirmation, keys and mail domains.
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { privateKeyOf } from '#features/sso/secrets.ts';
import { anSsoApplicationHub, type SsoApplicationHub } from '#test/servers/sso-application-hub.ts';
import { tablesHolding } from '#test/servers/tables-holding.ts';
import { SsoApplicationWire, SsoDomainWire } from './answers.ts';

const path = '/v1/sso-applications';
const url = 'https://login.larkfield.test';

describe('An application for single sign-on under /v1', () => {
  let hub: SsoApplicationHub;
  let made = 0;
  before(async () => {
    hub = await anSsoApplicationHub();
  });
  after(() => hub[Symbol.asyncDispose]());
  const make = async (more: object = {}) => {
    made += 1;
    const answer = await hub.ask('editor', 'POST', path, { name: `Larkfield ${made}`, ...more });
    assert.equal(answer.status, 201, answer.text);
    return SsoApplicationWire.parse(answer.body);
  };

  it('lets nobody in until it is told whom, and asks for what is strict', async () => {
    const { active, allows, autoRedirects, saml, hasClientSecret, warnings } = await make();

    assert.deepEqual([active, hasClientSecret], [false, false]);
    assert.deepEqual(
      [allows, autoRedirects].map((one) => one.agent || one.user),
      [false, false],
    );
    assert.equal(saml.wantsAssertionsSigned, true);
    assert.equal(saml.allowsIdpInitiated, false);
    assert.match(warnings.join(' '), /Neither agents nor users/);
  });

  it('changes what is given of a group, and leaves the rest', async () => {
    const oidc = { url, clientId: 'sundog', clientAuthentication: 'private-key-jwt' };
    const { id } = await make({ oidc });

    const changed = await hub.change(id, {
      oidc: { requiredAcr: ['phr', 'phr'], maxAgeSeconds: 3600 },
      saml: { forceAuthn: true, requestBinding: 'post' },
    });

    assert.deepEqual(
      { ...changed.oidc },
      {
        ...{ preset: 'generic', ...oidc, prompt: null, domainHint: null, scope: null },
        ...{ allowedTenants: [], requiredAcr: ['phr'], maxAgeSeconds: 3600 },
      },
    );
    assert.deepEqual([changed.saml.forceAuthn, changed.saml.requestBinding], [true, 'post']);
    assert.deepEqual(await hub.audited(id), [
      'sso-application.created >',
      'sso-application.changed oidc.maxAgeSeconds > 3600',
      'sso-application.changed oidc.requiredAcr > phr',
      'sso-application.changed saml.forceAuthn false > true',
      'sso-application.changed saml.requestBinding redirect > post',
    ]);
  });

  it('names the addresses that its provider is given', async () => {
    const { guid, addresses } = await make();
    const base = `https://hub.larkfield.test/auth/sso/${guid}`;

    assert.equal(addresses.redirectUri, `${base}/callback`);
    assert.equal(addresses.acs, `${base}/acs`);
    assert.equal(addresses.metadata, `${base}/metadata`);
    assert.equal(addresses.test, `${base}/test`);
  });

  it('forgets metadata, confirmation and no more when its metadata is elsewhere', async () => {
    const saml = { metadataUrl: 'https://idp.larkfield.test/metadata?tenant=1' };
    const { id } = await make({ protocol: 'saml', saml });
    await hub.ask('admin', 'POST', `${path}/${id}/key`);
    await hub.ask('admin', 'POST', `${path}/${id}/confirm`);
    await hub.database.db
      .insertInto('sso_metadata')
      .values({ application_id: id, document: '<x/>', provider: '{}', fetched_at: hub.time.now })
      .execute();
    const before = await hub.find(id);

    const after = await hub.change(id, { saml: { metadataUrl: 'https://evil.test/metadata' } });

    assert.ok(before.metadata !== null && before.confirmedBy !== null);
    assert.deepEqual([after.metadata, after.confirmedBy], [null, null]);
    assert.equal(after.certificate?.pem, before.certificate?.pem);
  });

  for (const [title, body] of [
    ['another client authentication', { oidc: { clientAuthentication: 'tls' } }],
    ['a negative age', { oidc: { maxAgeSeconds: -1 } }],
    ['an acr of two lines', { oidc: { requiredAcr: ['a\nb'] } }],
    ['metadata in the clear', { saml: { metadataUrl: 'http://idp.larkfield.test' } }],
    ['another binding', { saml: { requestBinding: 'artifact' } }],
    ['a surplus setting', { surplus: true }],
    ['a surplus setting of a group', { oidc: { surplus: true } }],
    ['an empty secret', { clientSecret: '\n' }],
    ['a group that is none', { oidc: [] }],
    ['a null for a yes', { active: null }],
    ['its lab changed', { lab: true }],
    ['its guid changed', { guid: 'c0ffee00-0000-4000-8000-00000000000a' }],
  ] as const) {
    it(`refuses ${title}, and changes nothing`, async () => {
      const { id, version } = await make();

      const answer = await hub.ask('admin', 'PATCH', `${path}/${id}`, body);

      assert.ok([400, 422].includes(answer.status), answer.text);
      assert.equal((await hub.find(id)).version, version);
    });
  }

  it('is a lab’s only where there is a lab, which may be reached in the clear', async () => {
    const lab = await make({ lab: true, oidc: { url: 'http://127.0.0.1:9000' } });
    const body = { name: 'Not a lab', lab: true };
    Object.assign(hub.ports.rules, { labAllowed: false });
    const refused = await hub.ask('admin', 'POST', path, body);
    Object.assign(hub.ports.rules, { labAllowed: true });

    assert.equal(lab.oidc.url, 'http://127.0.0.1:9000');
    assert.match(refused.text, /sso\.lab-refused/);
  });

  it('is confirmed by an administrator, for its own address, where that can be at all', async () => {
    const { id } = await make({ oidc: { url: 'https://private.larkfield.test:8443/realm' } });
    const none = await make();
    const literal = await make({ oidc: { url: 'https://127.0.0.1' } });
    const answers = await Promise.all([
      hub.ask('editor', 'POST', `${path}/${id}/confirm`),
      hub.ask('admin', 'POST', `${path}/${none.id}/confirm`),
      hub.ask('admin', 'POST', `${path}/${literal.id}/confirm`),
    ]);

    await hub.ask('admin', 'POST', `${path}/${id}/confirm`);

    assert.deepEqual(
      answers.map(({ status }) => status),
      [403, 409, 422],
    );
    assert.equal((await hub.find(id)).confirmedBy, 'admin');
    assert.ok(
      (await hub.audited(id)).includes('sso-application.confirmed > private.larkfield.test:8443'),
    );
  });

  it('makes a key pair whose certificate fits it, and another one when asked again', async () => {
    const { id } = await make();
    const pair = async () => {
      const answer = await hub.ask('editor', 'POST', `${path}/${id}/key`);
      const { version, certificate } = SsoApplicationWire.parse(answer.body);
      const key = await privateKeyOf(hub.ports, { id, version });
      return { answer, certificate: certificate?.pem ?? '', key: key?.reveal() ?? '' };
    };

    const one = await pair();
    const other = await pair();

    for (const { certificate, key, answer } of [one, other]) {
      assert.ok(new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)));
      assert.ok(!answer.text.includes('PRIVATE KEY'));
    }
    assert.notEqual(one.certificate, other.certificate);
    assert.deepEqual(await tablesHolding(hub.database, other.key.split('\n')[5] ?? ''), []);
    assert.deepEqual((await hub.audited(id)).slice(1), [
      'sso-application.changed key > made',
      'sso-application.changed key > replaced',
    ]);
  });

  it('pages through its list', async () => {
    const page = await hub.ask('reader', 'GET', `${path}?limit=2`);
    const { items, next } = z
      .object({ items: z.array(SsoApplicationWire), next: z.string() })
      .parse(page.body);
    const following = await hub.ask('reader', 'GET', `${path}?limit=2&cursor=${next}`);

    assert.equal(items.length, 2);
    assert.ok(!following.text.includes(`"guid":"${items[1]?.guid}"`));
  });

  it('is nobody’s without the right, and unknown in a sentence', async () => {
    const { id } = await make();
    const tries = [
      ['GET', path, undefined],
      ['GET', `${path}/${id}`, undefined],
      ['POST', path, { name: 'Never' }],
      ['PATCH', `${path}/${id}`, { name: 'Never' }],
      ['DELETE', `${path}/${id}`, undefined],
      ['POST', `${path}/${id}/key`, undefined],
      ['POST', `${path}/${id}/confirm`, undefined],
      ['GET', `${path}/${id}/domains`, undefined],
      ['POST', `${path}/${id}/domains`, { domain: 'larkfield.test' }],
    ] as const;
    for (const [method, where, body] of tries) {
      const reads = method === 'GET';
      const guest = await hub.ask('guest', method, where, body);
      const reader = await hub.ask('reader', method, where, body);
      const impersonated = await hub.ask('impersonated', method, where, body);
      const unknown = await hub.ask('admin', method, where.replace(String(id), '99999'), body);

      assert.equal(guest.status, 403, `${method} ${where}`);
      assert.equal(reader.status, reads ? 200 : 403, `${method} ${where}`);
      assert.equal(impersonated.status, reads ? 200 : 403, `${method} ${where}`);
      if (where !== path) assert.equal(unknown.status, 404, `${method} ${where}`);
    }
  });

  it('is deleted with all that belongs to it', async () => {
    const { id } = await make();
    await hub.ask('admin', 'POST', `${path}/${id}/domains`, { domain: 'gone.test' });

    const gone = await hub.ask('editor', 'DELETE', `${path}/${id}`);

    assert.equal(gone.status, 204);
    assert.deepEqual(await tablesHolding(hub.database, 'gone.test'), ['public.audit_texts']);
    assert.equal((await hub.audited(id)).at(-1), 'sso-application.deleted >');
  });
});

describe('A mail domain of an application', () => {
  let hub: SsoApplicationHub;
  let id: number;
  before(async () => {
    hub = await anSsoApplicationHub();
    id = (await hub.make()).id;
  });
  after(() => hub[Symbol.asyncDispose]());
  const domains = () => `${path}/${id}/domains`;
  const add = async (domain: string) => {
    const answer = await hub.ask('editor', 'POST', domains(), { domain });
    assert.equal(answer.status, 201, answer.text);
    return SsoDomainWire.parse(answer.body);
  };
  const prove = async (domainId: number) => {
    const answer = await hub.ask('editor', 'POST', `${domains()}/${domainId}/prove`);
    assert.equal(answer.status, 200, answer.text);
    return SsoDomainWire.parse(answer.body);
  };

  it('is proven by the record it names, and by no other', async () => {
    const { id: domainId, record, provenBy } = await add(' Larkfield.TEST. ');
    const without = await prove(domainId);
    hub.texts.set(record.name, [['v=spf1'], ['sundog-verification=other']]);
    const wrong = await prove(domainId);
    hub.texts.set(record.name, [['v=spf1'], [record.value.slice(0, 20), record.value.slice(20)]]);
    const right = await prove(domainId);

    assert.equal(provenBy, null);
    assert.equal(record.name, '_sundog-challenge.larkfield.test');
    assert.match(record.value, /^sundog-verification=[\w-]{43}$/);
    assert.match(without.failure ?? '', /has no TXT record yet/);
    assert.match(wrong.failure ?? '', /not the one/);
    assert.deepEqual([right.provenBy, right.provenName, right.failure], ['dns', 'editor', null]);
    assert.deepEqual((await hub.find(id)).provenDomains, ['larkfield.test']);
  });

  it('stays proven while name servers are silent, and is not when they say that the record is gone', async () => {
    const { id: domainId, record } = await add('brooks.test');
    hub.texts.set(record.name, [[record.value]]);
    await prove(domainId);
    hub.texts.set(record.name, 'ETIMEOUT');
    const silent = await prove(domainId);
    hub.texts.set(record.name, 'ENOTFOUND');
    const gone = await prove(domainId);

    assert.equal(silent.provenBy, 'dns');
    assert.match(silent.failure ?? '', /did not answer .*ETIMEOUT/);
    assert.equal(gone.provenBy, null);
    assert.deepEqual((await hub.audited(id)).slice(-3), [
      'sso-application.changed domain > brooks.test added',
      'sso-application.changed domain > brooks.test proven by DNS',
      'sso-application.changed domain > brooks.test no longer proven',
    ]);
  });

  it('is set by an administrator, whose word no missing record takes back', async () => {
    const { id: domainId } = await add('word.test');
    const refused = await hub.ask('editor', 'POST', `${domains()}/${domainId}/vouch`);
    await hub.ask('admin', 'POST', `${domains()}/${domainId}/vouch`);

    const { provenBy } = await prove(domainId);

    assert.equal(refused.status, 403);
    assert.equal(provenBy, 'administrator');
  });

  it('has a challenge of its own with each application', async () => {
    const other = await hub.make();
    const body = { domain: 'shared.test' };
    const mine = await add('shared.test');
    const theirs = await hub.ask('editor', 'POST', `${path}/${other.id}/domains`, body);

    assert.notEqual(SsoDomainWire.parse(theirs.body).record.value, mine.record.value);
  });

  it('stands there once, and belongs to its application', async () => {
    const { id: domainId } = await add('once.test');
    const other = await hub.make();
    const again = await hub.ask('editor', 'POST', domains(), { domain: 'ONCE.test' });
    const foreign = `${path}/${other.id}/domains/${domainId}`;
    const statuses = await Promise.all([
      hub.ask('admin', 'POST', `${foreign}/prove`),
      hub.ask('admin', 'POST', `${foreign}/vouch`),
      hub.ask('admin', 'DELETE', foreign),
    ]);
    const removed = await hub.ask('editor', 'DELETE', `${domains()}/${domainId}`);

    assert.match(again.text, /sso\.domain-taken/);
    assert.deepEqual(
      statuses.map(({ status }) => status),
      [404, 404, 404],
    );
    assert.equal(removed.status, 204);
  });

  for (const domain of [
    'test',
    '10.0.0.1',
    '*.larkfield.test',
    'a@b.test',
    'a b.test',
    'x_y.test',
    'https://a.test',
    '[::1]',
    '-',
    'a..b',
  ]) {
    it(`is not "${domain}"`, async () => {
      const answer = await hub.ask('editor', 'POST', domains(), { domain });

      assert.equal(answer.status, 422, answer.text);
      assert.match(answer.text, /sso\.domain-misfit/);
    });
  }
});
