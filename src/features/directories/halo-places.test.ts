// What an LDAPConnection tells of each place: when it was last synced, and when it last brought somebody.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { aSyncHub, One } from '#test/servers/sync-hub.ts';

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
      `insert into sync_runs (id, sync_id, purpose, asked, did, state, sync_version, facts,
         started_by_kind, started_by_id, started_by, created_at)
       values ($1, $2, 'sync', 'whole', 'whole', 'done', 1, $3, 'system', 'hub', 'Sundog', now())`,
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

const source = { records: 1, complete: true, digest: '', columns: [], asked: '' };
