import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { spoken } from '#console/shell/spoken.ts';
import type { OutcomeWire } from '#features/automation/wire.ts';
import { outcomesByPerson } from './run-view.ts';

describe('The outcomes of a run', () => {
  it('stand under the person they are for, in the order of the run', () => {
    const shown = outcomesByPerson([
      anOutcome('39', 'Ines Marlow', 'All Staff'),
      anOutcome('41', 'Thomas Hale', 'All Staff'),
      anOutcome('39', 'Ines Marlow', 'Quality'),
    ]);

    assert.deepEqual(
      shown.map(({ name, outcomes }) => [name, outcomes.map(({ targetName }) => targetName)]),
      [
        ['Ines Marlow', ['All Staff', 'Quality']],
        ['Thomas Hale', ['All Staff']],
      ],
    );
  });

  it('of two people of the same name stay apart', () => {
    const shown = outcomesByPerson([
      anOutcome('30', 'Thomas Hale', 'Sales'),
      anOutcome('41', 'Thomas Hale', 'Production'),
    ]);

    assert.equal(shown.length, 2);
  });
});

describe('A time', () => {
  it('is said as people say it', () => {
    assert.deepEqual([-20_000, -60_000, -7_200_000, 86_400_000].map(spoken), [
      'just now',
      '1 minute ago',
      '2 hours ago',
      'tomorrow',
    ]);
  });
});

function anOutcome(personKey: string, personName: string, targetName: string): OutcomeWire {
  return {
    changeId: `${personKey} ${targetName}`,
    personKey,
    personName,
    system: 'AD Larkfield',
    action: 'add-to-groups',
    kind: 'add-member',
    targetName,
    result: 'done',
    because: null,
    code: null,
    at: null,
    until: null,
    password: 'none',
  };
}
