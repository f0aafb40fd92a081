import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '#test/property.ts';
import {
  Criteria,
  conditionsOf,
  criteriaSentence,
  everybody,
  holds,
  type OperatorName,
} from './criteria.ts';
import type { Cell } from './record.ts';

const noon = new Date('2026-03-02T12:00:00Z');

describe('A condition', () => {
  const cases: readonly (readonly [Cell, OperatorName, readonly string[], boolean])[] = [
    ['Quality', 'is', ['quality'], true],
    ['Quality', 'is', ['Sales'], false],
    ['Quality', 'is-not', ['Sales'], true],
    [null, 'is-not', ['Sales'], true],
    ['Quality', 'is-one-of', ['Sales', 'Quality'], true],
    ['Optics Lab', 'contains', ['lab'], true],
    [['Quality', 'Sales'], 'contains', ['sales'], true],
    [['Quality'], 'does-not-contain', ['sales'], true],
    ['Optics Lab', 'starts-with', ['opt'], true],
    ['Optics Lab', 'ends-with', ['lab'], true],
    ['Optics Lab', 'ends-with', ['opt'], false],
    [17, 'is', ['17'], true],
    [17, 'greater-than', ['16.5'], true],
    [17, 'less-than', ['17'], false],
    [null, 'less-than', ['17'], false],
    ['2026-03-01T00:00:00Z', 'before', ['2026-03-02'], true],
    ['2026-03-03T00:00:00Z', 'after', ['2026-03-02'], true],
    ['2026-03-01T12:00:00Z', 'in-the-last-days', ['2'], true],
    ['2026-03-03T12:00:00Z', 'in-the-last-days', ['2'], false],
    ['2026-03-03T12:00:00Z', 'in-the-next-days', ['2'], true],
    [null, 'in-the-next-days', ['2'], false],
    [null, 'is-empty', [], true],
    ['', 'is-empty', [], true],
    [[], 'is-empty', [], true],
    ['x', 'is-not-empty', [], true],
  ];
  for (const [cell, operator, values, expected] of cases) {
    it(`${JSON.stringify(cell)} ${operator} ${values.join(', ')} ${expected ? 'holds' : 'does not hold'}`, () => {
      const condition = { column: 'c', operator, values: [...values] };

      assert.equal(holds(condition, { c: cell }, noon), expected);
    });
  }

  it('is refused with another number of values than its operator takes', () => {
    assert.equal(Criteria.safeParse({ column: 'c', operator: 'is', values: [] }).success, false);
    assert.equal(
      Criteria.safeParse({ column: 'c', operator: 'is-empty', values: ['x'] }).success,
      false,
    );
  });

  it('is refused with an operator that is not in the table', () => {
    assert.equal(
      Criteria.safeParse({ column: 'c', operator: 'matches', values: ['.*'] }).success,
      false,
    );
  });
});

describe('Criteria', () => {
  const quality = { column: 'department', operator: 'is' as const, values: ['Quality'] };
  const porto = { column: 'site', operator: 'is' as const, values: ['Porto'] };

  it('hold for everybody when they ask for nothing', () => {
    assert.equal(holds(everybody, {}, noon), true);
    assert.equal(holds({ any: [] }, {}, noon), false);
  });

  it('are read out as a sentence', () => {
    const criteria = { all: [quality, { not: { any: [porto] } }] };

    assert.equal(criteriaSentence(criteria), 'department is Quality and not (site is Porto)');
    assert.equal(conditionsOf(criteria).length, 2);
  });

  it('turn round under not, whatever they are (De Morgan)', () => {
    const columns = fc.record({
      department: fc.constantFrom('Quality', 'Sales', null),
      site: fc.constantFrom('Porto', 'Bristol', null),
    });
    fc.assert(
      fc.property(columns, (record) => {
        const neither = holds({ not: { any: [quality, porto] } }, record, noon);

        assert.equal(neither, holds({ all: [{ not: quality }, { not: porto }] }, record, noon));
      }),
    );
  });
});
