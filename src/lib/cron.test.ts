import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextTime, parseCron } from './cron.ts';

function next(cron: string, zone: string, after: string): string | undefined {
  const parsed = parseCron(cron);
  assert.ok(parsed, `${cron} was not read`);
  return nextTime(parsed, zone, new Date(after))?.toISOString();
}

describe('A schedule', () => {
  const cases: readonly (readonly [string, string, string, string, string | undefined])[] = [
    [
      'every quarter of an hour',
      '*/15 * * * *',
      'UTC',
      '2026-03-02T12:00:00Z',
      '2026-03-02T12:15:00.000Z',
    ],
    [
      'at seven in Porto in winter',
      '0 7 * * *',
      'Europe/Lisbon',
      '2026-01-10T12:00:00Z',
      '2026-01-11T07:00:00.000Z',
    ],
    [
      'at seven in Porto in summer',
      '0 7 * * *',
      'Europe/Lisbon',
      '2026-07-10T12:00:00Z',
      '2026-07-11T06:00:00.000Z',
    ],
    ['on working days', '30 8 * * 1-5', 'UTC', '2026-03-06T09:00:00Z', '2026-03-09T08:30:00.000Z'],
    [
      'on Sundays, written 7',
      '0 0 * * 7',
      'UTC',
      '2026-03-02T00:00:00Z',
      '2026-03-08T00:00:00.000Z',
    ],
    [
      'on the first or on a Monday',
      '0 0 1 * 1',
      'UTC',
      '2026-03-03T00:00:00Z',
      '2026-03-09T00:00:00.000Z',
    ],
    ['on 29 February', '0 0 29 2 *', 'UTC', '2026-03-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['on a day that never comes', '0 0 30 2 *', 'UTC', '2026-03-01T00:00:00Z', undefined],
    [
      'in a zone far ahead',
      '0 1 * * *',
      'Pacific/Auckland',
      '2026-06-01T12:30:00Z',
      '2026-06-01T13:00:00.000Z',
    ],
  ];
  for (const [title, cron, zone, after, expected] of cases) {
    it(`is due ${title}`, () => {
      assert.equal(next(cron, zone, after), expected);
    });
  }

  for (const wrong of [
    '60 * * * *',
    '* * *',
    'a * * * *',
    '5-1 * * * *',
    '*/0 * * * *',
    '* * 0 * *',
  ]) {
    it(`refuses ${wrong}`, () => {
      assert.equal(parseCron(wrong), undefined);
    });
  }
});
