// Entries that share what people are matched by: how many they may be, and what is said of each.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Double, disputeDoubles } from './doubles.ts';

/** Entries of one address; whoever looks at their ids more often than sorting takes is stopped. */
function sharing(count: number): readonly Double[] {
  let looksLeft = count * 100;
  return Array.from({ length: count }, (_, at) => {
    const entryId = `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`;
    return {
      ...{ target: 'user', name: `Person ${at}`, dn: `CN=Person ${at}` },
      ...{ key: 'email=info@larkfield.test', fresh: true, joins: false },
      get entryId() {
        looksLeft -= 1;
        assert.ok(looksLeft >= 0, 'each is compared with all the others');
        return entryId;
      },
    };
  });
}

describe('Entries that share an address', () => {
  it('are told of it with a few of the others, each once', () => {
    const withdrawn = disputeDoubles(sharing(8));

    assert.equal(withdrawn.length, 8);
    const sentences = withdrawn.map(({ dispute }) => dispute.sentence);
    assert.match(
      sentences[0] ?? '',
      /CN=Person 1, CN=Person 2, CN=Person 3, CN=Person 4, CN=Person 5 and 2 more/,
    );
    assert.match(
      sentences[7] ?? '',
      /CN=Person 0, CN=Person 1, CN=Person 2, CN=Person 3, CN=Person 4 and 2 more/,
    );
  });

  it('may be a hundred thousand', () => {
    assert.equal(disputeDoubles(sharing(100_000)).length, 100_000);
  });

  it('are no doubles where one of them has the address twice', () => {
    const [one] = sharing(1);
    assert.ok(one !== undefined);

    assert.deepEqual(disputeDoubles([one, one]), []);
  });
});

describe('A record that two entries have a good claim to', () => {
  const claim = { target: 'user', dn: '', key: 'record=12', fresh: false };
  const ines = { ...claim, entryId: 'a', name: 'Ines Marlow', joins: true };
  const maya = { ...claim, entryId: 'b', name: 'Maya Ridge', joins: true };
  const names = (doubles: readonly Double[]) => disputeDoubles(doubles).map(({ name }) => name);

  it("is nobody's before a person decides once more", () => {
    assert.deepEqual(names([ines, maya]), ['Ines Marlow', 'Maya Ridge']);
  });

  it('stays with whoever has had it', () => {
    assert.deepEqual(names([{ ...ines, joins: false }, maya]), ['Maya Ridge']);
  });

  it('is theirs for whom a person decided, where the other was only found', () => {
    assert.deepEqual(names([ines, { ...maya, fresh: true }]), ['Maya Ridge']);
  });
});
