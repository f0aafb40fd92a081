// The specification of the mirror of a remote Halo's people: what several syncs that share one know of them.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { RemotePeople, RemoteRecord } from '#domain/ports/remote-people.ts';
import { newId } from '#lib/ids.ts';
import { inTransaction } from '#store/db.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { type Mirror, mirroredPeople, refreshMirror } from './mirror.ts';

/** Says nothing to whoever asks, who is called off then; ends with the signal alone. */
function silenceFor(stopping: AbortController) {
  return (signal: AbortSignal | undefined): Promise<never> =>
    new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      setImmediate(() => stopping.abort(new Error('cancelled')));
    });
}

async function* once<T>(page: Promise<T>) {
  yield await page;
}

/** Somebody else has the row of that record, until it is let go. */
async function holding({ connectionId }: Mirror, id: number): Promise<AsyncDisposable> {
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const over = inTransaction(database.db, async (tx) => {
    await sql`select from sync_desk_people where connection_id = ${connectionId}
      and desk_id = ${id} for update`.execute(tx);
    held.resolve();
    await released.promise;
  });
  await held.promise;
  return {
    async [Symbol.asyncDispose]() {
      released.resolve();
      await over;
    },
  };
}

/** Until so many wait for what another has. */
async function waiting(count: number): Promise<void> {
  for (const deadline = Date.now() + 20_000; ; await sleep(10)) {
    const { rows } = await sql`select from pg_stat_activity where datname = current_database()
      and wait_event_type = 'Lock'`.execute(database.db);
    if (rows.length >= count) return;
    assert.ok(Date.now() < deadline, `${rows.length} wait, and not ${count}`);
  }
}

let database: TestDatabase;

before(async () => {
  database = await aDatabase();
});

after(() => database[Symbol.asyncDispose]());

/** A Halo whose lists show names and addresses, and whose records show everything. */
type Remote = RemotePeople & { records: readonly RemoteRecord[]; wholeReads: number };

function aRemote(...records: readonly RemoteRecord[]): Remote {
  const listed = ({ id, name, emailaddress, title }: RemoteRecord): RemoteRecord => ({
    ...{ id, name, emailaddress },
    ...(title === undefined ? {} : { title }),
  });
  return {
    ...{ records, wholeReads: 0 },
    async *readAll() {
      yield this.records.map(listed);
    },
    async read(_, id) {
      this.wholeReads += 1;
      return this.records.find((one) => one.id === id);
    },
    search: async () => [],
    save: async () => undefined,
  };
}

const ines = {
  ...{ id: 7, name: 'Ines Marlow', emailaddress: 'ines@larkfield.test', title: 'Optician' },
  ...{ samaccountname: 'ines.marlow', customfields: [{ name: 'CFBadge', value: '0451' }] },
};

describe('The mirror of a remote Halo', () => {
  let mirror: Mirror & { readonly remote: Remote };
  beforeEach(async () => {
    const [connectionId, now] = [newId(), new Date()];
    await database.db
      .insertInto('connections')
      .values({
        ...{ id: connectionId, kind: 'halo', name: `Halo ${connectionId}`, lab: false, version: 1 },
        ...{ settings: '{}', health: 'unknown', created_at: now, updated_at: now },
      })
      .execute();
    mirror = { db: database.db, connectionId, remote: aRemote(ines) };
  });

  let minute = 0;
  const refresh = (...fields: readonly string[]) => {
    minute += 1;
    return refreshMirror(mirror, [{ target: 'user', fields }], new Date(minute * 60_000));
  };
  const found = async (...fields: readonly string[]) => {
    const people = mirroredPeople(mirror, async () => []);
    const [one] = await people.find('user', [7], fields);
    return one?.fields;
  };
  const wholly = ['name', 'samAccountName', 'custom:CFBadge'];
  const whole = { samAccountName: ['ines.marlow'], 'custom:CFBadge': ['0451'] };

  it('keeps what one sync read of whole records when another reads lists alone', async () => {
    await refresh(...wholly);
    mirror.remote.records = [{ ...ines, name: 'Ines Quince' }];

    await refresh('name', 'email');

    assert.deepEqual(await found(...wholly), { name: ['Ines Quince'], ...whole });
    const people = mirroredPeople(mirror, async () => []);
    for (const [field, value] of [
      ['samAccountName', 'Ines.Marlow'],
      ['custom:CFBadge', '0451'],
      ['name', 'ines quince'],
    ] as const) {
      const [one] = await people.findBy('user', [{ field, values: [value] }], []);
      assert.equal(one?.id, 7, field);
    }
    assert.deepEqual(
      await people.findBy('user', [{ field: 'name', values: ['Ines Marlow'] }], []),
      [],
    );
  });

  it('forgets what a list shows no more of somebody', async () => {
    await refresh(...wholly, 'title');
    const { title: _, ...untitled } = ines;
    mirror.remote.records = [untitled];

    await refresh('name', 'title');

    assert.deepEqual(await found('title', 'samAccountName'), { samAccountName: ['ines.marlow'] });
  });

  it('reads nobody’s whole record twice while the lists say the same, whoever read them meanwhile', async () => {
    await refresh(...wholly);
    await refresh('name');
    await refresh(...wholly);

    assert.equal(mirror.remote.wholeReads, 1);
  });

  it('reads the whole record anew where a list said something new to another sync', async () => {
    await refresh(...wholly);
    mirror.remote.records = [{ ...ines, name: 'Ines Quince', samaccountname: 'ines.quince' }];
    await refresh('name');

    await refresh(...wholly);

    assert.deepEqual(await found('samAccountName'), { samAccountName: ['ines.quince'] });
    assert.equal(mirror.remote.wholeReads, 2);
  });

  type Silence = ReturnType<typeof silenceFor>;
  const silences: readonly (readonly [string, (silence: Silence) => Partial<RemotePeople>])[] = [
    ['its lists', (silence) => ({ readAll: (_, signal) => once(silence(signal)) })],
    ['a whole record', (silence) => ({ read: (_target, _id, signal) => silence(signal) })],
  ];
  for (const [what, silent] of silences) {
    it(`is called off in the middle of ${what}`, { timeout: 20_000 }, async () => {
      const stopping = new AbortController();
      const remote = Object.assign(mirror.remote, silent(silenceFor(stopping)));
      const asked = [{ target: 'user', fields: wholly }] as const;

      const reading = refreshMirror({ ...mirror, remote }, asked, new Date(), stopping.signal);

      await assert.rejects(reading, /cancelled/);
    });
  }

  it('loses nothing of a whole record to a sync that reads its list at once', async () => {
    await refresh('name');
    mirror.remote.records = [{ ...ines, name: 'Ines Quince' }];
    const reading: Promise<void>[] = [];
    {
      await using _ = await holding(mirror, 7);
      reading.push(refresh(...wholly));
      await waiting(1);
      reading.push(refresh('name'));
      await waiting(2);
    }

    await Promise.all(reading);

    assert.deepEqual(await found(...wholly), { name: ['Ines Quince'], ...whole });
  });

  it('lets no sync wait for one that waits for it, in whichever order they are told of people', async () => {
    const named = (...names: readonly string[]) =>
      names.map((name, at) => ({ id: at + 7, name, emailaddress: `v${at}@larkfield.test` }));
    mirror.remote.records = named('Ines Marlow', 'Maya Ridge', 'Tom Vale');
    await refresh('name');
    const renamed = named('Ines Quince', 'Maya Quince', 'Tom Quince');
    const reading: Promise<void>[] = [];
    {
      await using _ = await holding(mirror, 8);
      for (const [at, records] of [renamed, renamed.toReversed()].entries()) {
        mirror.remote.records = records;
        reading.push(refresh('name'));
        await waiting(at + 1);
      }
    }

    await Promise.all(reading);

    assert.deepEqual(await found('name'), { name: ['Ines Quince'] });
  });

  it('is read by several syncs at once, and has everybody whole', async () => {
    const many = Array.from({ length: 200 }, (_, at) => ({
      ...{ id: at + 1, name: `Visitor ${at}`, samaccountname: `v${at}` },
      emailaddress: `v${at}@larkfield.test`,
    }));
    mirror.remote.records = many;

    const reading = [refresh(...wholly), refresh('name'), refresh(...wholly), refresh('email')];
    await Promise.all(reading);

    const ids = many.map(({ id }) => id);
    const people = mirroredPeople(mirror, async () => []);
    const everybody = await people.find('user', ids, ['samAccountName']);
    assert.equal(everybody.filter(({ fields }) => fields.samAccountName !== undefined).length, 200);
  });
});
