// The specification of how directory syncs are spoken of.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SyncSettings } from '#domain/sync/settings.ts';
import type { Sync, SyncRun } from './queries.ts';
import {
  differencesOf,
  doesWords,
  firstLine,
  nameOfDn,
  plannedWords,
  progressOf,
  runState,
  stateOf,
  topOf,
} from './words.ts';

const at = '2026-11-02T09:00:00.000Z';
const place = { id: 1, target: 'user', dn: 'OU=York,DC=larkfield,DC=test' };
const aSync = (more: Partial<Sync> = {}, settings: object = {}): Sync => ({
  ...{ id: 1, connectionId: '', connection: 'AD Larkfield', deskConnectionId: null },
  ...{ clientId: null, active: true, warnings: [], nextAt: null, lastWholeAt: null },
  ...{ lastSyncedAt: null, lastError: null, version: 1, createdAt: at, updatedAt: at },
  settings: SyncSettings.parse({ name: 'People', places: [place], ...settings }),
  ...more,
});
const aRun = (state: string, counts: Partial<SyncRun['counts']>): SyncRun => ({
  ...{ id: '', syncId: 1, purpose: 'sync', asked: 'whole', did: null, wholeBecause: null, state },
  stopped: false,
  counts: { read: 0, changed: 0, matched: 0, planned: 0, expected: null, applied: null, ...counts },
  ...{ planId: null, applyRunId: null, sentence: '', code: null, references: [] },
  ...{ cancelledBy: null, startedBy: 'Rosa', createdAt: at, readAt: null, finishedAt: null },
});

describe('A directory sync', () => {
  it('is told in one line with the others, the one that failed by name', () => {
    assert.equal(firstLine([]), 'No directory is synchronised yet.');
    assert.equal(firstLine([aSync()]), '1 directory is synchronised.');
    assert.equal(
      firstLine([aSync(), aSync({ lastError: 'It is away.' })]),
      '2 directories are synchronised; People failed the last time.',
    );
  });

  it('says what it does and when', () => {
    assert.equal(
      doesWords(aSync({}, { schedule: { everyMinutes: 120 } })),
      'Reads 1 place of AD Larkfield; its people become users of this desk. It runs every 2 hours.',
    );
    assert.equal(
      doesWords(aSync({}, { places: [] })),
      'It reads nothing of AD Larkfield until it has a place. It runs by hand alone.',
    );
    assert.equal(stateOf(aSync({}, { places: [] })).word, 'has no places yet');
    assert.equal(stateOf(aSync({ lastError: 'It is away.' })).tone, 'failed');
  });

  it('says how far a run is, and how long it may still take', () => {
    const counts = { read: 10_000, expected: 40_000, matched: 9_000, planned: 1 };
    const reading = progressOf(aRun('reading', counts), Date.parse(at) + 60_000);

    assert.equal(
      reading.sentence.replaceAll('\u202f', ' '),
      '10 000 of about 40 000 read, 9 000 known in the desk, 1 change planned. About 3 minutes left.',
    );
    assert.equal(reading.share, 0.25);
    assert.equal(progressOf(aRun('reading', { read: 5 }), Date.parse(at)).share, null);
    assert.equal(progressOf(aRun('applying', { planned: 4, applied: 1 }), 0).share, 0.25);
  });

  it('says of a plan that waits whether somebody or a guard holds it', () => {
    const waiting = { ...aRun('planned', {}), sentence: '1 created.' };
    const stopped = { ...waiting, stopped: true };

    assert.deepEqual(runState(waiting), { tone: 'waiting', word: 'waits for a yes' });
    assert.deepEqual(runState(stopped), { tone: 'failed', word: 'stopped by a guard' });
    assert.equal(plannedWords(waiting), '1 created. Nothing is written until somebody approves.');
    assert.match(plannedWords(stopped), /A guard stops it.* with a reason\.$/);
  });

  it('shows what differs field by field, and a container by its name', () => {
    const sides = { before: { title: ['Clerk'] }, after: { title: [], siteId: ['12'] } };

    assert.deepEqual(differencesOf(sides), [
      { field: 'title', before: 'Clerk', after: '' },
      { field: 'siteId', before: '', after: '12' },
    ]);
    assert.deepEqual(differencesOf({ before: null, after: 'x' }), []);
    assert.equal(nameOfDn('OU=York\\, north,DC=test'), 'York, north');
    assert.equal(nameOfDn('DC=ad,DC=larkfield,DC=test'), 'ad.larkfield.test');
  });

  it('has as the top of a list those whose parent is not in it', () => {
    const [people, york, groups] = ['OU=People,DC=test', 'ou=York,ou=people,dc=test', 'OU=Groups'];
    const all = [york, people, groups].map((dn) => ({ dn }));

    assert.deepEqual(
      topOf(all).map(({ dn }) => dn),
      [people, groups],
    );
  });
});
