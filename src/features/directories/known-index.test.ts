// Whom a sync knows, in a few octets each: what a whole read compares every entry with.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { loadKnown } from './known-index.ts';

let database: TestDatabase;

before(async () => {
  database = await aDatabase();
  await database.pool.query(`
    insert into connections (id, kind, name, lab, settings, version, health, created_at, updated_at)
      values ('00000000-0000-4000-8000-000000000001', 'ldap', 'AD', false, '{}', 1, 'unknown', now(), now());
    insert into directory_syncs (id, connection_id, version, settings, created_at, updated_at)
      values (1, '00000000-0000-4000-8000-000000000001', 1, '{}', now(), now());
    insert into sync_people (sync_id, target, entry_id, digest, dn, name, place_id, state, desk_id, due)
      select 1, 'user', ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
        decode(rpad(lpad(to_hex(n), 16, '0'), 32, '0'), 'hex'), '', '', 1,
        case when n = 4 then 'gone' when n = 5 then 'disputed' else 'linked' end,
        case when n = 5 then null else n end, n = 6
      from generate_series(1, 5000) n;`);
});

after(async () => {
  await database[Symbol.asyncDispose]();
});

const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const mask = Buffer.alloc(16);

function digestOf(n: number): Buffer {
  return Buffer.from(n.toString(16).padStart(16, '0').padEnd(32, '0'), 'hex');
}

async function load() {
  const client = await database.pool.connect();
  try {
    return await loadKnown(client, 1, 'user', { everybody: false });
  } finally {
    client.release();
  }
}

describe('The index of those known', () => {
  it('tells who is as they were, who differs, who is due, and who comes twice', async () => {
    const index = await load();

    assert.equal(index.linked, 4_998);
    assert.equal(index.glance(idOf(1), digestOf(1), mask), 'same');
    assert.equal(index.glance(idOf(1), digestOf(1), mask), 'again');
    assert.equal(index.glance(idOf(2), digestOf(9), mask), 'differs');
    assert.equal(index.glance(idOf(3), digestOf(3), Buffer.alloc(16, 1)), 'differs');
    assert.equal(index.glance(idOf(5), digestOf(5), mask), 'differs', 'disputed');
    assert.equal(index.glance(idOf(6), digestOf(6), mask), 'differs', 'due');
    assert.equal(index.glance(idOf(9_000), digestOf(1), mask), 'differs', 'new');
    assert.equal(index.glance(idOf(9_000), digestOf(1), mask), 'again');
    assert.deepEqual([index.isKnown(idOf(6)), index.isKnown(idOf(9_000))], [true, false]);
  });

  it('tells a scan whom it gave already, whatever scans before it gave', async () => {
    const index = await load();
    const people = [1, 2, 9_000, 9_001];
    const octets = (n: number) => Buffer.from(idOf(n).replaceAll('-', ''), 'hex');

    for (const _place of [1, 2, 3]) {
      const given = index.beginScan();
      for (const n of people) assert.equal(given.add(octets(n)), true);
      for (const n of people) assert.equal(given.add(octets(n)), false);
    }

    assert.deepEqual(
      [...index.unseen(5_000)].map(({ length }) => length),
      [4_999],
    );
  });

  it('tells a second place of those whom the first had', async () => {
    const index = await load();
    const people = [1, 9_000];
    const glances = () =>
      people.map((n) => {
        given.add(Buffer.from(idOf(n).replaceAll('-', ''), 'hex'));
        return index.glance(idOf(n), digestOf(n), mask);
      });

    let given = index.beginScan();
    const first = glances();
    given = index.beginScan();
    const second = glances();

    assert.deepEqual(
      [first, second],
      [
        ['same', 'differs'],
        ['again', 'again'],
      ],
    );
    assert.equal(index.isKnown(idOf(9_000)), false);
  });

  it('names those who were not seen, and nobody who was gone already', async () => {
    const index = await load();
    for (let n = 1; n <= 5_000; n += 1) {
      if (n !== 7 && n !== 4) index.glance(idOf(n), digestOf(n), mask);
    }
    for (let n = 10_000; n < 20_000; n += 1) index.glance(idOf(n), digestOf(n), mask);

    assert.deepEqual([...index.unseen(10)], [[idOf(7)]]);
  });

  it('says nothing any more once it was let go', async () => {
    const index = await load();
    index[Symbol.dispose]();

    assert.throws(() => index.isKnown(idOf(1)), TypeError);
    assert.throws(() => index.glance(idOf(1), digestOf(1), mask), TypeError);
  });

  it('finds them quickly also where their ids differ in a few octets', async () => {
    const index = await load();
    const began = process.cpuUsage();

    for (let n = 100_000; n < 200_000; n += 1) index.glance(idOf(n), digestOf(n), mask);

    assert.ok(process.cpuUsage(began).user < 2_000_000);
  });
});
