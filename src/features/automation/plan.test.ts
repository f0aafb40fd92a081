import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApplicationRefusal } from '#domain/ports/application.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { Problem } from '#domain/problem.ts';
import {
  anAutomationOn,
  applied,
  aStage,
  aWorld,
  rosa,
  type Stage,
} from '#test/automation/stage.ts';
import { aRow } from '#test/planning/larkfield.ts';
import { explainPerson } from './explain.ts';
import { planAutomation } from './plan.ts';
import { getPlan } from './plan-view.ts';
import { enqueueDue, planOnSchedule } from './schedule.ts';

const minuteMs = 60_000;

function refused(code: string) {
  return (error: unknown) => error instanceof Problem && error.code === code;
}

async function planned(stage: Stage, automationId: string, person?: string) {
  const { id } = await planAutomation(stage.ports, automationId, { actor: rosa, person });
  return getPlan(stage.ports.db, id, rosa, stage.now);
}

describe('A plan', () => {
  it('is kept with its changes, people, guards and hash, and writes nothing', async () => {
    const world = aWorld([{ id: 1 }, { id: 2, surname: 'Moreau', department: 'Nowhere' }]);
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);

    const plan = await planned(stage, automation.id);

    assert.equal(plan.state, 'waiting');
    assert.match(plan.sentence, /Creates 2 accounts.*Nothing is written until you approve\.$/);
    assert.deepEqual(
      plan.people.map(({ name, group }) => [name, group]),
      [
        ['Ines Marlow', 'starter'],
        ['Ines Moreau', 'starter'],
      ],
    );
    assert.equal(plan.people[1]?.notes[0]?.code, 'group.unknown');
    assert.equal(plan.changeCount, plan.changes.length);
    assert.match(plan.hash, /^[0-9a-f]{64}$/);
    assert.ok(
      plan.guards.some(({ name, verdict }) => name === 'first-run' && verdict === 'review'),
    );
    assert.deepEqual(world.directory.writes, []);
    assert.equal(stage.notices[0]?.event, 'plan.waits');
  });

  it('speaks of two records for one person, and leaves that person alone', async () => {
    await using stage = await aStage(aWorld([{ id: 1 }, { id: 1, title: 'Director' }]));
    const automation = await anAutomationOn(stage);

    const plan = await planned(stage, automation.id);

    assert.equal(plan.state, 'empty');
    assert.deepEqual(
      plan.people.map(({ group, notes }) => [group, notes[0]?.code]),
      [['disputed', 'record.duplicate']],
    );
  });

  it('can be of one person alone, and of nobody unknown', async () => {
    await using stage = await aStage(aWorld([{ id: 1 }, { id: 2, surname: 'Moreau' }]));
    const automation = await anAutomationOn(stage);

    const plan = await planned(stage, automation.id, '2');

    assert.deepEqual(
      plan.people.map(({ key }) => key),
      ['2'],
    );
    await assert.rejects(planned(stage, automation.id, '99'), refused('person.unknown'));
  });

  it('keeps text that COPY would trip over as it is', async () => {
    const surname = 'Mar\\low\t"x"\nLine';
    await using stage = await aStage(aWorld([{ id: 1, surname }]));
    const automation = await anAutomationOn(stage);

    const plan = await planned(stage, automation.id);

    assert.equal(plan.people[0]?.name, `Ines ${surname}`);
    assert.deepEqual(plan.changes[0]?.after.sn, [surname]);
  });

  it('of a large source is read in pages', async () => {
    const rows = Array.from({ length: 700 }, (_, at) => ({ id: at + 1, surname: `M${at}` }));
    await using stage = await aStage(aWorld(rows));
    const automation = await anAutomationOn(stage);

    const plan = await planned(stage, automation.id);

    assert.equal(plan.changeCount, 2_800);
    assert.equal(plan.changes.length, 2_000);
    assert.equal(plan.next, '1999');
  });
});

describe('A look that fails', () => {
  const faults: readonly (readonly [string, ApplicationRefusal])[] = [
    ['Halo refuses the credentials', new ApplicationRefusal('credentials.refused', 'No.', false)],
    ['Halo gives half a page', new ApplicationRefusal('answer.incomplete', 'Half.', true)],
    ['Halo answers HTML', new ApplicationRefusal('answer.malformed', 'HTML.', true)],
  ];
  for (const [title, refusal] of faults) {
    it(`because ${title} keeps nothing and says so`, async () => {
      const world = aWorld([{ id: 1 }]);
      await using stage = await aStage(world);
      const automation = await anAutomationOn(stage);
      world.application.fault = () => {
        throw refusal;
      };

      await assert.rejects(planned(stage, automation.id), (error: unknown) => {
        assert.ok(error instanceof Problem);
        assert.equal(error.code, 'source.unreadable');
        assert.match(error.message, /nothing was planned/);
        assert.equal(error.values.cause, refusal.code);
        return true;
      });
      const plans = await stage.database.db.selectFrom('plans').select('id').execute();
      assert.deepEqual(plans, []);
    });
  }

  it('because the directory is gone keeps nothing and names it', async () => {
    const world = aWorld();
    await using stage = await aStage({
      openApplication: world.openApplication,
      openDirectory: async () => {
        throw new DirectoryRefusal('directory.unreachable', 'It does not answer.', true);
      },
    });
    const automation = await anAutomationOn(stage);

    await assert.rejects(planned(stage, automation.id), /AD Larkfield could not be read/);
    const plans = await stage.database.db.selectFrom('plans').select('id').execute();
    assert.deepEqual(plans, []);
  });

  it('half-way through the source disables nobody', async () => {
    const people = Array.from({ length: 600 }, (_, at) => ({ id: at + 1, surname: `M${at}` }));
    const world = aWorld(people);
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    let pages = 0;
    world.application.fault = () => {
      pages += 1;
      if (pages === 2) throw new ApplicationRefusal('answer.incomplete', 'Short.', true);
    };

    await assert.rejects(planned(stage, automation.id), refused('source.unreadable'));
  });
});

describe('A source that shrank', () => {
  it('stops the plan, with its arithmetic', async () => {
    const people = Array.from({ length: 20 }, (_, at) => ({ id: at + 1, surname: `M${at}` }));
    const world = aWorld(people);
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    await applied(stage, automation.id);
    world.application.rows = [aRow({ id: 21, surname: 'New' })];

    const plan = await planned(stage, automation.id);

    assert.equal(plan.state, 'stopped');
    const guard = plan.guards.find(({ name }) => name === 'source-size');
    assert.match(guard?.sentence ?? '', /has 1 people where it had 20/);
  });
});

describe('An explanation', () => {
  it('goes from fetch to decision, and writes nothing anywhere', async () => {
    const world = aWorld();
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);

    const lines = await explainPerson(stage.ports, automation.id, '1', rosa);

    assert.deepEqual(
      [...new Set(lines.map(({ step }) => step))],
      ['fetch', 'join', 'scope', 'match', 'mapping', 'decision'],
    );
    const plans = await stage.database.db.selectFrom('plans').select('id').execute();
    assert.deepEqual(plans, []);
    assert.deepEqual(world.directory.writes, []);
  });
});

describe('A schedule', () => {
  const everyMinute = {
    automation: { trigger: { kind: 'schedule' as const, cron: '* * * * *', timeZone: 'UTC' } },
  };

  it('plans when its minute comes, once though two hubs look', async () => {
    await using stage = await aStage(aWorld());
    await anAutomationOn(stage, everyMinute);
    await enqueueDue(stage.ports);
    stage.now = new Date(Date.now() + 2 * minuteMs);

    await Promise.all([enqueueDue(stage.ports), enqueueDue(stage.ports)]);

    const { rows } = await stage.database.pool.query(
      "select 1 from graphile_worker.jobs where task_identifier = 'automation.plan-on-schedule'",
    );
    assert.equal(rows.length, 1);
  });

  it('waits for a yes by hand the first time, and tells of it once while that plan waits', async () => {
    await using stage = await aStage(aWorld());
    const automation = await anAutomationOn(stage, everyMinute);
    const { signal } = new AbortController();

    await planOnSchedule(stage.ports, automation.id, signal);
    await planOnSchedule(stage.ports, automation.id, signal);

    const runs = await stage.database.db.selectFrom('runs').select('id').execute();
    assert.deepEqual(runs, []);
    const plans = await stage.database.db.selectFrom('plans').select('state').execute();
    assert.deepEqual(plans.map(({ state }) => state).toSorted(), ['rejected', 'waiting']);
    assert.deepEqual(
      stage.notices.map(({ event }) => event),
      ['plan.waits'],
    );
  });

  it('does not plan while a run of the same automation is still at work', async () => {
    await using stage = await aStage(aWorld());
    const sample = { ...everyMinute.automation, approval: 'never' as const };
    const automation = await anAutomationOn(stage, { automation: sample, trustedSample: true });
    const { signal } = new AbortController();

    await planOnSchedule(stage.ports, automation.id, signal);
    await planOnSchedule(stage.ports, automation.id, signal);

    const plans = await stage.database.db.selectFrom('plans').select('state').execute();
    assert.deepEqual(
      plans.map(({ state }) => state),
      ['applying'],
    );
  });
});
