import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Problem } from '#domain/problem.ts';
import {
  anAutomationOn,
  applied,
  approveAndStart,
  approvedRun,
  aStage,
  aWorld,
  ended,
  outcomesOf,
  resultsOf,
  rosa,
  type Stage,
} from '#test/automation/stage.ts';
import { containers } from '#test/planning/larkfield.ts';
import { planAutomation } from './plan.ts';
import { getRun } from './run-view.ts';
import { planUndoOf } from './undo.ts';

const [, porto] = containers;

async function undone(stage: Stage, runId: string): Promise<string> {
  const plan = await planUndoOf(stage.ports, runId, rosa);
  const undoId = await approveAndStart(stage, plan);
  await using _workers = await stage.work();
  await ended(stage, undoId);
  return undoId;
}

describe('Undoing a run', () => {
  it('disables the account it created, takes it out of its groups and destroys the password', async () => {
    const world = aWorld();
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    const runId = await applied(stage, automation.id);

    const undoId = await undone(stage, runId);

    const [stored] = [...world.directory.accounts.values()];
    assert.equal(stored?.account.enabled, false);
    assert.deepEqual(stored?.account.groupIds, []);
    assert.deepEqual(resultsOf(await outcomesOf(stage, undoId)).toSorted(), [
      'disable done',
      ...Array(3).fill('remove-member done'),
    ]);
    const run = await getRun(stage.ports.db, runId, rosa, stage.now);
    assert.equal(run.undoneBy, undoId);
    assert.equal(run.outcomes[0]?.password, 'destroyed');
  });

  it('puts back what was there, and leaves what somebody changed since', async () => {
    const world = aWorld([
      {
        id: 1,
        email: 'ines.marlow@larkfield.test',
        title: 'Head of Quality',
        department: 'Quality',
      },
    ]);
    const ines = world.directory.addAccount(`CN=Ines Marlow,${porto}`, {
      mail: ['ines.marlow@larkfield.test'],
      title: ['Inspector'],
      department: ['Production'],
    });
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    const runId = await applied(stage, automation.id);
    const directory = await world.openDirectory();
    await directory.updateAccount(ines.id, { title: ['Head of Quality'] }, { title: ['Director'] });

    await undone(stage, runId);

    const attributes = world.directory.accounts.get(ines.id)?.account.attributes;
    assert.deepEqual(attributes?.department, ['Production']);
    assert.deepEqual(attributes?.title, ['Director']);
  });

  it('is planned for a finished run only, once, and needs a yes', async () => {
    await using stage = await aStage(aWorld());
    const automation = await anAutomationOn(stage);
    const runId = await approvedRun(stage, automation.id);
    const refused = (code: string) => (error: unknown) =>
      error instanceof Problem && error.code === code;

    await assert.rejects(planUndoOf(stage.ports, runId, rosa), refused('run.unfinished'));
    await using _workers = await stage.work();
    await ended(stage, runId);
    const plan = await planUndoOf(stage.ports, runId, rosa);
    assert.equal(plan.needsApproval, true);
    await ended(stage, await approveAndStart(stage, plan));

    await assert.rejects(planUndoOf(stage.ports, runId, rosa), refused('run.undone'));
  });

  it('lets a later run give the person their account back', async () => {
    const world = aWorld();
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    await undone(stage, await applied(stage, automation.id));

    const again = await planAutomation(stage.ports, automation.id, { actor: rosa });

    const creates = await stage.database.db
      .selectFrom('plan_changes')
      .select('kind')
      .where('plan_id', '=', again.id)
      .where('kind', '=', 'create')
      .execute();
    assert.deepEqual(creates, []);
    assert.equal(world.directory.accounts.size, 1);
  });
});
