// What /api/LDAPConnection refuses: bad input, callers without rights, and what is another client's.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aSyncHub, type SyncHub, small } from '#test/servers/sync-hub.ts';

const people = 'OU=People,DC=ad,DC=larkfield,DC=test';
const place = { dn: people, site_id: 101 };

describe('An LDAPConnection that cannot be', () => {
  let hub: SyncHub;
  before(async () => {
    hub = await aSyncHub();
  });
  after(() => hub[Symbol.asyncDispose]());

  // biome-ignore format: one line each
  const refused: readonly (readonly [string, object, RegExp])[] = [
    ['no host', { hostname: ' ' }, /hostname/],
    ['a host with a space for a script', { hostname: 'dc1"><script>' }, /no name of a host/],
    ['a user in its host', { hostname: 'admin@dc1' }, /no name of a host/],
    ['more hosts than are asked', { hostname: 'a,b,c,d,e,f,g,h,i,j' }, /more than 9 hosts/],
    ['a port of 0', { port: '0' }, /port "0"/],
    ['a port of 70000', { port: '70000' }, /port "70000"/],
    ['a port in words', { port: '389; drop' }, /is none from 1 to 65535/],
    ['a port as a number', { port: 389 }, /is not a text/],
    ['a name of two lines', { name: 'AD\nLarkfield' }, /name must be one line/],
    ['a name of 101 letters', { name: 'x'.repeat(101) }, /name must be one line/],
    ['a way to sign in that is unknown', { authentication_type: 'Kerberos' }, /"Kerberos" is not known/],
    ['plain and encrypted at once', { authentication_type: 'Plain', use_ssl: true }, /without encryption/],
    ['a user name that is no DN', { username: 'CN=a,,=b' }, /no distinguished name/],
    ['a user name with a line break', { username: 'svc\nsundog' }, /one line/],
    ['two passwords that differ', { integrator_password: 'other' }, /differ/],
    ['a base that is no DN', { basedn: 'larkfield' }, /basedn "larkfield"/],
    ['a code of nothing', { useadauthentication: 9 }, /none of the codes/],
    ['a text for a yes', { synccontacts: 'perhaps' }, /not true or false/],
    ['a matching by what is no field', { user_matching_fields: 'passwd' }, /"passwd"/],
    ['a matching by what matches nobody', { user_matching_fields: 'notes' }, /cannot be matched/],
    ['two lists of matchings that differ', { user_matching_fields: 'login', user_matching_list: [{ value: 'other1' }] }, /differ/],
    ['an id in the name', { uactguidmappingfield: 'name' }, /immutable id cannot stand/],
    ['a template that is nobody', { new_user_template: 999_999 }, /no user 999999/],
    ['a place that is no DN', { ldap_strings: [{ dn: 'York' }] }, /no distinguished name/],
    ['a place without a DN', { ldap_strings: [{ site_id: 101 }] }, /dn/],
    ['a place with a control character', { ldap_strings: [{ ...place, name: 'York\u0007' }] }, /control characters/],
    ['a filter that is cut off', { ldap_strings: [{ ...place, filter: '(cn=*' }] }, /filter of the place/],
    ['a filter that breaks out', { ldap_strings: [{ ...place, filter: 'cn=a)(objectClass=*' }] }, /filter of the place/],
    ['a filter that names no attribute', { ldap_strings: [{ ...place, filter: '(=a)' }] }, /filter of the place/],
    ['a filter too long', { ldap_strings: [{ ...place, filter: `(cn=${'x'.repeat(2_001)})` }] }, /2000/],
    ['a DN too long', { ldap_strings: [{ ...place, dn: `OU=${'x'.repeat(1_001)},DC=x` }] }, /1000/],
    ['a site that is nowhere', { ldap_strings: [{ ...place, site_id: 999_999 }] }, /unknown site: 999999/],
    ['a site beyond all numbers', { ldap_strings: [{ ...place, site_id: 99_999_999_999 }] }, /site_id/],
    ['a role that is none', { ldap_strings: [{ ...place, agentmapping: true, role_id: "1' or '1'='1" }] }, /unknown role of agents/],
    ['a role of users that is none', { ldap_strings: [{ ...place, userrole_id: 999 }] }, /unknown role of users: 999/],
    ['a board that is none', { cab_ldap_strings: [{ dn: people, cab_id: 77 }] }, /unknown board: 77/],
    ['a mapping of no attribute', { mappings_user: [{ ldap_field: 'ma il', nhd_field: 'name' }] }, /names no attribute/],
    ['a mapping of an attribute with options', { mappings_user: [{ ldap_field: 'mail;lang-en', nhd_field: 'emailaddress' }] }, /has options: write mail/],
    ['a text with options', { mappings_user: [{ ldap_field: '%givenName% %sn;x-old%', nhd_field: 'name' }] }, /has options: write sn/],
    ['a mapping of a password', { mappings_user: [{ ldap_field: 'userPassword', nhd_field: 'notes' }] }, /reads a secret: userPassword/],
    ['a mapping of a password with options', { mappings_user: [{ ldap_field: 'UserPassword;x-old', nhd_field: 'notes' }] }, /reads a secret/],
    ['a text with a password', { mappings_agent: [{ ldap_field: 'x %ms-Mcs-AdmPwd%', nhd_field: 'name' }] }, /reads a secret: ms-Mcs-AdmPwd/],
    ['a preview of a password', { _get_users: true, mappings_user: [{ ldap_field: 'msLAPS-Password', nhd_field: 'notes' }] }, /reads a secret: msLAPS-Password/],
    ['a filter by a password', { ldap_strings: [{ ...place, filter: '(&(mail=*)(!(unicodePwd=a*)))' }] }, /the secret unicodePwd/],
    ['a filter by a number', { ldap_strings: [{ ...place, filter: '(&(mail=*)(1.2.840.113556.1.4.1964=1*))' }] }, /the number 1.2.840.113556.1.4.1964 in it: write the attribute's name/],
    ['a filter by a rule alone', { ldap_strings: [{ ...place, filter: '(:2.5.13.17:=a)' }] }, /a rule without an attribute/],
    ['a preview by a password', { _get_users: true, ldap_strings: [{ ...place, filter: '(2.5.4.35=a)' }] }, /the number 2.5.4.35/],
    ['a mapping of nothing', { mappings_user: [{ nhd_field: 'name' }] }, /from/],
    ['a mapping to what the place decides', { mappings_user: [{ ldap_field: 'l', nhd_field: 'site_id' }] }, /place of a person decides/],
    ['mappings that are no list', { mappings_user: 'mail' }, /mappings_user/],
    ['a guid that is none', { guid: 'dc1' }, /not a GUID/],
    ['a kept text too long', { connection_type: 'x'.repeat(21) }, /connectionType/],
  ];
  for (const [what, more, sentence] of refused) {
    it(`is refused for ${what}`, async () => {
      const text = await hub.refused({ ...small, name: `Refused: ${what}`.slice(0, 100), ...more });

      assert.match(text, sentence);
    });
  }

  it('leaves nothing behind', async () => {
    const { rows } = await hub.database.pool.query(
      `select (select count(*)::int from connections) as connections,
         (select count(*)::int from directory_syncs) as syncs`,
    );

    assert.deepEqual(rows, [{ connections: 0, syncs: 0 }]);
  });

  it('is refused a guid that is not its own, and an id that is none', async () => {
    const made = await hub.make();
    const other = await hub.make();

    assert.match(await hub.refused({ id: made.id, guid: other.guid }), /guid is another one/);
    assert.match(await hub.refused({ id: 999_999 }), /directory sync/);
    assert.equal((await hub.ask('admin', 'GET', '/api/LDAPConnection/x')).status, 400);
    assert.equal((await hub.ask('admin', 'DELETE', '/api/LDAPConnection/999999')).status, 404);
  });

  it('is refused the name of another connection', async () => {
    const made = await hub.make();

    assert.match(await hub.refused({ ...small, name: made.name }), /called .* already/);
  });
});

describe('An LDAPConnection is there', () => {
  let hub: SyncHub;
  before(async () => {
    hub = await aSyncHub();
  });
  after(() => hub[Symbol.asyncDispose]());

  it('only for whoever may see syncs, and changed by whoever may change connections too', async () => {
    const made = await hub.make();
    const statusOf = async (as: string | undefined, method: string, path: string, body?: object) =>
      (await hub.ask(as, method, `/api/LDAPConnection${path}`, body)).status;

    assert.equal(await statusOf(undefined, 'GET', ''), 401);
    assert.equal(await statusOf('guest', 'GET', ''), 403);
    assert.equal(await statusOf('reader', 'GET', `/${made.id}`), 200);
    assert.equal(await statusOf('reader', 'POST', '', { id: made.id, external: true }), 403);
    assert.equal(await statusOf('half', 'POST', '', { id: made.id, external: true }), 403);
    assert.equal(await statusOf('half', 'DELETE', `/${made.id}`), 403);
    assert.equal(await statusOf('editor', 'POST', '', { id: made.id, synccontacts: true }), 201);
  });

  it('never for an impersonated session to change or to try', async () => {
    const made = await hub.make();

    for (const body of [
      { ...small, name: 'By another' },
      { id: made.id, _is_test: true },
    ]) {
      await hub.refused(body, 'impersonated');
    }
  });

  it('within one client alone for those who look after it: seen, never changed, and with its own sites', async () => {
    const everybodys = await hub.make();
    const others = await hub.make();
    await hub.database.pool.query('update directory_syncs set client_id = 12 where id = $1', [
      others.id,
    ]);
    const mine = await hub.make({ ldap_strings: [place] }, 'client-9');
    const as9 = (path: string) => hub.ask('client-9', 'GET', `/api/LDAPConnection${path}`);

    assert.equal((await as9(`/${everybodys.id}`)).status, 200);
    assert.equal((await as9(`/${others.id}`)).status, 404);
    assert.ok(!(await as9('')).text.includes(others.guid ?? ''));
    assert.equal((await as9(`/${others.id}?clientidoverride=12`)).status, 404);
    await hub.refused({ id: everybodys.id, external: true }, 'client-9');
    assert.equal(mine.allow_access, true);
    const site = { ldap_strings: [{ ...place, site_id: 102 }] };
    assert.match(await hub.refused({ id: mine.id, ...site }, 'client-9'), /unknown site: 102/);
    const agents = { ldap_strings: [{ ...place, agentmapping: true }] };
    assert.match(await hub.refused({ id: mine.id, ...agents }, 'client-9'), /users alone/);
    const taken = await hub.make({ guid: everybodys.guid }, 'client-9').catch(() => undefined);
    assert.notEqual(taken?.guid, everybodys.guid);
  });
});
