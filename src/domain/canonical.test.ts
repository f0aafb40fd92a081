import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import canonicalize from 'canonicalize';
import fc from '#test/property.ts';
import { canonical } from './canonical.ts';

describe('The canonical text', () => {
  it('is what RFC 8785 says, whatever the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.equal(canonical(value), canonicalize(value));
      }),
    );
  });

  it('is so for values in the shape of changes', () => {
    const text = fc.string({ unit: 'grapheme' });
    const attributes = fc.dictionary(text, fc.array(text, { maxLength: 3 }));
    const change = fc.record(
      { step: fc.nat(), after: attributes, because: fc.array(text), group: attributes },
      { requiredKeys: ['step', 'after'] },
    );
    fc.assert(
      fc.property(change, (value) => {
        assert.equal(canonical(value), canonicalize(value));
      }),
    );
  });

  const odd: readonly (readonly [string, unknown])[] = [
    ['members named by numbers', { 10: 'a', 9: 'b', a: 'c' }],
    ['a time', { at: new Date('2026-03-03T12:00:00Z') }],
    ['a member without a value', { b: undefined, a: 1 }],
    ['no value in a list', [undefined, 1]],
    ['a text that looks like an escape', { text: '\\ud83d' }],
    ['letters beyond the basic plane', { text: 'Zoë 🜂', '🜂': 1, ﬀ: 2 }],
    ['negative nothing and large numbers', [-0, 1e21, 1e-7, 0.1]],
  ];
  for (const [what, value] of odd) {
    it(`knows ${what}`, () => {
      assert.equal(canonical(value), canonicalize(value));
    });
  }

  const refused: readonly (readonly [string, unknown])[] = [
    ['half a pair', '\ud83d'],
    ['what is no number', Number.NaN],
    ['nothing at all', undefined],
    ['a function', () => 1],
  ];
  for (const [what, value] of refused) {
    it(`is refused to ${what}`, () => {
      assert.throws(() => canonical(value));
      if (value !== undefined && typeof value !== 'function') {
        assert.throws(() => canonical({ a: [value] }));
      }
    });
  }
});
