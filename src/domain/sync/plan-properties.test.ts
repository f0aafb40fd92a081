// What holds of every sync, tried on directories nobody thought of.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anyText } from '#test/contracts/any-text.ts';
import fc from '#test/property.ts';
import {
  aDesk,
  applied,
  aSync,
  changesOf,
  type ModelEntry,
  syncOnce,
} from '#test/sync/model-desk.ts';

const sync = aSync();
const tries = { numRuns: 150 };

const guid = fc
  .integer({ min: 1, max: 40 })
  .map((n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
const mail = fc.integer({ min: 1, max: 12 }).map((n) => `p${n}@larkfield.test`);
const odd = fc.oneof(
  anyText({ maxLength: 30 }),
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    'Zoë\u0000Quince',
    'a\uFFFDb',
    'x'.repeat(300),
    'x'.repeat(1_000_000),
  ),
);
const values = (one: fc.Arbitrary<string>) => fc.array(one, { maxLength: 2 });

const someEntry: fc.Arbitrary<ModelEntry> = fc.record({
  id: guid,
  enabled: fc.boolean(),
  attributes: fc.record({
    displayName: values(fc.oneof(odd, fc.constantFrom('Maya Ridge', 'Ines Marlow'))),
    cn: values(odd),
    givenName: values(odd),
    sn: values(odd),
    mail: values(fc.oneof(mail, odd)),
    uid: values(fc.oneof(fc.constantFrom('maya', 'ines', 'theo'), odd)),
    title: values(odd),
    thumbnailPhoto: values(fc.constantFrom('/9j/4AAQ', 'R0lGODlh', 'not base64 at all')),
    manager: values(odd),
  }),
});
const someEntries = fc.uniqueArray(someEntry, { selector: ({ id }) => id, maxLength: 25 });

const somePeople = fc.array(
  fc.record({
    name: fc.constantFrom('Maya Ridge', 'Ines Marlow', 'Theo Sand'),
    active: fc.boolean(),
    fields: fc.record(
      {
        email: mail.map((one) => [one]),
        login: fc.constantFrom(['maya'], ['ines']),
        title: fc.constant(['Optician']),
      },
      { requiredKeys: [] },
    ),
  }),
  { maxLength: 12 },
);

describe('Every sync', () => {
  // Whoever is disputed may be found without doubt once the others are written.
  it('plans nothing more for those it paired once its plan is applied', () => {
    fc.assert(
      fc.property(someEntries, somePeople, (entries, people) => {
        const desk = aDesk(people);
        const after = applied(desk, syncOnce(sync, entries, desk));

        const again = changesOf(syncOnce(sync, entries, after));
        const paired = again.filter(({ personKey }) => {
          return after.known.get(personKey.replace('user:', ''))?.state === 'linked';
        });
        assert.deepEqual(paired, []);
      }),
      tries,
    );
  });

  it('plans the same whatever the order of the entries and the size of the pages', () => {
    fc.assert(
      fc.property(
        someEntries.chain((entries) => fc.tuple(fc.constant(entries), shuffled(entries))),
        somePeople,
        fc.integer({ min: 1, max: 30 }),
        ([entries, others], people, pageSize) => {
          const desk = aDesk(people);
          const one = syncOnce(sync, entries, desk);
          const other = syncOnce(sync, others, desk, { pageSize });

          assert.deepEqual(byId(changesOf(other)), byId(changesOf(one)));
          assert.deepEqual(states(other), states(one));
        },
      ),
      tries,
    );
  });

  it('pairs no two entries with one record, whatever happened before', () => {
    fc.assert(
      fc.property(
        fc.array(someEntries, { minLength: 1, maxLength: 4 }),
        somePeople,
        (days, people) => {
          let desk = aDesk(people);
          for (const entries of days) desk = applied(desk, syncOnce(sync, entries, desk));

          const records = [...desk.known.values()].flatMap(({ deskId }) => deskId ?? []);
          assert.equal(new Set(records).size, records.length);
        },
      ),
      tries,
    );
  });

  it('deactivates only those who are gone from a complete read, or disabled there', () => {
    fc.assert(
      fc.property(someEntries, someEntries, somePeople, (before, after, people) => {
        const start = aDesk(people);
        const desk = applied(start, syncOnce(sync, before, start));
        const present = new Map(after.map((entry) => [entry.id, entry]));

        for (const change of changesOf(syncOnce(sync, after, desk))) {
          if (change.kind !== 'disable') continue;
          const entry = present.get(change.personKey.replace('user:', ''));
          assert.ok(entry === undefined || entry.enabled === false, change.personKey);
        }
      }),
      tries,
    );
  });

  it('makes those active again who come back', () => {
    fc.assert(
      fc.property(someEntries, (entries) => {
        const there = entries.map((entry) => ({ ...entry, enabled: true }));
        const first = aDesk();
        const full = applied(first, syncOnce(sync, there, first));
        const empty = applied(full, syncOnce(sync, [], full));
        const again = applied(empty, syncOnce(sync, there, empty));

        const activeOf = (desk: typeof full) =>
          [...desk.people.values()].map(({ active }) => active);
        assert.ok(activeOf(empty).every((active) => !active));
        assert.deepEqual(activeOf(again), activeOf(full));
      }),
      tries,
    );
  });
});

function shuffled(entries: readonly ModelEntry[]): fc.Arbitrary<ModelEntry[]> {
  return fc.shuffledSubarray([...entries], { minLength: entries.length });
}

function byId<T extends { readonly id: string }>(changes: readonly T[]): T[] {
  return changes.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

function states(planned: ReturnType<typeof syncOnce>): string[] {
  return planned.map(({ seen }) => `${seen.entryId} ${seen.state} ${seen.deskId}`).toSorted();
}
