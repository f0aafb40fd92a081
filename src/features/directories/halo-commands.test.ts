// What an LDAPConnection can be told to do: be tested, be browsed and show its people, in the lab's own directory.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aSyncHub, type SyncHub, small } from '#test/servers/sync-hub.ts';
import { HaloLdapConnection } from './halo-model.ts';

const people = 'OU=People,OU=Larkfield,DC=ad,DC=larkfield,DC=test';

describe('An LDAPConnection that is told to', () => {
  let hub: SyncHub;
  let id: number | null = null;
  let place = people;
  before(async () => {
    hub = await aSyncHub();
    place = hub.lab.people;
    ({ id } = await hub.labConnection({ ldap_strings: [{ dn: place, site_id: 101 }] }));
  });
  after(() => hub[Symbol.asyncDispose]());

  const post = async (body: object) => {
    const answer = await hub.ask('admin', 'POST', '/api/LDAPConnection', body);
    assert.equal(answer.status, 201, answer.text);
    return HaloLdapConnection.parse(answer.body);
  };

  it('test itself says that it is well, and saves nothing', async () => {
    const tested = await post({ id, _is_test: true, synccontacts: true });
    const { rows } = await hub.database.pool.query(
      `select settings->>'contacts' as contacts from directory_syncs where id = $1`,
      [id],
    );

    assert.equal(tested._connection_success, true, tested._connection_message ?? '');
    assert.deepEqual(rows, [{ contacts: 'false' }]);
    assert.match((await hub.audited(id ?? 0)).at(-1) ?? '', /directory-sync.tried/);
  });

  for (const [stage, more] of [
    ['credentials', { username: 'CN=Nobody,DC=ad,DC=larkfield,DC=test', new_password: 'wrong' }],
    ['base', { basedn: 'OU=Nowhere,DC=ad,DC=larkfield,DC=test' }],
    ['connect', { port: '1', new_password: 'x' }],
    ['credentials', { hostname: '127.0.0.2' }],
  ] as const) {
    it(`test itself with ${JSON.stringify(more)} names the stage ${stage}`, async () => {
      const tested = await post({ id, _is_test: true, ...more });

      assert.equal(tested._connection_success, false);
      assert.match(tested._connection_message ?? '', new RegExp(`^${stage}: `));
    });
  }

  it('test itself names the stage tls where nobody vouches for the directory', async () => {
    const other = await hub.labConnection();
    const secret = hub.lab.service.password.reveal();
    const body = { settings: { ca: null }, secret };
    await hub.ask('admin', 'PATCH', `/v1/connections/${other.guid}`, body);

    const tested = await post({ id: other.id, _is_test: true });

    assert.match(tested._connection_message ?? '', /^tls: /);
  });

  it('test what is not saved goes to public addresses alone', async () => {
    const tested = await post({ ...small, hostname: '127.0.0.1', _is_test: true });

    assert.equal(tested._connection_success, false);
    assert.match(tested._connection_message ?? '', /^address: /);
  });

  it('list its tree gives containers and groups that may be sent back as places', async () => {
    const all = await post({ id, _get_mappings: true });
    const named = await post({ id, _get_mappings: true, _containerfilter: 'people' });

    const rows = all._containers ?? [];
    assert.ok(rows.some(({ dn, mapping_type: type }) => dn === place && type === 0));
    assert.ok(rows.some(({ mapping_type: type }) => type === 1));
    assert.ok(named._containers?.every(({ name }) => /people/i.test(name ?? '')));
  });

  it('list its tree by what is longer than any name says so', async () => {
    const { _connection_success: ok, ...told } = await post({
      ...{ id, _get_mappings: true, _containerfilter: 'x'.repeat(5_000) },
    });

    assert.equal(ok, false);
    assert.match(told._connection_message ?? '', /at most 200 characters/);
  });

  it('show its people gives some of each place, with what is mapped', async () => {
    const shown = await post({ id, _get_users: true });
    const [user] = shown.ldap_strings?.[0]?.users ?? [];
    const one = await post({ id, _get_users: true, _userfilter: user?.name ?? '' });

    assert.match(user?.objectguid ?? '', /^[\da-f-]{36}$/);
    assert.ok(user?.attributes?.some(({ id: name }) => name === 'cn'));
    assert.ok((one.ldap_strings?.[0]?.users ?? []).length >= 1);
  });

  it('show its people tells them at the row that was sent, however that names its place', async () => {
    const shown = await post({
      ...{ id, _get_users: true },
      ldap_strings: [
        { ldapstring: `LDAP://dc1.ad.larkfield.test/${place}`, site_id: 101 },
        { dn: ` ${place} `, filter: ' (sn=Prewett) ', site_id: 101 },
        { dn: place, isrecursive: false, site_id: 101 },
      ],
      cab_ldap_strings: [
        { dn: place, isrecursive: false },
        { dn: place, filter: '(sn=Prewett)' },
      ],
    });

    const counts = (rows: typeof shown.ldap_strings) => rows?.map(({ users }) => users?.length);
    const [everybody, ...others] = counts(shown.ldap_strings) ?? [];
    assert.ok((everybody ?? 0) > 1, String(everybody));
    assert.deepEqual(
      [others, counts(shown.cab_ldap_strings)],
      [
        [1, 0],
        [0, 1],
      ],
    );
  });

  it('show its people tells them at a row of which only the id was sent', async () => {
    const stored = await post({ id, _get_users: true });
    const [row] = stored.ldap_strings ?? [];

    const shown = await post({ id, _get_users: true, ldap_strings: [{ id: row?.id }] });

    assert.ok((row?.users ?? []).length > 0);
    assert.deepEqual(shown.ldap_strings?.[0]?.users, row?.users);
  });

  it('show new people alone leaves out those it knows', async () => {
    const [first] = (await post({ id, _get_users: true })).ldap_strings?.[0]?.users ?? [];
    await hub.database.pool.query(
      `insert into sync_people (sync_id, target, entry_id, digest, dn, name, place_id, state, desk_id)
       values ($1, 'user', $2, '\\x00', 'CN=x', 'x', 1, 'linked', 105)`,
      [id, first?.objectguid],
    );

    const fresh = await post({ id, _get_users: true, _new_only: true });

    const ids = fresh.ldap_strings?.[0]?.users?.map(({ objectguid }) => objectguid);
    assert.ok(ids !== undefined && ids.length > 0 && !ids.includes(first?.objectguid ?? ''));
  });

  it('show people by a filter that breaks out of its own is refused', async () => {
    for (const _userfilter of ['(cn=a)(objectClass=*)', '(cn=*', '(unicodePwd=a*)']) {
      assert.match(await hub.refused({ id, _get_users: true, _userfilter }), /filter/);
    }
  });

  it('do so beside others that are to be saved is refused before anything is saved', async () => {
    const body = [
      { id, synccontacts: true },
      { ...small, name: 'Saved beside a test' },
      { id, _is_test: true },
    ];

    const text = await hub.refused(body);
    const { rows } = await hub.database.pool.query(
      `select (select settings->>'contacts' from directory_syncs where id = $1) as contacts,
         (select count(*)::int from connections where name = 'Saved beside a test') as made`,
      [id],
    );

    assert.match(text, /nothing was saved/);
    assert.deepEqual(rows, [{ contacts: 'false', made: 0 }]);
  });

  it('do so six times in one request is refused', async () => {
    const body = Array.from({ length: 6 }, () => ({ id, _is_test: true }));

    assert.match(await hub.refused(body), /5 connections at most/);
  });
});
