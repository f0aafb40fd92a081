import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pg from 'pg';
import { ApplicationRefusal } from '#domain/ports/application.ts';
import { Problem } from '#domain/problem.ts';
import {
  anAutomationOn,
  applied,
  approvedRun,
  aStage,
  aWebhookOn,
  aWorld,
  ended,
  outcomesOf,
  rosa,
  type Stage,
} from '#test/automation/stage.ts';
import { anAnswer } from '#test/faults/memory-application.ts';
import { containers } from '#test/planning/larkfield.ts';
import { endAbandonedTests } from './abandoned-tests.ts';
import { preconfiguredWebhooks } from './preconfigured.ts';
import { getRun } from './run-view.ts';
import { tellDeliverer } from './tell.ts';
import { testWebhook } from './try-webhook.ts';

const [, porto] = containers;
const signal = new AbortController().signal;
const note = preconfiguredWebhooks.find(({ name }) => name === 'HALO add note to ticket');

describe('A ticket', () => {
  it('is told what was done only after it is done, with values that cannot leave their place', async () => {
    const world = aWorld([{ id: 1, title: '4711', surname: 'Marlow "; drop' }]);
    await using stage = await aStage(world);
    const text = '[{"id": {id}, "note": "%surname% has %ad.sAMAccountName%: %act.summary%"}]';
    const request = { method: 'POST' as const, url: 'https://{Host-Name}/api/Tickets' };
    const body = { kind: 'json' as const, text };
    const automation = await anAutomationOn(stage, {
      webhook: { request: { ...request, headers: [], parameters: [], body } },
    });
    world.application.answer = () => {
      assert.equal(world.directory.accounts.size, 1);
      return anAnswer(201, { id: 4711 });
    };

    const runId = await applied(stage, automation.id);

    const [told] = world.application.sent;
    const [sent] = JSON.parse(told?.body?.text ?? '[]');
    assert.equal(sent.id, 4711);
    assert.match(sent.note, /^Marlow "; drop has ines.marlow/);
    assert.equal((await outcomesOf(stage, runId)).at(-1)?.result, 'done');
  });

  it('is not told when the account did not come about', async () => {
    const world = aWorld([{ id: 1, title: '4711' }]);
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage, { webhook: {} });
    world.directory.fault = () => {
      throw new Error('an unforeseen failure');
    };

    const runId = await applied(stage, automation.id);

    assert.deepEqual(world.application.sent, []);
    const outcomes = await outcomesOf(stage, runId);
    assert.equal(outcomes[0]?.code, 'hub.failed');
    assert.doesNotMatch(outcomes[0]?.because ?? '', /unforeseen/);
    assert.equal(outcomes.at(-1)?.code, 'change.blocked');
  });

  it('that Halo does not take is a failed outcome with what Halo said, and the account stays', async () => {
    const world = aWorld([{ id: 1, title: '4711' }]);
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage, { webhook: {} });
    world.application.answer = () => anAnswer(400, { Message: 'No such status.' });

    const runId = await applied(stage, automation.id);

    const told = (await outcomesOf(stage, runId)).at(-1);
    assert.equal(told?.code, 'application.refused');
    assert.match(told?.because ?? '', /400.*No such status/);
    const run = await getRun(stage.ports.db, runId, rosa, stage.now);
    assert.equal(run.state, 'failed');
    assert.equal(run.counts.done, 4);
  });

  it('waits while Halo is busy, and the run says until when', async () => {
    const world = aWorld([{ id: 1, title: '4711' }]);
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage, { webhook: {} });
    world.application.answer = () => {
      throw new ApplicationRefusal('application.busy', 'Halo is busy.', true);
    };

    const runId = await approvedRun(stage, automation.id);
    await using _workers = await stage.work();
    let run = await getRun(stage.ports.db, runId, rosa, stage.now);
    while (run.counts.waiting === 0) {
      await new Promise((wake) => setTimeout(wake, 20));
      run = await getRun(stage.ports.db, runId, rosa, stage.now);
    }

    assert.equal(run.state, 'waiting');
    assert.match(run.sentence, /1 waits until \d\d:\d\d UTC/);
    assert.equal(run.outcomes.at(-1)?.because, 'Halo is busy.');
    world.application.answer = () => anAnswer(201, {});
    await ended(stage, runId);
    assert.equal((await outcomesOf(stage, runId)).at(-1)?.result, 'done');
  });

  it('gets a note once, though the answer to it was lost', async () => {
    assert.ok(note !== undefined);
    const world = aWorld([{ id: 1, title: '4711' }]);
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage, {
      webhook: { ...note, state: 'active', target: '%title%' },
    });
    const notes: unknown[] = [];
    world.application.answer = ({ method, body }) => {
      if (method === 'GET') return anAnswer(200, { actions: notes });
      notes.push(...JSON.parse(body?.text ?? '[]'));
      throw new ApplicationRefusal('application.unreachable', 'The answer was lost.', true);
    };
    const runId = await approvedRun(stage, automation.id);

    await using _workers = await stage.work();
    await ended(stage, runId);

    assert.equal(notes.length, 1);
    const told = (await outcomesOf(stage, runId)).at(-1);
    assert.equal(told?.because, 'it had arrived already');
  });

  it('that was told already is not told again when its letter comes twice', async () => {
    const world = aWorld([{ id: 1, title: '4711' }]);
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage, { webhook: {} });
    const runId = await applied(stage, automation.id);
    const letter = await stage.database.db
      .selectFrom('outbox')
      .select(['payload', 'key'])
      .where('kind', '=', 'automation.tell')
      .executeTakeFirstOrThrow();

    await tellDeliverer(stage.ports)(letter.payload, { attempt: 2, key: letter.key, signal });

    assert.equal(world.application.sent.length, 1);
    assert.equal((await outcomesOf(stage, runId)).at(-1)?.result, 'done');
  });
});

describe('The test of an outbound webhook', () => {
  const base = { columns: { title: '4711' }, confirm: true, save: true };

  function refused(code: string) {
    return (error: unknown) => error instanceof Problem && error.code === code;
  }

  it('really sends it for the chosen person, as a plan and run of one change, and saves the draft', async () => {
    const world = aWorld();
    world.directory.addAccount(`CN=Hugo Prat,${porto}`, {
      sAMAccountName: ['hugo.prat'],
      mail: ['hugo.prat@larkfield.test'],
    });
    await using stage = await aStage(world);
    const body = { kind: 'json' as const, text: '[{"id": {id}, "email": "%ad.mail%"}]' };
    const request = { method: 'POST' as const, url: 'https://{Host-Name}/api/Tickets' };
    const webhook = await aWebhookOn(stage, {
      state: 'draft',
      request: { ...request, headers: [], parameters: [], body },
    });
    world.application.answer = () => anAnswer(201, { id: 4711, new_password: 'hunter2' });

    const tested = await testWebhook(
      stage.ports,
      webhook.id,
      { ...base, person: 'hugo.prat' },
      rosa,
      signal,
    );

    assert.equal(world.application.sent.length, 1);
    assert.equal(tested.request.body, '[{"id": 4711, "email": "hugo.prat@larkfield.test"}]');
    assert.doesNotMatch(JSON.stringify(tested), /hunter2/);
    const run = await getRun(stage.ports.db, tested.runId, rosa, stage.now);
    assert.equal(run.state, 'finished');
    const row = await stage.database.db
      .selectFrom('definitions')
      .select('state')
      .where('id', '=', webhook.id)
      .executeTakeFirstOrThrow();
    assert.equal(row.state, 'active');
  });

  it('asks for a confirmation first, and sends nothing without', async () => {
    const world = aWorld();
    await using stage = await aStage(world);
    const webhook = await aWebhookOn(stage, {});

    await assert.rejects(
      testWebhook(stage.ports, webhook.id, { ...base, confirm: false }, rosa, signal),
      refused('webhook.unconfirmed'),
    );
    assert.deepEqual(world.application.sent, []);
  });

  it('refuses an empty {id}, and somebody whom the directory does not know', async () => {
    const world = aWorld();
    await using stage = await aStage(world);
    const webhook = await aWebhookOn(stage, { target: '' });
    const known = await aWebhookOn(stage, {});

    await assert.rejects(
      testWebhook(stage.ports, webhook.id, base, rosa, signal),
      refused('macro.empty'),
    );
    await assert.rejects(
      testWebhook(stage.ports, known.id, { ...base, person: 'nobody.here' }, rosa, signal),
      refused('webhook.nobody'),
    );
    assert.deepEqual(world.application.sent, []);
  });

  it('keeps a failed run when the application cannot be reached', async () => {
    const world = aWorld();
    await using stage = await aStage(world);
    const webhook = await aWebhookOn(stage, { state: 'draft' });
    world.application.answer = () => {
      throw new ApplicationRefusal('application.unreachable', 'Halo does not answer.', true);
    };

    await assert.rejects(
      testWebhook(stage.ports, webhook.id, base, rosa, signal),
      refused('application.refused'),
    );
    const runs = await stage.database.db.selectFrom('runs').select('finished_at').execute();
    assert.equal(runs.length, 1);
    assert.notEqual(runs[0]?.finished_at, null);
  });

  it('that died with its hub is ended as interrupted, and not sent again', async () => {
    const world = aWorld();
    await using stage = await aStage(world);
    const webhook = await aWebhookOn(stage, {});
    world.application.answer = async () => {
      await asOwner(stage, 'alter table outcomes rename to outcomes_gone');
      return anAnswer(201, {});
    };
    await assert.rejects(testWebhook(stage.ports, webhook.id, base, rosa, signal));
    await asOwner(stage, 'alter table outcomes_gone rename to outcomes');
    stage.now = new Date(Date.now() + 3_600_000);

    await endAbandonedTests(stage.ports);

    const [run] = await stage.database.db.selectFrom('runs').select('id').execute();
    const [outcome] = await outcomesOf(stage, run?.id ?? '');
    assert.equal(outcome?.code, 'hub.interrupted');
    assert.equal(world.application.sent.length, 1);
  });
});

/** The hub's own role may not rename a table. */
async function asOwner({ database }: Stage, statement: string): Promise<void> {
  const connectionString = database.ownerConnectionString.reveal();
  const owner = new pg.Client({ connectionString });
  await owner.connect();
  await owner.query(statement);
  await owner.end();
}
