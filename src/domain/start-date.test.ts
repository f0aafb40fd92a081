import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StartDate, startOf } from './start-date.ts';

const atSeven = StartDate.parse({
  column: 'start',
  timeZone: {
    kind: 'by-column',
    column: 'site',
    zones: { Bristol: 'Europe/London', Porto: 'Europe/Lisbon', Sydney: 'Australia/Sydney' },
    otherwise: 'UTC',
  },
  hour: 7,
});

describe('A start date', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['in winter', 'Porto', '2026-03-02T00:00:00Z', '2026-03-02T07:00:00.000Z'],
    [
      'on the day the clocks go forward',
      'Porto',
      '2026-03-29T00:00:00Z',
      '2026-03-29T06:00:00.000Z',
    ],
    ['in summer', 'Bristol', '2026-06-01T00:00:00Z', '2026-06-01T06:00:00.000Z'],
    [
      'on the day the clocks go back',
      'Bristol',
      '2026-10-25T00:00:00Z',
      '2026-10-25T07:00:00.000Z',
    ],
    ['far to the east', 'Sydney', '2026-03-02T00:00:00Z', '2026-03-01T20:00:00.000Z'],
    ['in a place without a zone', 'Lagos', '2026-03-02T00:00:00Z', '2026-03-02T07:00:00.000Z'],
    [
      'as the source writes the day, whatever its offset',
      'Porto',
      '2026-03-02T23:00:00-11:00',
      '2026-03-02T07:00:00.000Z',
    ],
  ];
  for (const [title, site, start, instant] of cases) {
    it(`begins at seven there, ${title}`, () => {
      assert.equal(startOf(atSeven, { start, site })?.at.toISOString(), instant);
    });
  }

  it('is told with its day, hour and zone', () => {
    const start = startOf(atSeven, { start: '2026-03-02T00:00:00Z', site: 'Porto' });

    assert.equal(start?.words, 'Monday, 2 March 2026 at 07:00 (Europe/Lisbon)');
  });

  it('is nothing when the source names no day or the automation asks for none', () => {
    assert.equal(startOf(atSeven, { start: null, site: 'Porto' }), undefined);
    assert.equal(startOf(null, { start: '2026-03-02T00:00:00Z' }), undefined);
  });

  it('is refused with a time zone that does not exist', () => {
    const timeZone = { kind: 'fixed', zone: 'Europe/Larkfield' };

    assert.equal(StartDate.safeParse({ column: 'start', timeZone }).success, false);
  });
});
