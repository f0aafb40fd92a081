// The specification of /api/SingleSignOnApplication: Halo's manners, and the members the hub has a word in.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { clientSecretOf } from '#features/sso/secrets.ts';
import { anSsoApplicationHub, type SsoApplicationHub } from '#test/servers/sso-application-hub.ts';
import { tablesHolding } from '#test/servers/tables-holding.ts';
import { HaloSsoApplication } from './halo-wire.ts';

const path = '/api/SingleSignOnApplication';
const One = HaloSsoApplication.omit({ new_client_secret: true }).required();
const secret = 'the-client-secret-nobody-sees';
const tenants = ['a', 'b', 'c'].map((end) => `c0ffee00-0000-4000-8000-00000000000${end}`);

describe('SingleSignOnApplication in Halo’s dialect', () => {
  let hub: SsoApplicationHub;
  before(async () => {
    hub = await anSsoApplicationHub();
  });
  after(() => hub[Symbol.asyncDispose]());
  const refused = async (body: object, code: string) => {
    const answer = await hub.ask('admin', 'POST', path, body);
    assert.equal(answer.status, 400, answer.text);
    assert.match(answer.text, new RegExp(`"code":"${code}"`));
  };

  it('answers one posted with one, several with several, with every member but the secret', async () => {
    const one = await hub.make();
    const answer = await hub.ask('admin', 'POST', path, [
      { name: 'Two', Type: '1' },
      { Name: 'Three', OIDC_URL: 'https://x.larkfield.test', surplus: 'ignored' },
    ]);
    const found = await hub.ask('reader', 'GET', `${path}/${one.id}`);

    assert.equal(z.array(One).parse(answer.body).length, 2);
    assert.deepEqual(found.body, one);
    assert.ok(!found.text.includes('"new_client_secret"'));
  });

  it('id: above 0 it changes the one that has it, else there is a new one', async () => {
    const one = await hub.make({ id: 0 });
    const other = await hub.make({ id: -1 });

    const changed = await hub.post({ id: one.id, button_label: 'Larkfield' });

    assert.notEqual(one.id, other.id);
    assert.deepEqual(changed, { ...one, button_label: 'Larkfield' });
  });

  it('guid: is made, or taken over when it comes with a new one, and never changes', async () => {
    const own = 'C0FFEE00-0000-4000-8000-0000000000AA';
    const made = await hub.make();
    const given = await hub.make({ guid: own });

    assert.match(made.guid ?? '', /^[0-9a-f-]{36}$/);
    assert.equal(given.guid, own.toLowerCase());
    assert.deepEqual(await hub.post({ id: given.id, guid: own }), given);
    await refused([{ name: 'Same guid', guid: own }], 'sso.guid-taken');
    await refused([{ id: given.id, guid: made.guid }], 'sso.misfit');
    await refused([{ name: 'x', guid: 'no-guid' }], 'request.invalid');
  });

  it('intent: is read and kept nowhere', async () => {
    const made = await hub.make({ intent: 'kept-nowhere' });

    assert.equal(made.intent, null);
    assert.deepEqual(await tablesHolding(hub.database, 'kept-nowhere'), []);
    await refused([{ name: 'x', intent: 7 }], 'request.invalid');
  });

  it('name: two never share one, in whichever letter case', async () => {
    await hub.make({ name: 'Entra of Larkfield' });
    const other = await hub.make();

    await refused([{ name: 'ENTRA of Larkfield' }], 'sso.name-taken');
    await refused([{ id: other.id, name: 'entra of larkfield' }], 'sso.name-taken');
    await refused([{ type: 0 }], 'record.incomplete');
  });

  it('instance_name: is this hub’s host, whatever is posted', async () => {
    const made = await hub.make({ instance_id: 1, instance_name: 'another' });

    assert.equal(made.instance_name, 'hub.larkfield.test');
  });

  it('type_description: says the type in a word, whatever is posted', async () => {
    const oidc = await hub.make({ type: 0, type_description: 'Kerberos' });
    const saml = await hub.make({ type: 1 });

    assert.deepEqual([oidc.type_description, saml.type_description], ['OIDC', 'SAML']);
  });

  it('default_site, default_site_name: are a site of the desk and its name', async () => {
    const { db } = hub.database;
    const dated = { created_at: hub.time.now, updated_at: hub.time.now };
    const client = await db
      .insertInto('desk_clients')
      .values({ name: 'Larkfield Optics', ...dated })
      .returning('id')
      .executeTakeFirstOrThrow();
    const site = await db
      .insertInto('desk_sites')
      .values({ name: 'Harbour office', client_id: client.id, ...dated })
      .returning('id')
      .executeTakeFirstOrThrow();
    const { id } = await hub.make({ allow_user_provisoning: true, default_site: String(site.id) });

    const made = await hub.post({ id, default_site_name: 'Elsewhere' });
    await db.deleteFrom('desk_sites').where('id', '=', site.id).execute();
    const without = await hub.post({ id });

    assert.deepEqual([made.default_site, made.default_site_name], [site.id, 'Harbour office']);
    assert.deepEqual([without.default_site, without.default_site_name], [null, null]);
  });

  it('allowed_tenants, allowed_tenants_list: of an answer that is sent back the changed one counts', async () => {
    const [a = '', b = '', c = ''] = tenants;
    const made = await hub.make({ allowed_tenants: a });
    const list = [...(made.allowed_tenants_list ?? []), { value: b }];

    const byList = await hub.post({ ...made, allowed_tenants_list: list });
    const byText = await hub.post({ ...byList, allowed_tenants: c });

    assert.equal(byList.allowed_tenants, `${a},${b}`);
    assert.equal(byText.allowed_tenants, c);
    assert.deepEqual(byText.allowed_tenants_list, [{ value: c, label: c }]);
    await refused(
      [{ ...byText, allowed_tenants: a, allowed_tenants_list: list }],
      'request.invalid',
    );
  });

  it('custom_id_attribute: is needed where id_attribute says that it is another claim', async () => {
    const made = await hub.make({ id_attribute: 5, custom_id_attribute: 'employee' });

    assert.equal(made.id_attribute, 5);
    await refused([{ name: 'x', id_attribute: 5 }], 'sso.misfit');
    await refused([{ id: made.id, custom_id_attribute: '' }], 'sso.misfit');
  });

  it('does all of several or nothing', async () => {
    await refused(
      [{ name: 'Would be fine' }, { name: 'Would not', scope: 'email' }],
      'request.invalid',
    );
    const list = await hub.ask('reader', 'GET', path);

    assert.ok(!list.text.includes('Would be fine'));
  });

  it('lists a bare array, and pages where they are asked for', async () => {
    const bare = z.array(One).parse((await hub.ask('reader', 'GET', path)).body);
    const asked = `${path}?pageinate=true&page_size=2&page_no=2`;
    const page = z
      .looseObject({ record_count: z.int(), results: z.array(One) })
      .parse((await hub.ask('reader', 'GET', asked)).body);

    assert.equal(page.record_count, bare.length);
    assert.deepEqual(page.results, bare.slice(2, 4));
  });

  it('is deleted, and answered once more as it was', async () => {
    const made = await hub.make();

    const gone = await hub.ask('editor', 'DELETE', `${path}/${made.id}`);

    assert.deepEqual(gone.body, made);
    for (const [method, where, body] of [
      ['GET', `${path}/${made.id}`, undefined],
      ['DELETE', `${path}/${made.id}`, undefined],
      ['POST', path, [{ id: made.id, name: 'x' }]],
    ] as const) {
      const answer = await hub.ask('admin', method, where, body);
      assert.equal(answer.status, 404, answer.text);
      assert.match(answer.text, /single sign-on application/);
    }
  });

  for (const [who, read, edit] of [
    ['reader', 200, 403],
    ['guest', 403, 403],
    ['impersonated', 200, 403],
    [undefined, 401, 401],
  ] as const) {
    it(`answers ${who ?? 'nobody'} ${read} when reading and ${edit} when writing`, async () => {
      const made = await hub.make();
      const statuses = await Promise.all([
        hub.ask(who, 'GET', path),
        hub.ask(who, 'GET', `${path}/${made.id}`),
        hub.ask(who, 'POST', path, [{ name: 'Never made' }]),
        hub.ask(who, 'DELETE', `${path}/${made.id}`),
      ]);

      assert.deepEqual(
        statuses.map(({ status }) => status),
        [read, read, edit, edit],
      );
      assert.equal((await hub.find(made.id)).version, 1);
    });
  }
});

describe('The client secret of an application for single sign-on', () => {
  let hub: SsoApplicationHub;
  before(async () => {
    hub = await anSsoApplicationHub();
  });
  after(() => hub[Symbol.asyncDispose]());
  const oidc = { oidc_url: 'https://login.larkfield.test', client_id: 'sundog' };
  const kept = async (id: number) => {
    const { version } = await hub.find(id);
    return (await clientSecretOf(hub.ports, { id, version }))?.reveal();
  };

  it('new_client_secret: is sealed, stays where it is empty, and is in no answer, log or audit entry', async () => {
    const made = await hub.make({ ...oidc, new_client_secret: secret });
    const answers = await Promise.all([
      hub.ask('admin', 'GET', `${path}/${made.id}`),
      hub.ask('admin', 'GET', `/v1/sso-applications/${made.id}`),
      hub.ask('admin', 'POST', path, [{ id: made.id, new_client_secret: '' }]),
      hub.ask('admin', 'POST', path, [{ id: made.id, new_client_secret: null }]),
    ]);

    assert.equal(await kept(made.id), secret);
    assert.ok(answers.every(({ text }) => !text.includes(secret)));
    assert.ok(!hub.logged.join('').includes(secret));
    assert.deepEqual(await tablesHolding(hub.database, secret), []);
    assert.equal((await hub.find(made.id)).hasClientSecret, true);
  });

  it('is told to the audit trail as replaced, and no more', async () => {
    const { id } = await hub.make({ ...oidc, new_client_secret: secret });

    await hub.post({ id, new_client_secret: 'another-secret' });

    assert.deepEqual(await hub.audited(id), [
      'sso-application.created >',
      'sso-application.changed clientSecret > replaced',
    ]);
  });

  for (const [title, change] of [
    ['oidc_url', { oidc_url: 'https://evil.test' }],
    ['type', { type: 1 }],
    ['oidc_url where the type knows it', { oidc_url: '', oidc_type: 3 }],
  ] as const) {
    it(`goes with another ${title}, and so does the confirmation`, async () => {
      const { id } = await hub.make({ ...oidc, new_client_secret: secret });
      await hub.ask('admin', 'POST', `/v1/sso-applications/${id}/confirm`);
      const before = await hub.find(id);

      await hub.post({ id, ...change });
      const after = await hub.find(id);

      assert.deepEqual([before.hasClientSecret, before.confirmedBy], [true, 'admin']);
      assert.deepEqual([after.hasClientSecret, after.confirmedBy], [false, null]);
      assert.equal(await kept(id), undefined);
      const told = await hub.audited(id);
      const because = 'cleared, because the provider is another one';
      assert.ok(told.includes(`sso-application.changed clientSecret > ${because}`), told.join());
      assert.ok(told.includes(`sso-application.changed confirmed admin > ${because}`));
    });
  }

  it('is kept when it comes together with the new address', async () => {
    const { id } = await hub.make({ ...oidc, new_client_secret: secret });

    await hub.post({ id, oidc_url: 'https://new.larkfield.test', new_client_secret: 'new-one' });

    assert.equal(await kept(id), 'new-one');
  });

  it('is not taken to an address that was changed meanwhile', async () => {
    const { id } = await hub.make({ ...oidc, new_client_secret: secret });
    const { version } = await hub.find(id);
    await hub.post({ id, button_label: 'Larkfield' });

    assert.equal(await clientSecretOf(hub.ports, { id, version }), undefined);
  });

  it('has no place with SAML', async () => {
    const answer = await hub.ask('admin', 'POST', path, [
      { name: 'SAML', type: 1, new_client_secret: secret },
    ]);

    assert.match(answer.text, /SAML has no client secret/);
  });
});

describe('The _warning of an application for single sign-on', () => {
  let hub: SsoApplicationHub;
  before(async () => {
    hub = await anSsoApplicationHub();
  });
  after(() => hub[Symbol.asyncDispose]());
  const complete = {
    ...{ oidc_url: 'https://login.larkfield.test', client_id: 'sundog', new_client_secret: secret },
    ...{ allowed_entities: 3, user_matching_field: 1 },
  };

  it('is null where the hub has nothing to say', async () => {
    assert.equal((await hub.make(complete))._warning, null);
  });

  for (const [title, more, said] of [
    [
      'it lacks its address, client id and secret',
      { oidc_url: '', client_id: '', new_client_secret: '' },
      /lacks the provider’s address .* client id .* client secret/,
    ],
    ['nobody is allowed', { allowed_entities: 0 }, /Neither agents nor users/],
    ['no tenant is allowed', { oidc_type: 2 }, /No tenant is allowed/],
    [
      'no domain is proven for matching by address',
      { user_matching_field: 0 },
      /No mail domain is proven/,
    ],
    ['SAML has no metadata', { type: 1, new_client_secret: '' }, /lacks the provider’s metadata/],
    ['new users have no site', { allow_user_provisoning: true }, /no default site/],
    [
      'new users may not sign on',
      { allow_user_provisoning: true, domain_matching: true, allowed_entities: 1 },
      /are not allowed to sign on/,
    ],
    ['nobody could mend it', { auto_redirect_agent: true }, /No administrator has a password/],
  ] as const) {
    it(`says that ${title}`, async () => {
      const { _warning } = await hub.make({ ...complete, ...more });

      assert.match(_warning ?? '', said);
    });
  }

  it('names another that redirects the same people', async () => {
    await hub.make({ ...complete, name: 'First', active: true, auto_redirect_user: true });
    const other = await hub.make({ ...complete, active: true, auto_redirect_user: true });
    const agents = await hub.make({ ...complete, active: true, auto_redirect_agent: true });

    assert.match(other._warning ?? '', /"First" redirects the same people/);
    assert.doesNotMatch(agents._warning ?? '', /redirects the same/);
  });

  it('says that a lab’s provider is reached in the clear, and that a certificate ends soon', async () => {
    const body = { name: 'Lab', lab: true, oidc: { url: 'http://127.0.0.1:9000' } };
    const made = await hub.ask('admin', 'POST', '/v1/sso-applications', body);
    const { id } = z.looseObject({ id: z.int() }).parse(made.body);
    await hub.ask('admin', 'POST', `/v1/sso-applications/${id}/key`);
    const now = hub.time.now;
    hub.time.now = new Date('2036-11-10T09:00:00Z');

    const { _warning } = await hub.post({ id });

    hub.time.now = now;
    assert.match(_warning ?? '', /without encryption/);
    assert.match(_warning ?? '', /certificate expires on 2036-11-21/);
  });
});
