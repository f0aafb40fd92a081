// A remote Halo keeps the contract of the people of a desk: the hub's own desk, over HTTP, through the connector.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openHalo } from '#connectors/halo/halo.ts';
import { HaloSettings } from '#domain/connection.ts';
import type { Outcome } from '#domain/outcome.ts';
import { type DeskPeople, nobodyKnown } from '#domain/ports/desk-people.ts';
import type { RemotePeople } from '#domain/ports/remote-people.ts';
import { deskPeopleOfTheHub } from '#features/desk/people/queries.ts';
import { mirroredPeople, refreshMirror } from '#features/directories/remote-desk/mirror.ts';
import { writeRemotePeople } from '#features/directories/remote-desk/remote-write.ts';
import { systemClock } from '#lib/clock.ts';
import { newId } from '#lib/ids.ts';
import { Secret } from '#lib/secret.ts';
import { json } from '#store/db.ts';
import {
  aChange,
  deskPeopleContract,
  idOf,
  type PeopleOnTrial,
} from '#test/contracts/desk-people.ts';
import { aDeskServer } from '#test/desk/desk-server.ts';
import { aFaultyHalo } from '#test/servers/faulty-halo.ts';

deskPeopleContract('A Halo over HTTP', openRemote);

type RemoteOnTrial = PeopleOnTrial & {
  as(runId: string, change: (remote: RemotePeople) => RemotePeople): PeopleOnTrial['write'];
};

const allFields = ['samAccountName', 'custom:any'];

describe('A creation in a remote Halo', () => {
  it('that was made and never answered for is found, and not made twice', async () => {
    await using trial = await openRemote();
    const runId = newId();
    const people = ['Ines Marlow', 'Tomas Reis', 'Rui Prata'].map((name, at) =>
      aChange('user', 'create', {
        after: { name: [name], email: [`p${at}@larkfield.test`], siteId: [String(trial.siteId)] },
      }),
    );
    const dying = trial.as(runId, (remote) => ({
      ...remote,
      async save(target, records) {
        await remote.save(target, records.slice(0, 2));
        throw new Error('killed between the request and the outcome');
      },
    }));
    await assert.rejects(dying(people), /killed/);

    const outcomes = await trial.as(runId, (remote) => remote)(people);

    const ids = [...outcomes.values()].map(idOf);
    const { users } = await trial.get('/api/Users?search=larkfield.test');
    assert.equal(new Set(ids).size, 3);
    assert.deepEqual(users.map(({ id }: { id: number }) => id).sort(), ids.toSorted());
  });

  it('that nothing but a name tells apart is left to a person after a kill', async () => {
    await using trial = await openRemote();
    const runId = newId();
    const change = aChange('user', 'create', {
      after: { name: ['Ines Marlow'], siteId: [String(trial.siteId)] },
    });
    const dying = trial.as(runId, (remote) => ({
      ...remote,
      async save(target, records) {
        await remote.save(target, records);
        throw new Error('killed between the request and the outcome');
      },
    }));
    await assert.rejects(dying([change]), /killed/);

    const [outcome] = (await trial.as(runId, (remote) => remote)([change])).values();

    assert.equal(outcome?.result, 'conflict');
    assert.equal((await trial.get('/api/Users?search=Marlow')).users.length, 1);
  });

  it('that is a namesake’s from before is a record of its own', async () => {
    await using trial = await openRemote();
    const runId = newId();
    const after = { name: ['Ines Marlow'], siteId: [String(trial.siteId)] };
    const change = aChange('user', 'create', {
      after: { ...after, email: ['new@larkfield.test'] },
    });
    const { id } = await trial.post('/api/Users', { name: 'Ines Marlow', site_id: trial.siteId });
    const dying = trial.as(runId, (remote) => ({
      ...remote,
      save: () => Promise.reject(new Error('killed before the request')),
    }));
    await assert.rejects(dying([change]), /killed/);

    const outcomes = await trial.as(runId, (remote) => remote)([change]);

    assert.notEqual(idOf([...outcomes.values()][0]), id);
  });
});

describe('Creations that Halo answers for in words nobody understands', () => {
  const named = (trial: RemoteOnTrial, name: string, more: Record<string, string[]> = {}) =>
    aChange('user', 'create', {
      after: { name: [name], siteId: [String(trial.siteId)], ...more },
    });
  /** Makes whom it is asked for together, and says nothing of them. */
  const mumbling = (trial: RemoteOnTrial, makes: (at: number) => boolean = () => true) =>
    trial.as(newId(), (remote) => ({
      ...remote,
      async save(target, records) {
        if (records.length === 1) return remote.save(target, records);
        await remote.save(
          target,
          records.filter((_, at) => makes(at)),
        );
        return undefined;
      },
    }));
  const became = (outcomes: Awaited<ReturnType<PeopleOnTrial['write']>>) =>
    [...outcomes.values()].map(({ result }) => result);
  const countOf = async (trial: RemoteOnTrial, name: string) =>
    (await trial.get(`/api/Users?search=${name}`)).users.length;

  it('are not made twice: by a name alone they are left to a person', async () => {
    await using trial = await openRemote();
    const email = ['tomas@larkfield.test'];
    const changes = [named(trial, 'Ines Marlow'), named(trial, 'Tomas Reis', { email })];

    const outcomes = await mumbling(trial)(changes);

    assert.deepEqual(became(outcomes), ['conflict', 'done']);
    assert.deepEqual([await countOf(trial, 'Marlow'), await countOf(trial, 'Reis')], [1, 1]);
  });

  it('are made one by one where Halo made none of them, also beside a namesake of a minute ago', async () => {
    await using trial = await openRemote();
    await trial.write([named(trial, 'Ines Marlow')]);
    const changes = [named(trial, 'Ines Marlow'), named(trial, 'Ines Marlow')];

    const outcomes = await mumbling(trial, () => false)(changes);

    assert.deepEqual(became(outcomes), ['done', 'done']);
    assert.equal(await countOf(trial, 'Marlow'), 3);
  });
});

describe('An administrator of a remote Halo', () => {
  /** Two who administer it, as the lists were read last. */
  async function aPair(trial: RemoteOnTrial) {
    for (const { id } of await trial.get('/api/Agent?includedisabled=true')) {
      await trial.post('/api/Agent', { id, is_admin: false });
    }
    const [one, other] = [
      await trial.post('/api/Agent', { name: 'Ines Marlow', is_admin: true }),
      await trial.post('/api/Agent', { name: 'Tomas Reis', is_admin: true }),
    ];
    await trial.refresh();
    return { one: Number(one.id), other: Number(other.id) };
  }

  for (const [what, gone] of [
    ['was disabled', { isdisabled: true }],
    ['became an ordinary agent', { is_admin: false }],
    ['was deleted', undefined],
  ] as const) {
    it(`stays when the other one ${what} since the lists were read`, async () => {
      await using trial = await openRemote();
      const { one, other } = await aPair(trial);
      if (gone === undefined) await trial.delete(`/api/Agent/${other}`);
      else await trial.post('/api/Agent', { id: other, ...gone });

      const outcomes = await trial.write([aChange('agent', 'disable', { id: one })]);

      const [outcome] = outcomes.values();
      assert.equal(outcome?.result === 'failed' && outcome.code, 'person.last-administrator');
      assert.equal((await trial.get(`/api/Agent/${one}`)).isdisabled, false);
    });
  }

  it('stays when two sets have both leave at once', async () => {
    await using trial = await openRemote();
    const { one, other } = await aPair(trial);

    const both = await Promise.all(
      [one, other].map((id) => trial.write([aChange('agent', 'disable', { id })])),
    );

    const became = both.flatMap((outcomes) =>
      [...outcomes.values()].map((one) => (one.result === 'failed' ? one.code : one.result)),
    );
    assert.deepEqual(became.toSorted(), ['done', 'person.last-administrator']);
  });

  it('is enabled again after they left, by the same set', async () => {
    await using trial = await openRemote();
    const { one } = await aPair(trial);

    const outcomes = await trial.write([
      aChange('agent', 'disable', { id: one }),
      aChange('agent', 'enable', { id: one }),
    ]);

    assert.deepEqual(
      [...outcomes.values()].map(({ result }) => result),
      ['done', 'done'],
    );
  });
});

async function openRemote(): Promise<RemoteOnTrial> {
  await using opening = new AsyncDisposableStack();
  const server = opening.use(await aDeskServer());
  // A token for whoever asks: what is tried here is what is asked with it.
  const tokens = opening.use(
    await aFaultyHalo((asked) =>
      asked.path === '/auth/token'
        ? { body: { access_token: 'admin', expires_in: 3600, token_type: 'Bearer' } }
        : undefined,
    ),
  );
  const settings = HaloSettings.parse({
    address: server.url.origin,
    tokenAddress: `http://127.0.0.1:${tokens.port}/auth/token`,
    clientId: 'sundog',
  });
  const allowance = { lab: true, confirmed: [], networks: [] };
  const halo = opening.use(
    openHalo(settings, new Secret('s'), allowance, { limits: { pageSize: 200 } }),
  );
  const { db } = server.database;
  const connectionId = newId();
  await db
    .insertInto('connections')
    .values({
      ...{ id: connectionId, kind: 'halo', name: 'Remote desk', lab: false, version: 1 },
      ...{
        settings: json(settings),
        health: 'unknown',
        created_at: new Date(),
        updated_at: new Date(),
      },
    })
    .execute();
  const mirror = { db, connectionId, remote: halo.people };
  const own = deskPeopleOfTheHub(db, systemClock, null);
  const mirrored = mirroredPeople(mirror, own.keepPhotos);
  const all = (['user', 'agent'] as const).map((target) => ({ target, fields: allFields }));
  const refresh = () => refreshMirror(mirror, all, new Date());
  const people: DeskPeople = {
    ...mirrored,
    async find(...asked) {
      await refresh();
      return mirrored.find(...asked);
    },
  };
  const as: RemoteOnTrial['as'] =
    (runId, change) =>
    async (changes, known = nobodyKnown) => {
      const outcomes = new Map<string, Outcome>();
      const writing = { ...mirror, remote: change(halo.people), runId, now: systemClock };
      for await (const some of writeRemotePeople(writing, changes, known)) {
        for (const [id, outcome] of some) outcomes.set(id, outcome);
      }
      return new Map(
        changes.flatMap(({ id }) => {
          const outcome = outcomes.get(id);
          return outcome === undefined ? [] : [[id, outcome]];
        }),
      );
    };
  await refresh();
  const opened = opening.move();
  return {
    people,
    as,
    write: (changes, known) => as(newId(), (remote) => remote)(changes, known),
    refresh,
    isRemote: true,
    siteId: server.larkfield.bristol,
    otherSiteId: server.larkfield.porto,
    async post(path, body) {
      const reply = await server.post(path, body);
      assert.equal(reply.status, 201, reply.text);
      return reply.body;
    },
    get: async (path) => (await server.get(path)).body,
    async delete(path) {
      assert.equal((await server.delete(path)).status, 200);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
