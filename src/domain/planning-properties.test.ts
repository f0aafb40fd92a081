// What holds of every plan, tried on companies nobody thought of.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { someAccounts, someEveryone, someRows } from '#test/planning/generators.ts';
import {
  aDefinition,
  halo,
  noon,
  protectedIds,
  type Row,
  sourceOf,
} from '#test/planning/larkfield.ts';
import { aModel, applyTo, type Model, planWith } from '#test/planning/model-directory.ts';
import fc from '#test/property.ts';
import type { Account } from './account.ts';
import { valuesOf } from './apply.ts';
import { fold } from './looking.ts';
import type { PlannedPage } from './planning.ts';
import { accountsToUndo, planUndo } from './undo.ts';

const definition = aDefinition();
/** Each try plans for forty people up to four times. */
const tries = { numRuns: 40 };
const made = { sourceConnectionId: halo, at: noon };
const aDay = fc.date({
  min: new Date('2026-02-01'),
  max: new Date('2026-04-01'),
  noInvalidDate: true,
});

describe('Every plan', () => {
  it('leaves nothing to do once it is applied', () => {
    fc.assert(
      fc.property(fc.oneof(someRows, someEveryone), someAccounts, aDay, (rows, accounts, now) => {
        const model = aModel({ accounts, protectedIds });
        const page = plan(model, rows, now);

        const after = applyTo(model, page.changes, { ...made, links: page.links });

        assert.deepEqual(
          after.done.map(({ outcome }) => outcome.result).filter((result) => result !== 'done'),
          [],
        );
        assert.deepEqual(plan(after.model, rows, now).changes, []);
      }),
      tries,
    );
  });

  it('keeps up with a source that changes, and comes to rest each time', () => {
    fc.assert(
      fc.property(fc.array(someRows, { minLength: 2, maxLength: 4 }), (days) => {
        let model = aModel();
        for (const rows of days) {
          const page = plan(model, rows, noon);
          model = applyTo(model, page.changes, { ...made, links: page.links }).model;

          assert.deepEqual(plan(model, rows, noon).changes, []);
        }
      }),
      tries,
    );
  });

  it('is the same whatever the order of records and accounts', () => {
    fc.assert(
      fc.property(
        someEveryone,
        someAccounts,
        fc.infiniteStream(fc.nat()),
        (rows, accounts, random) => {
          const expected = plan(aModel({ accounts, protectedIds }), rows, noon);

          const shuffled = plan(
            aModel({ accounts: shuffle(accounts, random), protectedIds }),
            shuffle(rows, random),
            noon,
          );

          assert.deepEqual(shuffled.people, expected.people);
          assert.deepEqual(shuffled.changes, expected.changes);
        },
      ),
      tries,
    );
  });

  it('gives no two people the same name, and none that is taken', () => {
    fc.assert(
      fc.property(someRows, someAccounts, (rows, accounts) => {
        const model = aModel({ accounts });

        const after = applyTo(model, plan(model, rows, noon).changes, made).model;

        const all = [...after.accounts.values()];
        for (const attribute of ['sAMAccountName', 'userPrincipalName', 'mail']) {
          const names = all.flatMap((account) => valuesOf(account.attributes, attribute).map(fold));
          assert.equal(new Set(names).size, names.length);
        }
        const dns = all.map(({ dn }) => fold(dn));
        assert.equal(new Set(dns).size, dns.length);
      }),
      tries,
    );
  });

  it('touches no protected account, nobody disputed, and nobody who is merely missing', () => {
    fc.assert(
      fc.property(someEveryone, someAccounts, someEveryone, (rows, accounts, later) => {
        const model = aModel({ accounts, protectedIds });
        const first = plan(model, rows, noon);
        const linked = applyTo(model, first.changes, { ...made, links: first.links }).model;

        const page = plan(linked, later, noon);

        const touched = page.changes.flatMap(({ target }) =>
          target.kind === 'existing' ? [target.id] : [],
        );
        assert.deepEqual(
          touched.filter((id) => protectedIds.has(id)),
          [],
        );
        const apart = page.people.filter(({ situation }) => /disputed|gone/.test(situation));
        assert.deepEqual(
          apart.flatMap(({ changes }) => changes),
          [],
        );
        assert.ok(apart.every(({ notes }) => notes.length > 0));
      }),
      tries,
    );
  });

  it('gives every change an id of its own, and the same when it is planned again', () => {
    fc.assert(
      fc.property(someEveryone, someAccounts, (rows, accounts) => {
        const model = aModel({ accounts });
        const ids = plan(model, rows, noon).changes.map(({ id }) => id);

        assert.equal(new Set(ids).size, ids.length);
        assert.deepEqual(
          plan(model, rows, noon).changes.map(({ id }) => id),
          ids,
        );
      }),
      tries,
    );
  });
});

describe('Every undo', () => {
  it('restores whatever nobody changed since, and disables what was created', () => {
    fc.assert(
      fc.property(someEveryone, someAccounts, (rows, accounts) => {
        const before = aModel({ accounts, protectedIds });
        const after = run(before, rows);

        const undone = undo(after.model, after.done);

        for (const account of before.accounts.values()) {
          assert.deepEqual(comparable(undone.accounts.get(account.id)), comparable(account));
        }
        for (const account of undone.accounts.values()) {
          if (!before.accounts.has(account.id)) {
            assert.equal(account.enabled, false);
            assert.deepEqual(account.groupIds, []);
          }
        }
      }),
      tries,
    );
  });

  it('leaves alone what somebody changed since, and says so', () => {
    fc.assert(
      fc.property(someEveryone, someAccounts, (rows, accounts) => {
        const after = run(aModel({ accounts, protectedIds }), rows);
        const meddled = new Map(
          [...after.model.accounts].map(([id, account]) => [
            id,
            { ...account, attributes: { ...account.attributes, title: ['Meddler'] } },
          ]),
        );

        const planned = planUndo(after.done, meddled);
        const undone = undo({ ...after.model, accounts: meddled }, after.done);

        const titles = [...undone.accounts.values()].map(({ attributes }) => attributes.title?.[0]);
        assert.ok(titles.every((title) => title === 'Meddler'));
        const told = planned.notes.filter(({ code }) => code === 'undo.changed-since');
        const changed = after.done.filter(
          ({ change }) => change.kind === 'update' && 'title' in change.after,
        );
        assert.deepEqual(
          told.map(({ personKey }) => personKey).toSorted(),
          changed.map(({ change }) => change.personKey).toSorted(),
        );
      }),
      tries,
    );
  });

  it('has nothing left to do when it was done', () => {
    fc.assert(
      fc.property(someEveryone, someAccounts, (rows, accounts) => {
        const after = run(aModel({ accounts, protectedIds }), rows);

        const undone = undo(after.model, after.done);

        assert.deepEqual(planUndo(after.done, undone.accounts).changes, []);
      }),
      tries,
    );
  });
});

function plan(model: Model, rows: readonly Row[], now: Date): PlannedPage {
  const { known: _, rounds: __, ...page } = planWith(model, definition, sourceOf(rows), now);
  return page;
}

function run(model: Model, rows: readonly Row[]) {
  const page = plan(model, rows, noon);
  return applyTo(model, page.changes, { ...made, links: page.links });
}

function undo(model: Model, done: ReturnType<typeof run>['done']): Model {
  const looked = new Map(
    accountsToUndo(done).flatMap((id): [string, Account][] => {
      const account = model.accounts.get(id);
      return account === undefined ? [] : [[id, account]];
    }),
  );
  return applyTo(model, planUndo(done, looked).changes, made).model;
}

function comparable(account: Account | undefined) {
  assert.ok(account);
  const attributes = Object.entries(account.attributes).filter(([, values]) => values.length > 0);
  return {
    enabled: account.enabled,
    attributes: Object.fromEntries(attributes.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    groupIds: account.groupIds.toSorted(),
  };
}

function shuffle<T>(items: readonly T[], random: fc.Stream<number>): T[] {
  const keyed = items.map((item) => ({ item, key: random.next().value ?? 0 }));
  return keyed.toSorted((a, b) => a.key - b.key).map(({ item }) => item);
}
