import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileTime } from '#lib/file-time.ts';
import {
  anAutomationOn,
  applied,
  aStage,
  aWorld,
  outcomesOf,
  rosa,
} from '#test/automation/stage.ts';
import { memoryBase } from '#test/faults/memory-directory.ts';
import { revealPassword } from './passwords.ts';
import { planAutomation } from './plan.ts';
import { getPlan } from './plan-view.ts';

const asked = '2026-11-20T09:00:00Z';
const before = [fileTime(new Date('2026-11-01T09:00:00Z'))];
const everybody = { all: [] };

describe('An automation that resets passwords and unlocks', () => {
  it('meets each request once, and hands the generated password over for one reveal', async () => {
    const world = aWorld([{ id: 1, start: asked }]);
    await using stage = await aStage(world);
    const { directory } = world;
    const lockoutTime = [fileTime(new Date())];
    const account = directory.addAccount(`CN=Ines Marlow,OU=People,${memoryBase}`, {
      ...{ employeeID: ['1'], sAMAccountName: ['imarlow'], pwdLastSet: before, lockoutTime },
    });
    const automation = await anAutomationOn(stage, { automation: { steps: steps() } });

    const runId = await applied(stage, automation.id);

    const outcomes = await outcomesOf(stage, runId);
    assert.deepEqual(
      outcomes.map(({ kind, result }) => `${kind} ${result}`),
      ['reset-password done', 'unlock done'],
    );
    const { rows } = await stage.database.pool.query(
      'select change_id from password_handovers where run_id = $1',
      [runId],
    );
    const password = await revealPassword(stage.ports, runId, rows[0].change_id, rosa);
    assert.equal(directory.passwords.get(account.id), password.reveal());
    const again = await planAutomation(stage.ports, automation.id, { actor: rosa });
    assert.equal(again.changeCount, 0);
  });

  it('leaves service accounts and requests without a time alone, and says why', async () => {
    const world = aWorld([{ id: 1, start: asked }, { id: 2 }]);
    await using stage = await aStage(world);
    for (const [id, name] of [
      ['1', 'svc-backup'],
      ['2', 'imarlow'],
    ] as const) {
      world.directory.addAccount(`CN=${name},OU=People,${memoryBase}`, {
        ...{ employeeID: [id], sAMAccountName: [name], pwdLastSet: before },
      });
    }
    const automation = await anAutomationOn(stage, { automation: { steps: steps() } });

    const { id, changeCount } = await planAutomation(stage.ports, automation.id, { actor: rosa });

    assert.equal(changeCount, 0);
    const { people } = await getPlan(stage.ports.db, id, rosa, stage.now);
    assert.deepEqual(
      people.map(({ notes }) => notes.map(({ code }) => code)),
      [['reset.service-account'], ['reset.undated']],
    );
  });
});

function steps() {
  const serviceNames = ['svc-*'];
  return [
    {
      action: 'reset-password' as const,
      settings: { when: everybody, requestedAt: 'start', mustChangePassword: false, serviceNames },
    },
    { action: 'unlock-account' as const, settings: { when: everybody, serviceNames } },
  ];
}
