import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import {
  anAutomationOn,
  applied,
  approveAndStart,
  approvedRun,
  aStage,
  aWorld,
  ended,
  outcomesOf,
  resultsOf,
  rosa,
} from '#test/automation/stage.ts';
import { ad, containers, halo } from '#test/planning/larkfield.ts';
import { forgetLink } from './links.ts';
import { planAutomation } from './plan.ts';
import { startRun } from './start-run.ts';

const unreachable = () =>
  new DirectoryRefusal('directory.unreachable', 'The directory does not answer.', true);
const [, porto] = containers;

describe('A starter', () => {
  it('becomes an account in the groups, and the ticket is told', async () => {
    const world = aWorld([{ id: 1, title: '4711' }]);
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage, { webhook: {} });

    const runId = await applied(stage, automation.id);

    assert.deepEqual(resultsOf(await outcomesOf(stage, runId)), [
      'create done',
      'add-member done',
      'add-member done',
      'add-member done',
      'tell done',
    ]);
    const [account] = [...world.directory.accounts.values()];
    assert.equal(account?.account.attributes.sAMAccountName?.[0], 'ines.marlow');
    assert.equal(account?.account.groupIds.length, 3);
    const [told] = world.application.sent;
    assert.equal(told?.url, 'https://halo.larkfield.test/api/Tickets');
    assert.match(told?.body?.text ?? '', /^\[\{"id": 4711, "details": "New starters/);
  });

  it('has nothing to be done for them once the plan is applied', async () => {
    await using stage = await aStage(aWorld());
    const automation = await anAutomationOn(stage);
    await applied(stage, automation.id);

    const again = await planAutomation(stage.ports, automation.id, { actor: rosa });

    assert.equal(again.changeCount, 0);
  });

  it('gets the next name of the plan when the first was taken in the meantime', async () => {
    const world = aWorld();
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    const runId = await approvedRun(stage, automation.id);
    world.directory.addAccount(`CN=Somebody,${porto}`, { sAMAccountName: ['ines.marlow'] });

    await using _workers = await stage.work();
    await ended(stage, runId);

    const [created] = await outcomesOf(stage, runId);
    assert.equal(created?.result, 'done');
    assert.match(created?.because ?? '', /the first names were taken/);
    const account = world.directory.accounts.get(created?.targetId ?? '');
    assert.equal(account?.account.attributes.sAMAccountName?.[0], 'i.marlow2');
  });

  it('is refused with a sentence when every name of the plan is taken by then', async () => {
    const world = aWorld();
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    const runId = await approvedRun(stage, automation.id);
    world.directory.fault = (write) => {
      if (!write.startsWith('createAccount')) return;
      throw new DirectoryRefusal('name.taken', 'The name is taken.', false);
    };

    await using _workers = await stage.work();
    await ended(stage, runId);

    const outcomes = await outcomesOf(stage, runId);
    assert.equal(outcomes[0]?.code, 'name.taken');
    assert.match(outcomes[0]?.because ?? '', /make a new plan/);
    assert.deepEqual(
      outcomes.slice(1).map(({ code }) => code),
      ['change.blocked', 'change.blocked', 'change.blocked'],
    );
    assert.equal(stage.notices.at(-1)?.event, 'run.failed');
    assert.match(stage.notices.at(-1)?.sentence ?? '', /Ines Marlow/);
  });

  it('is adopted, not made twice, when the answer to the creation was lost', async () => {
    const world = aWorld();
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    let losses = 0;
    world.directory.lost = () => {
      losses += 1;
      if (losses === 1) throw unreachable();
    };

    const runId = await applied(stage, automation.id);

    assert.equal(world.directory.accounts.size, 1);
    const [created] = await outcomesOf(stage, runId);
    assert.equal(created?.result, 'done');
    assert.equal(created?.because, 'found created after an interruption');
  });

  it('is not mistaken for a stranger at the same place', async () => {
    const world = aWorld();
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    let first = true;
    world.directory.fault = (write) => {
      if (!first || !write.startsWith('createAccount')) return;
      first = false;
      world.directory.addAccount(`CN=Ines Marlow,${porto}`, { sAMAccountName: ['stranger'] });
      throw unreachable();
    };

    const runId = await applied(stage, automation.id);

    const [created] = await outcomesOf(stage, runId);
    const account = world.directory.accounts.get(created?.targetId ?? '');
    assert.equal(created?.result, 'done');
    assert.match(account?.account.dn ?? '', /^CN=Ines Marlow 2,/);
    assert.equal(world.directory.accounts.size, 2);
  });

  it('gets one account when two plans made at the same time are both applied', async () => {
    const world = aWorld();
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    const plans = [
      await planAutomation(stage.ports, automation.id, { actor: rosa }),
      await planAutomation(stage.ports, automation.id, { actor: rosa }),
    ];
    const runs = await Promise.all(plans.map((plan) => approveAndStart(stage, plan)));

    await using _workers = await stage.work(8);
    for (const run of runs) await ended(stage, run);

    assert.equal(world.directory.accounts.size, 1);
    const results = await Promise.all(runs.map((run) => outcomesOf(stage, run)));
    assert.deepEqual(results.map(([created]) => created?.result).toSorted(), ['conflict', 'done']);
  });
});

describe('A link', () => {
  it('outlives the account, and a person settles by hand that it shall be forgotten', async () => {
    const world = aWorld();
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    await applied(stage, automation.id);
    world.directory.accounts.clear();
    const planned = () => planAutomation(stage.ports, automation.id, { actor: rosa });
    const disputed = await planned();

    const link = { personKey: '1', sourceConnectionId: halo, directoryConnectionId: ad };
    await forgetLink(stage.ports.db, link, rosa);

    assert.equal(disputed.changeCount, 0);
    assert.equal((await planned()).changeCount, 4);
  });
});

describe('A directory', () => {
  it('that goes away in the middle of a run is waited for, and every outcome is recorded', async () => {
    const world = aWorld(
      Array.from({ length: 12 }, (_, at) => ({ id: at + 1, surname: `M${at}` })),
    );
    await using stage = await aStage(world, { retryDelaysMs: Array(20).fill(50) });
    const automation = await anAutomationOn(stage);
    let writes = 0;
    world.directory.fault = () => {
      writes += 1;
      if (writes > 10 && writes < 40) throw unreachable();
    };

    const runId = await applied(stage, automation.id);

    const outcomes = await outcomesOf(stage, runId);
    assert.equal(outcomes.length, 48);
    assert.deepEqual([...new Set(outcomes.map(({ result }) => result))], ['done']);
    assert.equal(world.directory.accounts.size, 12);
  });

  it('that stays away fails the change after so many attempts, and what needed it is not tried', async () => {
    const world = aWorld();
    await using stage = await aStage(world, { retryDelaysMs: [1, 1] });
    const automation = await anAutomationOn(stage);
    world.directory.fault = () => {
      throw unreachable();
    };

    const runId = await applied(stage, automation.id);

    assert.equal(world.directory.writes.length, 3);
    const [created, ...others] = await outcomesOf(stage, runId);
    assert.equal(created?.result, 'failed');
    assert.equal(created?.because, 'The directory does not answer.');
    assert.ok(others.every(({ code }) => code === 'change.blocked'));
  });

  it('that refuses a password says so in the outcome, and the password is forgotten', async () => {
    const world = aWorld();
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    world.directory.fault = () => {
      throw new DirectoryRefusal(
        'password.refused',
        'The password does not fit the policy.',
        false,
      );
    };

    const runId = await applied(stage, automation.id);

    const [created] = await outcomesOf(stage, runId);
    assert.equal(created?.code, 'password.refused');
    const intents = await stage.database.db.selectFrom('intents').selectAll().execute();
    assert.deepEqual(
      intents.map(({ sealed_password }) => sealed_password),
      [null],
    );
  });
});

describe('A change', () => {
  it('is skipped when it is already so', async () => {
    const world = aWorld([{ id: 1, email: 'ines.marlow@larkfield.test', inactive: true }]);
    const ines = world.directory.addAccount(`CN=Ines Marlow,${porto}`, {
      mail: ['ines.marlow@larkfield.test'],
    });
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    const runId = await approvedRun(stage, automation.id);
    const directory = await world.openDirectory();
    await directory.setEnabled(ines.id, true, false);

    await using _workers = await stage.work();
    await ended(stage, runId);

    assert.deepEqual(resultsOf(await outcomesOf(stage, runId)), ['disable skipped']);
  });

  it('is a conflict when somebody changed the value since', async () => {
    const world = aWorld([
      { id: 1, email: 'ines.marlow@larkfield.test', title: 'Head of Quality' },
    ]);
    const ines = world.directory.addAccount(`CN=Ines Marlow,${porto}`, {
      mail: ['ines.marlow@larkfield.test'],
      title: ['Quality Engineer'],
    });
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    const runId = await approvedRun(stage, automation.id);
    const directory = await world.openDirectory();
    await directory.updateAccount(
      ines.id,
      { title: ['Quality Engineer'] },
      { title: ['Director'] },
    );

    await using _workers = await stage.work();
    await ended(stage, runId);

    const [updated] = await outcomesOf(stage, runId);
    assert.equal(updated?.result, 'conflict');
    assert.match(updated?.because ?? '', /title was changed since/);
    assert.deepEqual(world.directory.accounts.get(ines.id)?.account.attributes.title, ['Director']);
  });

  it('is left alone when its account has become protected since the plan', async () => {
    const world = aWorld([{ id: 1, email: 'ines.marlow@larkfield.test', inactive: true }]);
    const ines = world.directory.addAccount(`CN=Ines Marlow,${porto}`, {
      mail: ['ines.marlow@larkfield.test'],
    });
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    const runId = await approvedRun(stage, automation.id);
    const directory = await world.openDirectory();
    await directory.updateAccount(ines.id, {}, { adminCount: ['1'] });

    await using _workers = await stage.work();
    await ended(stage, runId);

    const [disabled] = await outcomesOf(stage, runId);
    assert.equal(disabled?.result, 'conflict');
    assert.equal(world.directory.accounts.get(ines.id)?.account.enabled, true);
  });

  it('is written down as intended before it is made, and every outcome has its audit entry', async () => {
    await using stage = await aStage(aWorld());
    const automation = await anAutomationOn(stage);

    const runId = await applied(stage, automation.id);

    const entries = await stage.database.db
      .selectFrom('audit_entries')
      .select(['action', 'outcome'])
      .where('run_id', '=', runId)
      .orderBy('id')
      .execute();
    assert.deepEqual(
      entries.map(({ action, outcome }) => `${action} ${outcome}`),
      [
        'run.started done',
        'account.created intent',
        'account.created done',
        ...Array(3).fill(['group.member-added intent', 'group.member-added done']).flat(),
      ],
    );
  });
});

describe('A plan', () => {
  it('is applied once, however many ask for it at the same time', async () => {
    await using stage = await aStage(aWorld());
    const automation = await anAutomationOn(stage);
    const plan = await planAutomation(stage.ports, automation.id, { actor: rosa });
    await approveAndStart(stage, plan);

    const others = await Promise.allSettled(
      Array.from({ length: 4 }, () => startRun(stage.ports, plan.id, rosa)),
    );

    assert.ok(others.every(({ status }) => status === 'rejected'));
    const runs = await stage.database.db.selectFrom('runs').select('id').execute();
    assert.equal(runs.length, 1);
  });

  it('is worked on by two workers, and no person by both', async () => {
    const people = Array.from({ length: 30 }, (_, at) => ({ id: at + 1, surname: `M${at}` }));
    const world = aWorld(people);
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    const runId = await approvedRun(stage, automation.id);

    await using _one = await stage.work();
    await using _other = await stage.work();
    await ended(stage, runId);

    assert.equal(world.directory.accounts.size, 30);
    const created = world.directory.writes.filter((write) => write.startsWith('createAccount'));
    assert.equal(created.length, 30);
  });
});
