// None of the hostile messages is believed: each is refused by the check that is there for it, and soon.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { corpus, type Family } from '#test/saml/corpus.ts';
import { checksOf, type Hostile, hostileKeys, type Keys, outcomeOf } from '#test/saml/hostile.ts';
import { samlVerifier, strictTables } from './verifier.ts';

const verifier = samlVerifier(strictTables);
const keys: Keys = await hostileKeys();
const families: readonly Family[] = corpus(keys);

describe('A hostile message', () => {
  before(() => {
    assert.ok(families.flatMap(({ messages }) => messages).length > 150);
  });

  for (const { name, messages } of families) {
    it(`is refused by name: ${name} (${messages.length})`, () => {
      const wrong = messages.flatMap((message) => misjudged(message));

      assert.deepEqual(wrong, []);
    });
  }
});

function misjudged(message: Hostile): readonly string[] {
  const outcome = outcomeOf(message, verifier, keys);
  const wanted = checksOf(message);
  if (outcome instanceof Error) return [`${message.title}: ${outcome.stack}`];
  if (outcome !== 'verified' && wanted.includes(outcome)) return [];
  return [`${message.title}: ${outcome}, not ${wanted.join(' or ')}`];
}
