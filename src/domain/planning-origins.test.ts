import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aDefinition, everyone, noon, sourceOf } from '#test/planning/larkfield.ts';
import { larkfield, type Model, planWith } from '#test/planning/model-directory.ts';

const sync = 'AD Larkfield';

/** The company, some of whom a sync brought from the directory. */
function withOrigins(names: readonly string[], attributes: readonly string[], model = larkfield()) {
  const origin = { sync, attributes: new Set(attributes) };
  const from = everyone.filter(({ firstname, surname }) =>
    names.includes(`${firstname} ${surname}`),
  );
  assert.equal(from.length, names.length);
  const origins = new Map(from.map(({ id }) => [String(id), origin]));
  return planned({ ...model, origins });
}

function planned(model: Model) {
  const { people } = planWith(model, aDefinition(), sourceOf(everyone), noon);
  return (name: string) => {
    const person = people.find((one) => one.name === name);
    return {
      kinds: person?.changes.map(({ kind }) => kind) ?? [],
      changed: person?.changes.flatMap(({ kind, after }) =>
        kind === 'update' ? Object.keys(after) : [],
      ),
      notes: person?.notes.map(({ code, sentence }) => [code, sentence]) ?? [],
    };
  };
}

const alone = 'the directory alone creates, disables and enables the account.';

describe('A person whom a sync brought from the directory', () => {
  it('gets no account there, and the plan says which sync is their origin', () => {
    assert.ok(planned(larkfield())('Ines Marlow').kinds.includes('create'));

    const { kinds, notes } = withOrigins(['Ines Marlow'], [])('Ines Marlow');

    assert.deepEqual(kinds, []);
    assert.deepEqual(notes, [
      [
        'account.synced',
        `Ines Marlow comes from the directory by the sync "AD Larkfield"; ${alone}`,
      ],
    ]);
  });

  it('is not disabled there, whatever the desk says', () => {
    const { kinds, notes } = withOrigins(['Owen Pryce'], [])('Owen Pryce');

    assert.deepEqual(
      [kinds, notes],
      [
        [],
        [
          [
            'account.synced',
            `Owen Pryce comes from the directory by the sync "AD Larkfield"; ${alone}`,
          ],
        ],
      ],
    );
  });

  it('keeps what the sync maps as it is there, and gets the rest from the desk', () => {
    const before = planned(larkfield())('Clara Whitcombe').changed ?? [];
    const [first = '', ...rest] = before;
    assert.ok(rest.length > 0);

    const { changed, notes } = withOrigins(
      ['Clara Whitcombe'],
      [first.toLowerCase()],
    )('Clara Whitcombe');

    assert.deepEqual(changed, rest);
    assert.deepEqual(notes, [
      [
        'account.synced-attributes',
        `${first} of Clara Whitcombe come from the directory by the sync "AD Larkfield" and are not written back to it.`,
      ],
    ]);
  });

  it('says nothing of it while everything is as it should be, and of nobody else', () => {
    const plan = withOrigins(['Ines Marlow'], ['title']);

    assert.deepEqual(plan('Owen Pryce').kinds, ['disable']);
    assert.ok(plan('Thomas Hale').notes.every(([code]) => code !== 'account.synced'));
  });
});
