// A client's own sync into a remote Halo: it writes where the connection is that client's, and nowhere else.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeClients } from '#test/servers/clients.ts';
import { addOne, type RemoteScene, remoteScenes, usersOfRemote } from '#test/sync/remote-stage.ts';
import { approved, synced } from '#test/sync/stage.ts';

const inRemote = remoteScenes();

const [ours, theirs] = [5, 7] as const;

type Owners = { readonly halo?: number | null; readonly ldap?: number | null };

/** A sync of client 5 into a Halo of client 5. */
async function withScene(
  work: (scene: RemoteScene, give: (owners: Owners) => Promise<void>) => Promise<void>,
): Promise<void> {
  await inRemote(async (scene) => {
    const { db } = scene.stage.database;
    await makeClients(db, [ours, theirs]);
    await db.updateTable('directory_syncs').set({ client_id: ours }).execute();
    const give = async (owners: Owners) => {
      for (const kind of ['halo', 'ldap'] as const) {
        const owner = owners[kind];
        if (owner === undefined) continue;
        await db
          .updateTable('connections')
          .set({ client_id: owner })
          .where('kind', '=', kind)
          .execute();
      }
    };
    await give({ halo: ours });
    await addOne(scene.directory, 'Ines Marlow', 'ines@larkfield.test');
    await work(scene, give);
  });
}

describe('A client’s own sync into a remote Halo', () => {
  it('fills the Halo that is this client’s', async () => {
    await withScene(async (scene) => {
      const run = await synced(scene.stage);

      assert.equal(run.state, 'done', run.sentence);
      assert.equal((await usersOfRemote(scene)).length, 1);
    });
  });

  for (const [whose, owner] of [
    ['another client’s', theirs],
    ['everybody’s', null],
  ] as const) {
    it(`asks nothing of a Halo that is ${whose} by now, and says so`, async () => {
      await withScene(async (scene, give) => {
        await give({ halo: owner });
        const before = scene.halo.asked.length;

        const run = await synced(scene.stage);

        assert.deepEqual([run.state, run.code], ['failed', 'directory-sync.foreign-desk']);
        assert.equal(scene.halo.asked.length, before);
      });
    });
  }

  it('does nothing of its plan when the Halo became another client’s before it was approved', async () => {
    await withScene(async (scene, give) => {
      const { stage } = scene;
      await stage.settings({ approval: 'always' });
      const planned = await synced(stage);
      assert.equal(planned.state, 'planned', planned.sentence);
      await give({ halo: theirs });

      await approved(stage, planned);

      const outcomes = await stage.database.db
        .selectFrom('outcomes')
        .select(['result', 'code'])
        .execute();
      assert.deepEqual(outcomes, [{ result: 'failed', code: 'directory-sync.foreign-desk' }]);
      assert.deepEqual(await usersOfRemote(scene), []);
    });
  });
});

describe('A sync whose directory became another client’s', () => {
  it('reads nothing more there, and says so', async () => {
    await withScene(async (scene, give) => {
      await give({ ldap: ours });
      const own = await synced(scene.stage);
      await give({ ldap: theirs });

      const foreign = await synced(scene.stage);

      assert.equal(own.state, 'done', own.sentence);
      assert.deepEqual(
        [foreign.state, foreign.code],
        ['failed', 'directory-sync.foreign-directory'],
      );
    });
  });
});
