// Where planned people go: what a report of differences makes of many who are withdrawn at once.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { newId } from '#lib/ids.ts';
import type { Db } from '#store/db.ts';
import { aSyncStage } from '#test/sync/stage.ts';
import { driftSink } from './sinks.ts';

describe('A report of what differs', () => {
  it('takes out a thousand people in as many statements as one', async () => {
    await using stage = await aSyncStage({
      open: () => Promise.reject(new Error('nothing is read here')),
      settings: {},
    });
    const { db } = stage.database;
    const runId = newId(stage.now);
    await db
      .insertInto('sync_runs')
      .values({
        ...{ id: runId, sync_id: stage.syncId, purpose: 'drift', state: 'reading' },
        ...{ asked: 'whole', created_at: stage.now },
        ...{ started_by_kind: 'agent', started_by_id: '1', started_by: 'Rosa Almeida' },
      })
      .execute();
    const counted = counting(db);
    const sink = driftSink({ db: counted.db }, { id: runId, attempt: 0 });

    await sink.withdraw(notes(1));
    const ofOne = counted.count();
    await sink.withdraw(notes(1_000));

    assert.equal(counted.count() - ofOne, ofOne);
    const rows = await db.selectFrom('sync_drift').select(['kind', 'sentence']).execute();
    assert.equal(rows.length, 1_001);
  });
});

function notes(count: number) {
  return Array.from({ length: count }, () => {
    const personKey = `user:${randomUUID()}`;
    const note = {
      ...{ personKey, personName: 'Maya Ridge', situation: 'disputed' as const },
      ...{ sentence: 'They share an address.', code: 'sync.several-entries' as const },
    };
    return { personKey, note };
  });
}

/** Counts the statements that are made through it. */
function counting(db: Db): { readonly db: Db; count(): number } {
  let count = 0;
  return {
    db: db.withPlugin({
      transformQuery({ node }) {
        count += 1;
        return node;
      },
      transformResult: async ({ result }) => result,
    }),
    count: () => count,
  };
}
