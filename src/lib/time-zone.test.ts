import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '#test/property.ts';
import { instantOf, isTimeZone, localWords } from './time-zone.ts';

describe('An hour somewhere', () => {
  const cases: readonly (readonly [string, string, number, number, number, string])[] = [
    ['in winter in Porto', 'Europe/Lisbon', 1, 15, 7, '2026-01-15T07:00:00.000Z'],
    ['in summer in Porto', 'Europe/Lisbon', 7, 15, 7, '2026-07-15T06:00:00.000Z'],
    ['before the clocks go forward', 'Europe/London', 3, 29, 0, '2026-03-29T00:00:00.000Z'],
    [
      'that the clocks skip falls after the gap',
      'Europe/London',
      3,
      29,
      1,
      '2026-03-29T01:00:00.000Z',
    ],
    ['after the clocks went forward', 'Europe/London', 3, 29, 2, '2026-03-29T01:00:00.000Z'],
    ['that comes twice is its first', 'Europe/London', 10, 25, 1, '2026-10-25T00:00:00.000Z'],
    ['after the clocks went back', 'Europe/London', 10, 25, 2, '2026-10-25T02:00:00.000Z'],
    [
      'on the other side of the date line',
      'Pacific/Kiritimati',
      1,
      1,
      0,
      '2025-12-31T10:00:00.000Z',
    ],
    ['where midnight is skipped', 'America/Santiago', 9, 6, 0, '2026-09-06T04:00:00.000Z'],
    ['where the offset has half an hour', 'Asia/Kolkata', 5, 5, 9, '2026-05-05T03:30:00.000Z'],
  ];
  for (const [title, zone, month, day, hour, instant] of cases) {
    it(title, () => {
      assert.equal(instantOf({ year: 2026, month, day, hour }, zone).toISOString(), instant);
    });
  }

  it('is the hour that clocks there show, unless they skip it', () => {
    const zones = ['Europe/London', 'Europe/Lisbon', 'America/New_York', 'Australia/Lord_Howe'];
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2000-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }),
        fc.constantFrom(...zones),
        (date, zone) => {
          const day = {
            year: date.getUTCFullYear(),
            month: date.getUTCMonth() + 1,
            day: date.getUTCDate(),
          };

          const instant = instantOf({ ...day, hour: 12 }, zone);

          const shown = new Intl.DateTimeFormat('sv-SE', {
            timeZone: zone,
            dateStyle: 'short',
            timeStyle: 'short',
          }).format(instant);
          assert.equal(shown, `${date.toISOString().slice(0, 10)} 12:00`);
        },
      ),
    );
  });

  it('is told in words', () => {
    assert.equal(
      localWords(new Date('2026-03-02T07:00:00Z'), 'Europe/Lisbon'),
      'Monday, 2 March 2026 at 07:00',
    );
  });
});

describe('A time zone', () => {
  it('is known by its IANA name', () => {
    assert.equal(isTimeZone('Europe/Lisbon'), true);
    assert.equal(isTimeZone('Europe/Larkfield'), false);
  });
});
