// What an LDAPConnection tells of each place: when it was last synced, and when it last brought somebody.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { aSyncHub, One, type SyncHub } from '#test/servers/sync-hub.ts';

const people = 'OU=People,DC=ad,DC=larkfield,DC=test';

describe('A place of an LDAPConnection', () => {
  it('was synced when the last run that read it was, and is told its newest user', async () => {
    await using hub = await aSyncHub();
    const { pool } = hub.database;
    const made = await hub.make({
      ldap_strings: ['York', 'Hull'].map((name) => ({
        ...{ name, dn: `OU=${name},${people}`, site_id: 101 },
      })),
    });
    const [york, hull] = (made.ldap_strings ?? []).map(({ id }) => id);
    await pool.query(
      `insert into sync_runs (id, sync_id, purpose, asked, did, state, facts,
         started_by_kind, started_by_id, started_by, created_at)
       values ($1, $2, 'sync', 'whole', 'whole', 'done', $3, 'system', 'hub', 'Sundog', now())`,
      [randomUUID(), made.id, JSON.stringify({ source, places: [york] })],
    );
    await pool.query('update directory_syncs set last_synced_at = $2 where id = $1', [
      made.id,
      '2026-11-20T10:00:00Z',
    ]);
    // The template of York was in the desk before the sync was; Hull got two since.
    await pool.query(`update desk_users set created_at = '2026-01-05T08:00:00Z' where id = 105`);
    await pool.query(
      `insert into desk_users (id, name, site_id, created_at, updated_at)
       values (201, 'Ines Marlow', 101, now(), now()),
         (202, 'Maya Ridge', 101, '2036-11-21T09:00:00Z', now())`,
    );
    await pool.query(
      `insert into sync_people (sync_id, target, entry_id, digest, dn, name, place_id, state, desk_id)
       select $1, 'user', gen_random_uuid(), '\\x00', '', name, case id when 105 then $2::integer else $3::integer end,
         'linked', id from desk_users where id in (105, 201, 202)`,
      [made.id, york, hull],
    );

    const path = `/api/ldapconnection/${made.id}?includedetails=true`;
    const told = One.parse((await hub.ask('admin', 'GET', path)).body);

    assert.deepEqual(
      told.ldap_strings?.map(({ name, lastsynced, lastnewuserdate }) => [
        ...[name, lastsynced?.slice(0, 16), lastnewuserdate?.slice(0, 16)],
      ]),
      [
        ['York', '2026-11-20T10:00', undefined],
        ['Hull', undefined, '2036-11-21T09:00'],
      ],
    );
    assert.deepEqual(told.syncedstrings, [york]);
  });
});

describe("Another client's records", () => {
  const place = { dn: people, site_id: 101 };
  const told = async (hub: SyncHub, id: number | null, as: string) => {
    const answer = await hub.ask(as, 'GET', `/api/LDAPConnection/${id}`);
    return One.parse(answer.body);
  };
  const withHull = async () => {
    const hub = await aSyncHub();
    await hub.database.pool.query(
      `insert into desk_users (id, name, site_id, created_at, updated_at)
       values (106, 'Template of Hull', 102, now(), now())`,
    );
    return hub;
  };

  it('are no template of a client’s own sync, nor shown by name when they have become another’s', async () => {
    await using hub = await withHull();
    const mine = await hub.make({ new_user_template: 105 }, 'client-9');

    const refused = await hub.refused({ id: mine.id, new_user_template: 106 }, 'client-9');
    await hub.database.pool.query('update desk_users set site_id = 102 where id = 105');

    assert.equal(mine.new_user_template_name, 'Template of York');
    assert.match(refused, /no user 106 to be a template/);
    assert.equal((await told(hub, mine.id, 'admin')).new_user_template_name, null);
  });

  it('are named to nobody who looks after one client alone, also in everybody’s sync', async () => {
    await using hub = await withHull();
    await hub.database.pool.query(`insert into desk_cabs (id, name) values (7, 'Change board')`);
    const made = await hub.make({
      ...{ new_user_template: 106, ldap_strings: [{ ...place, site_id: 102 }] },
      cab_ldap_strings: [{ dn: people, cab_id: 7 }],
    });

    const seen = await told(hub, made.id, 'client-9');

    assert.equal(made.new_user_template_name, 'Template of Hull');
    assert.equal(made.ldap_strings?.[0]?.site_name, 'Hull');
    assert.equal(made.cab_ldap_strings?.[0]?.cab_name, 'Change board');
    assert.equal(seen.new_user_template_name, null);
    assert.equal(seen.cab_ldap_strings?.[0]?.cab_name, null);
    const [hull] = seen.ldap_strings ?? [];
    assert.deepEqual([hull?.site_name, hull?.client_id, hull?._warning], [null, null, null]);
  });
});

describe('The warning of a place', () => {
  const warningOf = (one: One) => one.ldap_strings?.[0]?._warning ?? '';

  it('says that nobody is made where neither the place nor a template has a site', async () => {
    await using hub = await aSyncHub();
    const bare = await hub.make({ ldap_strings: [{ dn: people }] });

    const withTemplate = await hub.post({ id: bare.id, new_user_template: 105 });

    assert.match(warningOf(bare), /no site/);
    assert.equal(warningOf(withTemplate), '');
  });

  it('says that there is no such site any more where it has become another client’s', async () => {
    await using hub = await aSyncHub();
    const made = await hub.make({ ldap_strings: [{ dn: people, site_id: 101 }] }, 'client-9');

    await hub.database.pool.query('update desk_sites set client_id = 12 where id = 101');
    const { body } = await hub.ask('admin', 'GET', `/api/LDAPConnection/${made.id}`);

    assert.equal(warningOf(made), '');
    assert.match(warningOf(One.parse(body)), /no site 101 for this sync any more/);
  });
});

const source = { records: 1, complete: true, digest: '', columns: [], asked: '' };
