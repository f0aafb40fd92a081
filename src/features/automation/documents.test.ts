// What stands in our own rows is looked at when it is read: a damaged one is noticed, and not acted upon.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aCreation, anUpdate } from '#test/automation/sync-stage.ts';
import { ChangeDocument } from './documents.ts';

describe('A change that is read', () => {
  it('is as it was written', () => {
    for (const change of [
      aCreation(1),
      anUpdate(2),
      aCreation(3, { fallbacks: [{ cn: ['a'] }] }),
    ]) {
      assert.deepEqual(ChangeDocument.parse(JSON.parse(JSON.stringify(change))), change);
    }
  });

  const damages: readonly (readonly [string, unknown])[] = [
    ['lost', undefined],
    ['nothing', null],
    ['a text', 'name'],
    ['a list', [['name']]],
    ['a text where several stand', { name: 'Ines' }],
    ['a number among texts', { name: ['Ines', 1] }],
    ['nothing among texts', { name: [null] }],
  ];
  for (const [what, damaged] of damages) {
    it(`is refused where what it writes is ${what}`, () => {
      const change: object = aCreation(1);

      for (const member of ['before', 'after']) {
        assert.throws(() => ChangeDocument.parse({ ...change, [member]: damaged }));
      }
      assert.throws(() => ChangeDocument.parse({ ...change, fallbacks: [damaged] }));
    });
  }

  it('is refused where anything else of it is damaged', () => {
    const change: object = aCreation(1);

    for (const member of Object.keys(change)) {
      assert.throws(() => ChangeDocument.parse({ ...change, [member]: 1.5 }), member);
    }
  });
});
