// The guards of a sync: what an administrator fears most is a read that looks like everybody leaving.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noTotals } from '#domain/totals.ts';
import { type JudgedSync, judgeSync, stopsOfSource } from './guards.ts';
import { SyncLimits } from './settings.ts';

const source = { records: 100, complete: true, digest: '', columns: ['mail', 'sn'], asked: 'a' };
const usual: JudgedSync = {
  ...{ totals: noTotals, lastDay: noTotals, limits: SyncLimits.parse({}), did: 'whole' },
  ...{
    source,
    attributes: ['mail', 'sn'],
    lastSource: source,
    people: 100,
    goneToReview: 0,
    firstRun: false,
  },
  ...{ administrators: { active: undefined, deactivated: 0 }, serviceAccounts: 0 },
};

function verdicts(given: Partial<JudgedSync>): Record<string, string> {
  return Object.fromEntries(
    judgeSync({ ...usual, ...given })
      .filter(({ verdict }) => verdict !== 'pass')
      .map(({ name, verdict }) => [name, verdict]),
  );
}

describe('The guards of a sync', () => {
  it('let a usual one pass, and say why in each case', () => {
    assert.deepEqual(verdicts({}), {});
    assert.ok(judgeSync(usual).every(({ sentence }) => sentence.endsWith('.')));
  });

  for (const [people, few, many] of [
    [20, 3, 4],
    [200_000, 10_000, 10_001],
  ] as const) {
    it(`stop the deactivation of ${many} of ${people} people, not of ${few}`, () => {
      const disables = (count: number) =>
        verdicts({ people, totals: { ...noTotals, disables: count } });

      assert.deepEqual(disables(few), {});
      assert.deepEqual(disables(many), { disables: 'stop' });
    });
  }

  it('count what was done in the last 24 hours', () => {
    const totals = { ...noTotals, disables: 3 };

    assert.deepEqual(verdicts({ totals, lastDay: { ...noTotals, disables: 3 } }), {
      disables: 'stop',
    });
  });

  it('stop mass moves and mass changes of addresses', () => {
    const totals = { ...noTotals, moves: 6, keyAttributes: 6, updates: 6 };

    assert.deepEqual(verdicts({ totals }), { moves: 'stop', keyAttributes: 'stop' });
  });

  it('stop a read that is much shorter than the last, or empty', () => {
    const read = (records: number) => verdicts({ source: { ...source, records } });

    assert.deepEqual(read(95), {});
    assert.deepEqual(read(94), { 'source-size': 'stop' });
    assert.deepEqual(read(0), { 'source-size': 'stop' });
    const small = { ...source, records: 2 };
    assert.deepEqual(verdicts({ lastSource: small, source: { ...source, records: 0 } }), {
      'source-size': 'stop',
    });
  });

  it('do not take changes for a whole directory', () => {
    assert.deepEqual(verdicts({ did: 'changes', source: { ...source, records: 1 } }), {});
  });

  it('stop when an attribute that was read before is hidden from everybody', () => {
    assert.deepEqual(verdicts({ source: { ...source, columns: ['sn'] } }), {
      'source-shape': 'stop',
    });
  });

  it('do not miss an attribute that is no longer asked for, or is spelt in other letters', () => {
    assert.deepEqual(verdicts({ source: { ...source, columns: ['sn'] }, attributes: ['sn'] }), {});
    const spelt = ['Mail', 'SN'];
    assert.deepEqual(verdicts({ source: { ...source, columns: spelt }, attributes: spelt }), {});
  });

  it('stop another base or filter where it takes people away, and show it where it does not', () => {
    const other = { ...source, asked: 'b' };

    assert.deepEqual(verdicts({ source: other }), { 'source-question': 'review' });
    assert.deepEqual(verdicts({ source: other, totals: { ...noTotals, disables: 1 } }), {
      'source-question': 'stop',
    });
  });

  it('never take the last administrator', () => {
    const taking = (active: number) => verdicts({ administrators: { active, deactivated: 1 } });

    assert.deepEqual(taking(1), { 'last-administrator': 'stop' });
    assert.deepEqual(taking(2), { 'last-administrator': 'review' });
  });

  it('stop a run that changes nobody for what was read alone, and not where that is passed over', () => {
    const read = { ...source, records: 0, columns: ['sn'] };
    const administrators = { active: 1, deactivated: 1 };
    const totals = { ...noTotals, disables: 50 };
    const judged = judgeSync({ ...usual, source: read, administrators, totals });
    const stops = (guards: readonly ('source-size' | 'source-shape')[]) =>
      stopsOfSource(judged, { guards: [...guards], reason: 'cleared out' }).map(({ name }) => name);

    assert.deepEqual(stops([]), ['source-size', 'source-shape']);
    assert.deepEqual(stops(['source-size']), ['source-shape']);
    assert.equal(stopsOfSource(judged, undefined).length, 2);
  });

  it('have a person look at the first run of new settings', () => {
    assert.deepEqual(verdicts({ firstRun: true }), { 'first-run': 'review' });
  });
});
