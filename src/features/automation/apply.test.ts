import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anAutomationOn, approvedRun, aStage, ended, outcomesOf } from '#test/automation/stage.ts';
import { aMemoryApplication } from '#test/faults/memory-application.ts';
import { aMemoryDirectory } from '#test/faults/memory-directory.ts';
import { aRow } from '#test/planning/larkfield.ts';

function aWorld(rows = [aRow({ id: 1 })]) {
  const directory = aMemoryDirectory();
  for (const group of ['All Staff', 'Quality', 'Office Porto']) directory.addGroup(group);
  const application = aMemoryApplication(rows);
  return {
    directory,
    application,
    openDirectory: directory.open,
    openApplication: application.open,
  };
}

describe('A starter', () => {
  it('becomes an account in the groups, and the ticket is told', async () => {
    const world = aWorld([aRow({ id: 1, title: '4711' })]);
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage, { webhook: {} });

    const runId = await approvedRun(stage, automation.id);
    await using _workers = await stage.work();
    await ended(stage, runId);

    const outcomes = await outcomesOf(stage, runId);
    assert.deepEqual(
      outcomes.map(({ kind, result }) => [kind, result]),
      [
        ['create', 'done'],
        ['add-member', 'done'],
        ['add-member', 'done'],
        ['add-member', 'done'],
        ['tell', 'done'],
      ],
    );
    const [account] = [...world.directory.accounts.values()];
    assert.equal(account?.account.attributes.sAMAccountName?.[0], 'ines.marlow');
    assert.equal(account?.account.groupIds.length, 3);
    const [told] = world.application.sent;
    assert.equal(told?.url, 'https://halo.larkfield.test/api/Tickets');
    assert.match(told?.body?.text ?? '', /^\[\{"id": 4711, "details": "New starters/);
  });
});
