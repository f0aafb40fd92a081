// One master for each person, with PostgreSQL: whom a sync brought from a directory no automation makes or closes there.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { explainPerson } from '#features/automation/explain.ts';
import { planAutomation } from '#features/automation/plan.ts';
import { getPlan } from '#features/automation/plan-view.ts';
import { json } from '#store/db.ts';
import { anAutomationOn, aStage, aWorld, rosa, type Stage } from '#test/automation/stage.ts';
import { ad, halo } from '#test/planning/larkfield.ts';
import { originsInDesk } from './directories.ts';

const own = 'https://halo.larkfield.test';
const elsewhere = 'https://other.larkfield.test';
const stranger = '00000000-0000-4000-8000-00000000beef';

const kinds: Readonly<Record<string, object>> = {
  halo: { address: own, clientId: 'sundog' },
  ldap: { host: 'dc1.larkfield.test', bindDn: 'cn=sundog', baseDn: 'dc=larkfield,dc=test' },
};

async function connect({ database: { db } }: Stage, id: string, kind: 'halo' | 'ldap', more = {}) {
  const at = new Date();
  await db
    .insertInto('connections')
    .values({
      ...{ id, kind, name: `${kind} ${id}`, client_id: null, lab: false },
      ...{ settings: json({ ...kinds[kind], ...more }), version: 1, health: 'unknown' },
      ...{ created_at: at, updated_at: at },
    })
    .execute();
  return id;
}

type Known = { readonly desk: string | null; readonly from?: string };

/** A sync that knows users 1 (linked) and 2 (gone), agent 3, and 4 whom nobody linked. */
async function aSync({ database: { db } }: Stage, { desk, from = ad }: Known): Promise<void> {
  const at = new Date();
  const fields = [
    { id: 1, target: 'user', from: '%givenName% %sn%', to: 'name' },
    { id: 2, target: 'new-user', from: 'title', to: 'title' },
  ];
  const { id: sync_id } = await db
    .insertInto('directory_syncs')
    .values({
      ...{ connection_id: from, desk_connection_id: desk, version: 1, created_at: at },
      ...{ settings: json({ name: 'AD Larkfield', fields }), updated_at: at },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const person = { sync_id, digest: Buffer.alloc(16), dn: '', name: '', place_id: 1 };
  const known = { ...person, target: 'user', state: 'linked' } as const;
  await db
    .insertInto('sync_people')
    .values([
      { ...known, entry_id: randomUUID(), desk_id: 1 },
      { ...known, entry_id: randomUUID(), desk_id: 2, state: 'gone' },
      { ...known, entry_id: randomUUID(), desk_id: 3, target: 'agent' },
      { ...known, entry_id: randomUUID(), desk_id: null, state: 'disputed' },
    ])
    .execute();
}

async function withDesk(known: Known, work: (stage: Stage) => Promise<void>): Promise<void> {
  const world = aWorld([1, 2, 3, 4].map((id) => ({ id, surname: `Marlow ${id}` })));
  await using stage = await aStage(world);
  await connect(stage, halo, 'halo');
  await connect(stage, ad, 'ldap');
  await connect(stage, stranger, 'halo', { address: elsewhere });
  if (known.from !== undefined) await connect(stage, known.from, 'ldap');
  await aSync(stage, known);
  await work(stage);
}

function portsOf({ ports, database: { db } }: Stage, ownDesk: readonly string[]) {
  const asked: number[] = [];
  const originsOf: typeof ports.originsOf = (directory, source, keys) => {
    asked.push(keys.length);
    return originsInDesk({ db, ownDesk }, directory, source, keys);
  };
  return { ...ports, originsOf, asked };
}

async function created(stage: Stage, ownDesk: readonly string[]): Promise<readonly string[]> {
  const automation = await anAutomationOn(stage);
  const { id } = await planAutomation(portsOf(stage, ownDesk), automation.id, { actor: rosa });
  const plan = await getPlan(stage.ports.db, id, rosa, stage.now);
  return plan.changes.filter(({ kind }) => kind === 'create').map(({ personKey }) => personKey);
}

describe('An automation that writes to a directory', () => {
  it('makes nobody there whom a sync brought from there into the own desk, and says so', async () => {
    await withDesk({ desk: null }, async (stage) => {
      const automation = await anAutomationOn(stage);
      const ports = portsOf(stage, [own]);
      const { id } = await planAutomation(ports, automation.id, { actor: rosa });

      const plan = await getPlan(stage.ports.db, id, rosa, stage.now);
      const lines = await explainPerson(ports, automation.id, '1', rosa);

      assert.deepEqual(
        plan.people.map(({ key, notes }) => [key, notes[0]?.code]),
        [
          ['1', 'account.synced'],
          ['2', 'account.synced'],
          ['3', undefined],
          ['4', undefined],
        ],
      );
      assert.match(JSON.stringify(lines), /by the sync ..AD Larkfield..; the directory alone/);
      assert.deepEqual(ports.asked, [4, 4]);
    });
  });

  it('makes nobody there whom a sync brought from there into the remote Halo it reads', async () => {
    await withDesk({ desk: halo }, async (stage) => {
      assert.deepEqual(await created(stage, []), ['3', '4']);
    });
  });

  it('makes everybody whom a sync brought into another desk, or from another directory', async () => {
    await withDesk({ desk: null }, async (stage) => {
      assert.deepEqual(await created(stage, [elsewhere]), ['1', '2', '3', '4']);
    });
    await withDesk({ desk: stranger }, async (stage) => {
      assert.deepEqual(await created(stage, [own]), ['1', '2', '3', '4']);
    });
    await withDesk({ desk: null, from: randomUUID() }, async (stage) => {
      assert.deepEqual(await created(stage, [own]), ['1', '2', '3', '4']);
    });
  });

  it('learns which attributes are the directory’s: those that a sync keeps up', async () => {
    await withDesk({ desk: null }, async (stage) => {
      const { db } = stage.database;
      const keys = ['1', 'x', '99999999999', '-1'];

      const origins = await originsInDesk({ db, ownDesk: [own] }, ad, halo, keys);

      assert.deepEqual(
        [...origins].map(([key, { sync, attributes }]) => [key, sync, [...attributes]]),
        [['1', 'AD Larkfield', ['givenname', 'sn']]],
      );
    });
  });
});
