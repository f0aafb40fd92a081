// Arbitrary companies for property tests: few names and values, so that people collide as they do in life.

import type { Account } from '#domain/account.ts';
import fc from '#test/property.ts';
import { accounts, everyone, type Row } from './larkfield.ts';

/** A row of Halo with values that repeat, are missing, or name what does not exist. */
export const someRow: fc.Arbitrary<Row> = fc.record({
  id: fc.integer({ min: 1, max: 30 }),
  firstname: fc.constantFrom('Ines', 'Thomas', 'Łucja', null),
  surname: fc.constantFrom('Marlow', 'Hale', "O'Dowd", 'Hale-Marlow'),
  title: fc.constantFrom('Quality Engineer', 'Metrologist', null),
  department: fc.constantFrom('Quality', 'Sales', 'Astrology'),
  site: fc.constantFrom('Bristol', 'Porto', 'Lagos'),
  email: fc.constantFrom(null, null, 'ines.marlow@larkfield.test', 'thomas.hale@larkfield.test'),
  start: fc.constantFrom(null, '2025-01-06', '2026-03-02', '2026-03-20'),
  inactive: fc.boolean(),
});

export const someRows = fc.array(someRow, { maxLength: 25 });

/** Everyone at Larkfield Optics, some of them changed. */
export const someEveryone: fc.Arbitrary<readonly Row[]> = fc
  .tuple(fc.array(someRow, { maxLength: 10 }), fc.shuffledSubarray([...everyone]))
  .map(([changed, some]) => {
    const ids = new Set(changed.map(({ id }) => id));
    return [...some.filter(({ id }) => !ids.has(id)), ...changed];
  });

export const someAccounts: fc.Arbitrary<readonly Account[]> = fc.subarray([...accounts]);
