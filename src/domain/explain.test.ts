import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aDefinition, everyone, noon, sourceOf } from '#test/planning/larkfield.ts';
import { larkfield, planWith } from '#test/planning/model-directory.ts';
import { explain } from './explain.ts';

const definition = aDefinition();
const source = sourceOf(everyone);
const { known } = planWith(larkfield(), definition, source, noon);

describe('Explaining a person', () => {
  it('goes through every step of a starter', () => {
    const key = source.records.find(({ name }) => name === 'Ines Marlow')?.key ?? '';

    const lines = explain(definition, source, known, key, noon);

    assert.deepEqual(
      [...new Set(lines.map(({ step }) => step))],
      ['fetch', 'join', 'scope', 'match', 'mapping', 'decision'],
    );
    const text = lines.map(({ sentence }) => sentence).join('\n');
    assert.match(text, /Halo users gave 41 people; Ines Marlow \(39\) is among them\./);
    assert.match(text, /department is Quality/);
    assert.match(text, /Ines Marlow is in the scope: everybody\./);
    assert.match(text, /no account matches Ines Marlow\./);
    assert.match(text, /displayName = %firstName% %surname% is Ines Marlow\./);
    assert.match(text, /Creates an account for Ines Marlow \(ines.marlow\): /);
  });

  it('tells why nothing is done for a protected leaver', () => {
    const key = source.records.find(({ name }) => name === 'Gareth Lund')?.key ?? '';

    const decision = explain(definition, source, known, key, noon).filter(
      ({ step }) => step === 'decision',
    );

    assert.deepEqual(
      decision.map(({ sentence }) => sentence),
      ['The account of Gareth Lund is protected; nothing is changed, a person must do it by hand.'],
    );
  });

  it('tells that the source does not know somebody', () => {
    const [first] = explain(definition, source, known, '4711', noon);

    assert.equal(first?.sentence, 'Halo users gave 41 people; 4711 is not among them.');
  });
});
