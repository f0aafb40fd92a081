import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Change } from '#domain/change.ts';
import type { Db } from '#store/db.ts';
import {
  anAutomationOn,
  approvedRun,
  aStage,
  aWorld,
  outcomesOf,
  type Stage,
} from '#test/automation/stage.ts';
import { bookOf } from './book.ts';
import { findPeople, type RunFacts } from './work.ts';

const count = 8;

describe('The book of a run', () => {
  let stage: Stage;
  before(async () => {
    stage = await aStage(
      aWorld(Array.from({ length: count }, (_, at) => ({ id: at + 1, surname: `M${at + 1}` }))),
    );
  });
  after(() => stage[Symbol.asyncDispose]());

  it('takes what is written at the same time as one statement, and tells those who watch', async () => {
    const { run, creations } = await begun();
    const { db, statements } = counted(stage.database.db);
    const book = bookOf(db, run, stage.ports.clock);

    await Promise.all(creations.map((change) => book.lookUp(change)));
    await Promise.all(creations.map((change) => book.intend({ change, first: true })));
    await Promise.all(
      creations.map((change) =>
        book.settle({ change, outcome: { result: 'skipped', because: 'the test says so' } }),
      ),
    );

    assert.equal(statements(), 3);
    const outcomes = await outcomesOf(stage, run.id);
    assert.deepEqual(
      outcomes.filter(({ result }) => result === 'skipped').map(({ because }) => because),
      Array(count).fill('the test says so'),
    );
    const intents = await stage.database.db
      .selectFrom('audit_entries')
      .select('id')
      .where('run_id', '=', run.id)
      .where('outcome', '=', 'intent')
      .execute();
    assert.equal(intents.length, count);
  });

  it('writes an outcome with all that belongs to it, or nothing of it', async () => {
    const { run, creations } = await begun();
    const book = bookOf(stage.database.db, run, stage.ports.clock);
    const outcome = { result: 'done', targetId: 'a-1' } as const;

    const written = await Promise.allSettled(
      creations.map((change, at) =>
        book.settle({
          change,
          outcome,
          also: async () => {
            if (at === 2) throw new Error('no');
          },
        }),
      ),
    );

    assert.deepEqual(
      written.map(({ status }) => status === 'rejected'),
      creations.map((_, at) => at === 2),
    );
    const outcomes = await outcomesOf(stage, run.id);
    assert.equal(outcomes.filter(({ result }) => result === 'done').length, count - 1);
    const entries = await stage.database.db
      .selectFrom('audit_entries')
      .select('id')
      .where('run_id', '=', run.id)
      .where('action', '=', 'account.created')
      .execute();
    assert.equal(entries.length, count - 1);
  });

  it('never unsettles what was settled', async () => {
    const { run, creations } = await begun();
    const book = bookOf(stage.database.db, run, stage.ports.clock);
    const [change] = creations;
    assert.ok(change !== undefined);
    await book.settle({ change, outcome: { result: 'done', targetId: 'a-1' } });

    const again = book.settle({ change, outcome: { result: 'skipped', because: 'late' } });

    await assert.rejects(again, /is settled and stays as it is/);
  });

  async function begun(): Promise<{ run: RunFacts; creations: readonly Change[] }> {
    const automation = await anAutomationOn(stage);
    const runId = await approvedRun(stage, automation.id);
    const keys = Array.from({ length: count }, (_, at) => `${at + 1}`);
    const found = await findPeople(stage.database.db, runId, keys);
    assert.ok(found !== undefined);
    const creations = found.people.flatMap(([first]) => first?.change ?? []);
    assert.equal(creations.length, count);
    return { run: found.run, creations };
  }
});

function counted(db: Db): { readonly db: Db; readonly statements: () => number } {
  let statements = 0;
  const counting = db.withPlugin({
    transformQuery({ node }) {
      statements += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  return { db: counting, statements: () => statements };
}
