import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generatePassword } from './generate-password.ts';

describe('A generated password', () => {
  it('has every character class, twenty characters and nothing easily misread', () => {
    for (let round = 0; round < 500; round += 1) {
      const text = generatePassword().reveal();

      assert.equal(text.length, 20);
      assert.match(text, /[A-Z]/);
      assert.match(text, /[a-z]/);
      assert.match(text, /[0-9]/);
      assert.match(text, /[-_.+=!?@#%]/);
      assert.doesNotMatch(text, /[0O1Il]/);
    }
  });

  it('is another one each time', () => {
    const many = new Set(Array.from({ length: 200 }, () => generatePassword().reveal()));

    assert.equal(many.size, 200);
  });

  it('does not print itself', () => {
    assert.equal(`${generatePassword()}`, '[secret]');
  });
});
