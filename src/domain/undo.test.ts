import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aDefinition, everyone, halo, noon, sourceOf } from '#test/planning/larkfield.ts';
import { applyTo, larkfield, planWith } from '#test/planning/model-directory.ts';
import { accountsToUndo, planUndo } from './undo.ts';

const page = planWith(larkfield(), aDefinition(), sourceOf(everyone), noon);
const { model, done } = applyTo(larkfield(), page.changes, {
  sourceConnectionId: halo,
  at: noon,
  links: page.links,
});
const undo = planUndo(done, model.accounts);

describe('Taking a run back', () => {
  it('begins with what was done last', () => {
    const people = undo.changes.map(({ personName }) => personName);

    assert.equal(people[0], done.at(-1)?.change.personName);
  });

  it('disables the account of a starter, and says what does not come back', () => {
    const ines = undo.changes.filter(({ personName }) => personName === 'Ines Marlow');
    const notes = undo.notes.filter(({ personName }) => personName === 'Ines Marlow');

    assert.deepEqual(
      ines.map(({ kind }) => kind),
      ['remove-member', 'remove-member', 'remove-member', 'disable'],
    );
    assert.deepEqual(
      notes.map(({ sentence }) => sentence),
      [
        'The account of Ines Marlow is disabled, not deleted: a SID and a password do not come back, ' +
          'and deleting it needs a plan of its own.',
      ],
    );
  });

  it('enables the account of a leaver again', () => {
    const owen = undo.changes.filter(({ personName }) => personName === 'Owen Pryce');

    assert.deepEqual(
      owen.map(({ kind, before, after }) => [kind, before, after]),
      [['enable', { enabled: ['false'] }, { enabled: ['true'] }]],
    );
  });

  it('looks at every account the run touched', () => {
    assert.deepEqual(
      accountsToUndo(done).toSorted(),
      [
        ...new Set(
          done.flatMap(({ outcome }) =>
            outcome.result === 'done' ? (outcome.targetId ?? []) : [],
          ),
        ),
      ].toSorted(),
    );
  });

  it('says so when an account is gone', () => {
    const { changes, notes } = planUndo(done, new Map());

    assert.deepEqual(changes, []);
    assert.ok(notes.every(({ code }) => code === 'undo.account-gone'));
  });

  it('takes nothing back that was skipped, refused or failed', () => {
    const skipped = done.map((one) => ({
      ...one,
      outcome: { result: 'skipped', because: 'so' } as const,
    }));

    assert.deepEqual(planUndo(skipped, model.accounts), { changes: [], notes: [] });
  });

  it('says that a ticket cannot be untold', () => {
    const [first] = done;
    assert.ok(first);
    const told = { ...first.change, kind: 'tell' as const };

    const { changes, notes } = planUndo(
      [{ change: told, outcome: { result: 'done' } }],
      model.accounts,
    );

    assert.deepEqual(changes, []);
    assert.deepEqual(
      notes.map(({ code }) => code),
      ['undo.told'],
    );
  });
});
