import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anActor, anAutomationOn, aStage, aWorld, rosa } from '#test/automation/stage.ts';
import { planAutomation } from './plan.ts';
import { getPlan } from './plan-view.ts';

describe('A plan as people read it', () => {
  it('names everybody once, people with a note and no change included', async () => {
    await using stage = await aStage(aWorld([{ id: 1 }, { id: 2, site: 'Atlantis' }]));
    const automation = await anAutomationOn(stage);
    const { id } = await planAutomation(stage.ports, automation.id, { actor: rosa });

    const { people } = await getPlan(stage.ports.db, id, rosa, stage.now);

    assert.deepEqual(
      people.map(({ key, changes, notes }) => [key, changes > 0, notes.length]),
      [
        ['1', true, 0],
        ['2', false, 1],
      ],
    );
  });

  it('shows the people of this plan alone, and not what others left as notes', async () => {
    await using stage = await aStage(aWorld([{ id: 2, site: 'Atlantis' }]));
    const theirs = await anAutomationOn(stage, { clientId: 12 });
    const ours = await anAutomationOn(stage, { clientId: 13 });
    await planAutomation(stage.ports, theirs.id, { actor: rosa });
    const { id } = await planAutomation(stage.ports, ours.id, { actor: rosa });
    const guest = anActor('Guest', ['plans:read'], { clientId: 13 });

    const { people } = await getPlan(stage.ports.db, id, guest, stage.now);

    assert.deepEqual(
      people.map(({ key }) => key),
      ['2'],
    );
  });
});
