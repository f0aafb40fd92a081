// The specification of /api/LDAPConnection: every member of Halo's does what it says, or a warning says why not.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { aSyncHub, One, password, type SyncHub, small } from '#test/servers/sync-hub.ts';

const people = 'OU=People,DC=ad,DC=larkfield,DC=test';

describe('LDAPConnection', () => {
  let hub: SyncHub;
  before(async () => {
    hub = await aSyncHub();
  });
  after(() => hub[Symbol.asyncDispose]());
  const get = async (id: number | null, query = '') => {
    const answer = await hub.ask('admin', 'GET', `/api/ldapconnection/${id}${query}`);
    assert.equal(answer.status, 200, answer.text);
    return One.parse(answer.body);
  };
  const connection = async (guid: string | null) => {
    const answer = await hub.ask('admin', 'GET', `/v1/connections/${guid}`);
    return z
      .object({ settings: z.record(z.string(), z.unknown()), hasSecret: z.boolean() })
      .parse(answer.body);
  };

  it('makes the connection and the sync on it, with the usual mappings', async () => {
    const made = await hub.make();
    const found = await get(made.id);
    const { settings, hasSecret } = await connection(made.guid);

    assert.deepEqual(found, { ...made });
    assert.equal(hasSecret, true);
    assert.deepEqual(
      [settings.host, settings.port, settings.security, settings.bindDn],
      ['dc1.ad.larkfield.test', 389, 'starttls', 'svc-sundog@ad.larkfield.test'],
    );
    assert.deepEqual(
      [made.port, made.use_ssl, made.authentication_type, made.username, made.pagesize],
      ['', false, 'Basic', 'svc-sundog', 1_000],
    );
    assert.ok(made.mappings_user?.some((row) => row.ldap_field === 'mail'));
    assert.deepEqual(
      made.mappings_agent?.find(({ ldap_field: field }) => field === 'mail')?.nhd_field,
      'email',
    );
    assert.match(made._warning ?? '', /reads nobody yet/);
  });

  it('keeps what is left out, and both spellings of a name of a member', async () => {
    const made = await hub.make({ synccontacts: true, pagesize: 250 });

    const changed = await hub.post({ ID: String(made.id), Basedn: 'DC=ad,DC=larkfield,DC=test' });

    assert.deepEqual({ ...changed }, { ...made, basedn: 'DC=ad,DC=larkfield,DC=test' });
  });

  it('takes back what it answered without changing anything', async () => {
    const made = await hub.make({
      ...{ connection_type: 'AD', external: true, useadauthentication: 1 },
      ...{ halointegrator_batch: 5, halointegrator_allowedclientids: '3,4' },
      ...{ uactguidmappingfield: 'other3', new_user_template: 105 },
      ldap_strings: [{ dn: people, site_id: 101, userrole_id: 104, filter: '(department=Optics)' }],
      cab_ldap_strings: [{ dn: `OU=Board,${people}`, isrecursive: false }],
      mappings_new_user: [{ ldap_field: 'l', nhd_field: 'other1' }],
    });

    const again = await hub.post(made);

    assert.deepEqual(again, made);
    assert.deepEqual(await hub.audited(made.id ?? 0), ['directory-sync.created >']);
  });

  describe('says how the directory is reached', () => {
    for (const [given, port, security] of [
      [{ use_ssl: true }, 636, 'ldaps'],
      [{ use_ssl: true, port: '3269' }, 3269, 'ldaps'],
      [{ use_ssl: false, port: '' }, 389, 'starttls'],
      [{ authentication_type: 'basic' }, 389, 'starttls'],
      [{ authentication_type: 'PLAIN' }, 389, 'plain'],
    ] as const) {
      it(`${JSON.stringify(given)} is ${security} on ${port}`, async () => {
        const made = await hub.make(given);
        const { settings } = await connection(made.guid);

        assert.deepEqual([settings.port, settings.security], [port, security]);
      });
    }

    it('warns of a connection without encryption, and leaves it once encryption is asked for', async () => {
      const made = await hub.make({ authentication_type: 'Plain' });
      const mended = await hub.post({ id: made.id, use_ssl: true, new_password: password });

      assert.match(made._warning ?? '', /without encryption/);
      assert.deepEqual([mended.use_ssl, mended.authentication_type], [true, 'Basic']);
      assert.doesNotMatch(mended._warning ?? '', /without encryption/);
    });

    it('at several hosts, a port of its own beside its name', async () => {
      const hostname = 'dc1.larkfield.test, dc2.larkfield.test:1636;[fd00::7]';
      const made = await hub.make({ hostname, use_ssl: true });
      const { settings } = await connection(made.guid);
      const moved = await hub.post({ id: made.id, port: '3269', new_password: password });

      assert.deepEqual(settings.others, [
        { host: 'dc2.larkfield.test', port: 1636 },
        { host: 'fd00::7', port: 636 },
      ]);
      assert.equal(made.hostname, 'dc1.larkfield.test,dc2.larkfield.test:1636,fd00::7');
      assert.equal(moved.hostname, made.hostname);
    });

    it('by a certificate, which says itself who signs in', async () => {
      const made = await hub.make({ authentication_type: 'certificate', username: null });
      const { settings } = await connection(made.guid);

      assert.deepEqual([settings.authentication, settings.security], ['certificate', 'starttls']);
      assert.deepEqual([made.authentication_type, made.username], ['Certificate', '']);
    });

    for (const [username, domainname, bindDn] of [
      ['svc', 'ad.larkfield.test', 'svc@ad.larkfield.test'],
      ['svc', 'LARKFIELD', 'LARKFIELD\\svc'],
      ['svc@larkfield.test', 'LARKFIELD', 'svc@larkfield.test'],
      ['LARKFIELD\\svc', 'ad.larkfield.test', 'LARKFIELD\\svc'],
      ['CN=svc\\, sync,DC=x', 'LARKFIELD', 'CN=svc\\, sync,DC=x'],
      ['svc', '', 'svc'],
    ] as const) {
      it(`signs ${username} of "${domainname}" in as ${bindDn}`, async () => {
        const made = await hub.make({ username, domainname });
        const { settings } = await connection(made.guid);

        assert.equal(settings.bindDn, bindDn);
        assert.equal(made.username, username);
      });
    }

    it('as a DN of any length that a connection takes, again when it is sent back', async () => {
      const username = `CN=svc-sundog,${'OU=Service accounts,'.repeat(20)}DC=ad,DC=larkfield,DC=test`;
      const made = await hub.make({ username });
      const again = await hub.post(made);

      assert.ok(username.length > 400);
      assert.deepEqual(again, made);
      assert.equal(made.username, username);
    });

    it('without a domain once that is null, and with the one it has while it is left out', async () => {
      const made = await hub.make();
      const bindDn = async () => (await connection(made.guid)).settings.bindDn;

      const left = await hub.post({ id: made.id, username: 'svc-sync', domainname: undefined });
      const within = await bindDn();
      const emptied = await hub.post({ id: made.id, domainname: null });

      assert.deepEqual([within, await bindDn()], ['svc-sync@ad.larkfield.test', 'svc-sync']);
      assert.deepEqual(
        [left.username, emptied.username, left.domainname, emptied.domainname],
        ['svc-sync', 'svc-sync', 'ad.larkfield.test', ''],
      );
    });

    it('clears the password when it would go elsewhere, and says so', async () => {
      const made = await hub.make();
      const moved = await hub.post({ id: made.id, hostname: 'dc2.ad.larkfield.test' });
      const again = await hub.post({ id: made.id, integrator_password: password });
      const kept = await hub.post({ id: made.id, username: 'svc-other' });

      assert.match(moved._warning ?? '', /password was cleared.*no password yet/);
      assert.doesNotMatch(again._warning ?? '', /password/);
      assert.doesNotMatch(kept._warning ?? '', /password/);
    });

    it('answers no password, in nothing, and tells the audit trail none', async () => {
      const made = await hub.make({ integrator_password: password });
      const answers = [
        JSON.stringify(made),
        (await hub.ask('admin', 'GET', '/api/LDAPConnection')).text,
        (await hub.audited(made.id ?? 0)).join(),
        (await hub.audited(made.guid ?? '')).join(),
      ].join();

      assert.ok(!answers.includes(password));
      assert.ok(!answers.includes('"new_password"'));
    });
  });

  describe('holds places', () => {
    it('for users, agents and boards, with what the desk has around them', async () => {
      const made = await hub.make({
        ldap_strings: [
          { name: 'York', dn: `OU=York,${people}`, site_id: 101, userrole_id: 104 },
          { dn: `CN=Desk,${people}`, agentmapping: true, mapping_type: 1, role_id: '107' },
          { ldapstring: `LDAP://dc1.ad.larkfield.test/OU=Hull,${people}`, isrecursive: false },
        ],
        cab_ldap_strings: [{ dn: `CN=Board,${people}`, mapping_type: 1 }],
      });

      const [york, desk, hull] = made.ldap_strings ?? [];
      assert.deepEqual(
        [york?.site_name, york?.client_id, york?.userrole_id, york?.mapping_type],
        ['York', 9, 104, 0],
      );
      assert.deepEqual(
        [desk?.name, desk?.agentmapping, desk?.mapping_type, desk?.role_id],
        ['Desk', true, 1, '107'],
      );
      assert.deepEqual([hull?.dn, hull?.isrecursive], [`OU=Hull,${people}`, false]);
      assert.match(hull?._warning ?? '', /no site/);
      assert.equal(made.cab_ldap_strings?.[0]?.cabmapping, true);
      assert.match(made.cab_ldap_strings?.[0]?._warning ?? '', /no board/);
    });

    it('that keep their ids and what is left out of them, and never take another’s', async () => {
      const made = await hub.make({
        ldap_strings: [{ dn: people, site_id: 101, filter: '(a=b)' }],
      });
      const other = await hub.make({ ldap_strings: [{ dn: people, site_id: 102 }] });
      const mine = made.ldap_strings?.[0]?.id;
      const theirs = other.ldap_strings?.[0]?.id;

      const changed = await hub.post({
        id: made.id,
        ldap_strings: [
          { id: mine, site_id: 102 },
          { id: theirs, dn: people, site_id: 103 },
        ],
      });
      const untouched = await get(other.id);

      const [first, second] = changed.ldap_strings ?? [];
      assert.deepEqual([first?.id, first?.site_id, first?.filter], [mine, 102, '(a=b)']);
      assert.notEqual(second?.id, theirs);
      assert.deepEqual(untouched.ldap_strings, other.ldap_strings);
    });

    it('by names with every character that a DN escapes', async () => {
      const dn = 'OU=\\"Yo\\+rk\\, \\<one\\>\\;\\\\two\\=\\#\\ \\0a,DC=ad,DC=larkfield,DC=test';
      const made = await hub.make({ ldap_strings: [{ dn, name: 'York', site_id: 101 }] });

      assert.equal((await get(made.id)).ldap_strings?.[0]?.dn, dn);
    });
  });

  it('keeps a mapping to a field that the desk has not, and says by name that it does nothing', async () => {
    const made = await hub.make({
      mappings_user: [
        { ldap_field: 'mail', nhd_field: 'EmailAddress', is_userticket: true },
        { ldap_field: 'extensionAttribute1', nhd_field: 'messagegroup' },
        { ldap_field: 'employeeID', nhd_field: 'CFemployeeNumber' },
      ],
    });

    const [mail, custom, unknown] = made.mappings_user ?? [];
    assert.deepEqual([mail?.nhd_field, mail?.is_user], ['emailaddress', true]);
    assert.equal(custom?.nhd_field, 'CFemployeeNumber');
    assert.match(unknown?._warning ?? '', /"messagegroup"/);
    assert.match(made._warning ?? '', /is_userticket stays false/);
    assert.deepEqual(
      (await hub.post({ id: made.id, mappings_user: made.mappings_user })).mappings_user,
      made.mappings_user,
    );
  });

  it('matches by Halo’s words, in either of their two spellings', async () => {
    const made = await hub.make({ user_matching_fields: 'samaccountname, emailaddress' });
    const listed = await hub.post({
      ...made,
      user_matching_list: [{ value: 'other1' }, { value: 'login' }],
    });

    assert.deepEqual(
      made.user_matching_list?.map(({ value }) => value),
      ['samaccountname', 'emailaddress'],
    );
    assert.equal(listed.user_matching_fields, 'other1,login');
    assert.equal(listed.agent_matching_fields, 'email,ad');
  });

  it('runs by a schedule once it is enabled, and not while it is not', async () => {
    const made = await hub.make();
    const on = await hub.post({
      id: made.id,
      halointegratorenabled: true,
      halointegrator_importtype: 1,
    });
    const { rows } = await hub.database.pool.query(
      `select active, next_at > now() as due, settings->'schedule' as schedule, settings->>'reads' as reads
       from directory_syncs where id = $1`,
      [made.id],
    );
    const off = await hub.post({ id: made.id, halointegratorenabled: false });

    assert.deepEqual(
      [made.halointegratorenabled, on.halointegratorenabled, off.halointegratorenabled],
      [false, true, false],
    );
    assert.deepEqual(rows, [
      { active: true, due: true, schedule: { everyMinutes: 60 }, reads: 'whole' },
    ]);
  });

  it('has a template for new users, by name, until -1 takes it away', async () => {
    const made = await hub.make({ new_user_template: 105 });
    const none = await hub.post({ id: made.id, new_user_template: -1, new_user_type: 1 });

    assert.deepEqual([made.new_user_type, made.new_user_template_name], [1, 'Template of York']);
    assert.deepEqual([none.new_user_type, none.new_user_template], [0, -1]);
    assert.match(none._warning ?? '', /new_user_type stays 0/);
  });

  it('warns of every member that decides nothing here', async () => {
    const made = await hub.make({
      ...{ connection_type: 'AD', external: true, useadauthentication: 1, new_method: false },
      ...{ halointegrator_batch: 9, halointegrator_ipaddress: '10.0.0.1', integrator_type: 1 },
      pagesize: 5_000,
    });

    for (const member of [
      ...['connection_type', 'external', 'useadauthentication', 'new_method', 'pagesize'],
      ...['halointegrator_batch', 'halointegrator_ipaddress', 'integrator_type'],
    ]) {
      assert.match(made._warning ?? '', new RegExp(`${member} `), member);
    }
    assert.deepEqual([made.new_method, made.integrator_type, made.pagesize], [true, 0, 1_000]);
  });

  it('tells the audit trail each changed field, before and after', async () => {
    const made = await hub.make({ ldap_strings: [{ dn: people, site_id: 101 }] });
    await hub.post({ id: made.id, synccontacts: true, ldap_strings: [] });

    const told = await hub.audited(made.id ?? 0);
    assert.equal(told[1], 'directory-sync.changed contacts false > true');
    assert.match(told[2] ?? '', /place \d+ .*siteId: 1.* >$/);
  });

  it('lists bare, in pages, and for one client', async () => {
    const bare = z.array(One).parse((await hub.ask('admin', 'GET', '/api/LDAPConnection')).body);
    const page = await hub.ask('admin', 'GET', '/api/LDAPConnection?pageinate=true&page_size=2');
    const mine = await hub.make({}, 'client-9');
    const listed = z
      .array(One)
      .parse((await hub.ask('admin', 'GET', '/api/LDAPConnection?clientidoverride=12')).body);

    assert.ok(bare.length > 5);
    assert.equal(z.object({ results: z.array(One) }).parse(page.body).results.length, 2);
    assert.ok(listed.every(({ id }) => id !== mine.id));
  });

  it('takes the connection that its guid names, in any letter case, and only once', async () => {
    const made = await hub.labConnection();
    const again = await hub.refused({ guid: made.guid?.toUpperCase() });
    const unknown = await hub.make({ guid: 'aaaaaaaa-0000-4000-8000-00000000000a' });

    assert.equal(made.hostname, '127.0.0.1');
    assert.match(again, /has a directory sync already/);
    assert.match(unknown._warning ?? '', /guid was given by the hub/);
  });

  describe('is deleted', () => {
    it('with its connection', async () => {
      const made = await hub.make();
      const gone = await hub.ask('admin', 'DELETE', `/api/LDAPConnection/${made.id}`);

      assert.equal(gone.status, 200);
      assert.equal((await hub.ask('admin', 'GET', `/v1/connections/${made.guid}`)).status, 404);
      assert.equal((await hub.ask('admin', 'GET', `/api/LDAPConnection/${made.id}`)).status, 404);
    });

    it('without it where something else stands on the connection', async () => {
      const made = await hub.make();
      hub.used.id = made.guid ?? '';
      const gone = await hub.ask('admin', 'DELETE', `/api/LDAPConnection/${made.id}`);

      assert.match(gone.text, /stays: it is used by the automation/);
      assert.equal((await hub.ask('admin', 'GET', `/v1/connections/${made.guid}`)).status, 200);
    });

    it('without it where it is every client’s and whoever deletes looks after one', async () => {
      const made = await hub.make();
      await hub.database.pool.query('update directory_syncs set client_id = 9 where id = $1', [
        made.id,
      ]);

      const path = `/api/LDAPConnection/${made.id}`;
      const gone = await hub.ask('client-9', 'DELETE', path);

      assert.equal(gone.status, 200, gone.text);
      assert.match(gone.text, /stays: it belongs to every client/);
      assert.equal((await hub.ask('admin', 'GET', `/v1/connections/${made.guid}`)).status, 200);
      assert.equal((await hub.ask('admin', 'GET', path)).status, 404);
    });

    it('never while it is at work, nor does its connection go before it', async () => {
      const made = await hub.make();
      await hub.database.pool.query(
        `insert into sync_runs (id, sync_id, purpose, asked, state, started_by_kind,
           started_by_id, started_by, created_at)
         values (gen_random_uuid(), $1, 'sync', 'whole', 'reading', 'agent', '1', 'Rosa', now())`,
        [made.id],
      );

      const busy = await hub.ask('admin', 'DELETE', `/api/LDAPConnection/${made.id}`);
      const used = await hub.ask('admin', 'DELETE', `/v1/connections/${made.guid}`);

      assert.match(busy.text, /at work/);
      assert.match(used.text, /the directory sync/);
    });
  });

  it('saves all that are posted, or none', async () => {
    const text = await hub.refused([
      { ...small, name: 'First of two' },
      { ...small, name: '' },
    ]);
    const all = (await hub.ask('admin', 'GET', '/api/LDAPConnection')).text;

    assert.match(text, /name/);
    assert.ok(!all.includes('First of two'));
  });
});
