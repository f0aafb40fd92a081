import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aDefinition } from '#test/planning/larkfield.ts';
import { actions, Step, stepSentence } from './actions.ts';

describe('The actions', () => {
  it('are those of the first slice, each with a title and a description', () => {
    assert.deepEqual(
      actions.map(({ name }) => name),
      [
        'create-account',
        'modify-account',
        'disable-account',
        'add-to-groups',
        'reset-password',
        'unlock-account',
      ],
    );
    assert.ok(actions.every(({ title, description }) => title !== '' && description.endsWith('.')));
  });

  it('each have a sentence for a step', () => {
    assert.deepEqual(aDefinition().automation.steps.map(stepSentence), [
      'creates accounts',
      'keeps attributes up to date',
      'disables accounts when inactive is true',
      'adds them to groups by 3 rules',
    ]);
  });

  it('refuse a step that lacks a setting or is not known', () => {
    assert.equal(Step.safeParse({ action: 'disable-account', settings: {} }).success, false);
    assert.equal(
      Step.safeParse({ action: 'add-to-groups', settings: { rules: [] } }).success,
      false,
    );
    assert.equal(Step.safeParse({ action: 'delete-account', settings: {} }).success, false);
  });
});
