// People who are withdrawn from a plan, for they share something: what is left of it is judged, told and counted.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type PaperScene, paperPlace, withPaper } from '#test/sync/paper-directory.ts';
import { disputesOf, fields, guardsOf, synced, users } from '#test/sync/stage.ts';

const login = { id: 15, target: 'user', from: 'sAMAccountName', to: 'login' };
const settings = { fields: [...fields, login] };
const ofAgents = settings.fields.map((field) => ({ ...field, target: 'agent' }));
const known = ['Ines Marlow', 'Maya Ridge', 'Tom Vale', 'Ana Prior', 'Rui Brook', 'Eva Stone'];
const shared = ['Theo Lund', 'Nora Lund', 'Otto Lund', 'Lena Lund'];

/** Of the desk already, by their login; with another address. */
async function inDesk({ stage }: PaperScene, name: string): Promise<void> {
  const login = name.toLowerCase().replace(' ', '.');
  await stage.database.db
    .insertInto('desk_users')
    .values({ ...{ name, login, email: `${login}@larkfield.test`, site_id: 1 }, ...at(stage) })
    .execute();
}

function at({ now }: { readonly now: Date }) {
  return { created_at: now, updated_at: now };
}

/** All of one mailbox. */
function put({ paper }: PaperScene, number: number, name: string, enabled = true): void {
  const sAMAccountName = [name.toLowerCase().replace(' ', '.')];
  paper.put(number, name, { sAMAccountName, mail: ['lund@larkfield.test'] }, enabled);
}

async function disputed({ stage }: PaperScene) {
  return (await disputesOf(stage)).map(({ name }) => name);
}

async function peopleCount({ stage }: PaperScene) {
  const row = await stage.database.db
    .selectFrom('directory_syncs')
    .select('people_count')
    .where('id', '=', stage.syncId)
    .executeTakeFirstOrThrow();
  return row.people_count;
}

describe('A sync that withdraws everybody whom it would change', () => {
  it('stands with their disputes, whatever a guard had said of so many', async () => {
    await withPaper(
      async (scene) => {
        for (const [number, name] of known.entries()) scene.paper.put(number + 1, name);
        await synced(scene.stage);
        for (const name of shared) await inDesk(scene, name);
        for (const [number, name] of shared.entries()) put(scene, number + 11, name);

        const run = await synced(scene.stage);

        assert.deepEqual(
          [run.state, run.sentence, run.planned_count, run.matched_count],
          ['done', '4 entries read, nothing to change.', 0, 0],
        );
        assert.deepEqual(await disputed(scene), shared.toSorted());
        assert.equal((await synced(scene.stage)).read_count, 0);
      },
      { settings },
    );
  });

  it('has not deactivated them either: nobody is counted as one less', async () => {
    await withPaper(
      async (scene) => {
        for (const [number, name] of known.entries()) scene.paper.put(number + 1, name);
        await synced(scene.stage);
        for (const name of shared) await inDesk(scene, name);
        for (const [number, name] of shared.entries()) put(scene, number + 11, name, false);

        const run = await synced(scene.stage);

        assert.deepEqual([run.state, run.sentence], ['done', '4 entries read, nothing to change.']);
        assert.equal(await peopleCount(scene), known.length);
        const inactive = (await users(scene.stage)).filter((user) => user.inactive);
        assert.deepEqual(inactive, []);
      },
      { settings },
    );
  });
});

describe('A sync that withdraws some', () => {
  it('counts no administrator among them as one who goes', async () => {
    await withPaper(
      async (scene) => {
        const { db } = scene.stage.database;
        const row = { name: 'Theo Lund', login: 'theo.lund', administrator: true };
        await db
          .insertInto('desk_agents')
          .values({ ...row, ...at(scene.stage) })
          .execute();
        put(scene, 11, 'Theo Lund', false);
        put(scene, 12, 'Nora Lund');
        scene.paper.put(1, 'Ines Marlow');

        const run = await synced(scene.stage);

        assert.equal(run.state, 'done', run.sentence);
        const { guards } = await db
          .selectFrom('plans')
          .select('guards')
          .where('id', '=', run.plan_id)
          .executeTakeFirstOrThrow();
        const judged = guardsOf(guards).find(({ name }) => name === 'last-administrator');
        assert.equal(judged?.verdict, 'pass');
      },
      { settings: { places: [{ ...paperPlace, target: 'agent' }], fields: ofAgents } },
    );
  });

  it('names the changes of the others alone, as does a report of what differs', async () => {
    await withPaper(
      async (scene) => {
        const { paper, stage } = scene;
        paper.put(1, 'Ines Marlow');
        await synced(stage);
        await inDesk(scene, 'Theo Lund');
        put(scene, 11, 'Theo Lund');
        put(scene, 12, 'Nora Lund');
        paper.put(2, 'Maya Ridge');

        const report = await synced(stage, { purpose: 'drift', whole: true });
        const run = await synced(stage);

        assert.deepEqual(
          [report.sentence, run.sentence],
          [
            '4 entries read: 1 created. 1 record of the desk without an entry.',
            '3 entries read: 1 created.',
          ],
        );
        assert.equal(run.planned_count, 1);
      },
      { settings },
    );
  });
});
