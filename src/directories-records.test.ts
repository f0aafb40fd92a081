// A record of the desk is one entry's of a directory: whoever else comes to it is left to a person.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { idOf, type PaperScene, withPaper } from '#test/sync/paper-directory.ts';
import { approved, decide, disputesOf, type SyncStage, synced, users } from '#test/sync/stage.ts';

async function codes(stage: SyncStage) {
  return (await disputesOf(stage)).map(({ name, code }) => [name, code]);
}

function link({ stage }: PaperScene, name: string, deskId: number) {
  return decide(stage, name, { decision: 'link', deskId });
}

function people({ stage }: PaperScene) {
  return stage.database.db
    .selectFrom('sync_people')
    .select(['entry_id', 'state', 'desk_id', 'due'])
    .where('sync_id', '=', stage.syncId)
    .orderBy('entry_id')
    .execute();
}

/** Another sync into the same desk, which has paired that record with an entry of its own. */
async function pairedElsewhere({ stage }: PaperScene, deskId: number): Promise<void> {
  const { db } = stage.database;
  const connection = randomUUID();
  await sql`
    insert into connections (id, kind, name, lab, settings, version, health, created_at, updated_at)
      values (${connection}, 'ldap', 'Another', false, '{}', 1, 'unknown', now(), now())`.execute(
    db,
  );
  await sql`
    with other as (
      insert into directory_syncs (connection_id, version, settings, created_at, updated_at)
        values (${connection}, 1, '{}', now(), now()) returning id
    ) insert into sync_people (sync_id, target, entry_id, digest, dn, name, place_id, state, desk_id)
      select id, 'user', ${idOf(99)}, '\\x00', 'CN=Elsewhere', 'Elsewhere', 1, 'linked', ${deskId}
      from other`.execute(db);
}

async function aUser({ stage }: PaperScene, name: string): Promise<number> {
  const { id } = await stage.database.db
    .insertInto('desk_users')
    .values({ name, site_id: 1, created_at: stage.now, updated_at: stage.now })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

describe('An entry that was made anew under another id', () => {
  it('is left to a person, who links it to the record of the one that is gone', async () => {
    await withPaper(async (scene) => {
      const { paper, stage } = scene;
      paper.put(1, 'Ines Marlow');
      await synced(stage);
      const [ines] = await users(stage);
      paper.remove(1);
      paper.put(2, 'Ines Marlow');
      await synced(stage, { whole: true });
      assert.deepEqual(
        (await users(stage)).map(({ inactive }) => inactive),
        [true],
      );
      await synced(stage, { whole: true });
      assert.deepEqual(await codes(stage), [['Ines Marlow', 'sync.former-record']]);

      await link(scene, 'Ines Marlow', ines?.id ?? 0);
      await synced(stage);

      assert.deepEqual(
        (await users(stage)).map(({ id, inactive }) => [id, inactive]),
        [[ines?.id, false]],
      );
      assert.deepEqual(
        (await people(scene)).map(({ state, desk_id }) => [state, desk_id]),
        [
          ['gone', null],
          ['linked', ines?.id],
        ],
      );
      // Whoever comes back has no record any more.
      paper.put(1, 'Ines Marlow');
      await synced(stage);
      assert.deepEqual(await codes(stage), [['Ines Marlow', 'sync.taken']]);
    });
  });
});

describe('A record of the desk', () => {
  it('is linked to one of two entries, and the other decision is refused in a sentence', async () => {
    await withPaper(async (scene) => {
      const { paper, stage } = scene;
      const shared = { mail: ['info@larkfield.test'] };
      paper.put(1, 'Ines Marlow', shared);
      paper.put(2, 'Maya Ridge', shared);
      const deskId = await aUser(scene, 'Info');
      await synced(stage);
      await link(scene, 'Ines Marlow', deskId);

      await assert.rejects(
        link(scene, 'Maya Ridge', deskId),
        /cannot be linked: somebody else of the directory is to be linked to it/,
      );
      await synced(stage);
      await assert.rejects(
        decide(stage, 'Ines Marlow', { decision: 'create' }),
        /Ines Marlow has the record \d+ of the desk already/,
      );
    });
  });

  it('is nobody’s where it is the general user of a site, or a service account', async () => {
    await withPaper(async (scene) => {
      const { paper, stage } = scene;
      const shared = { mail: ['info@larkfield.test'] };
      paper.put(1, 'Ines Marlow', shared);
      paper.put(2, 'Maya Ridge', shared);
      const service = await aUser(scene, 'Scanner');
      const { db } = stage.database;
      await db
        .updateTable('desk_users')
        .set({ service_account: true })
        .where('id', '=', service)
        .execute();
      const general = await db
        .selectFrom('desk_users')
        .select('id')
        .where('general', '=', true)
        .executeTakeFirstOrThrow();
      await synced(stage);

      for (const [id, what] of [
        [general.id, 'the general user'],
        [service, 'a service account'],
      ] as const) {
        await assert.rejects(
          link(scene, 'Ines Marlow', id),
          new RegExp(`${id} cannot be linked: it is ${what}`),
        );
      }
    });
  });

  it('stays active where another sync has it for somebody who is there', async () => {
    await withPaper(async (scene) => {
      const { paper, stage } = scene;
      paper.put(1, 'Ines Marlow');
      paper.put(2, 'Maya Ridge');
      await synced(stage);
      const [ines] = await users(stage);
      await pairedElsewhere(scene, ines?.id ?? 0);
      paper.remove(1);

      await synced(stage, { whole: true });

      assert.deepEqual(
        (await users(stage)).map(({ inactive }) => inactive),
        [false, false],
      );
      assert.deepEqual(
        (await people(scene)).map(({ state }) => state),
        ['gone', 'linked'],
      );
    });
  });

  it('that another sync paired while the plan waited is not paired twice', async () => {
    await withPaper(
      async (scene) => {
        const { paper, stage } = scene;
        const deskId = await aUser(scene, 'Ines Marlow');
        await sql`update desk_users set email = 'ines@larkfield.test' where id = ${deskId}`.execute(
          stage.database.db,
        );
        paper.put(1, 'Ines Marlow', { title: ['Optician'] });
        const waits = await synced(stage);
        assert.equal(waits.state, 'planned');
        await pairedElsewhere(scene, deskId);

        await approved(stage, waits);

        assert.deepEqual(
          (await people(scene)).map(({ state, desk_id, due }) => [state, desk_id, due]),
          [['left-out', null, true]],
        );
        await synced(stage);
        assert.deepEqual(await codes(stage), [['Ines Marlow', 'sync.taken']]);
      },
      { settings: { approval: 'always' } },
    );
  });
});
