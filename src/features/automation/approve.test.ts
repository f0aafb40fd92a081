import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Problem } from '#domain/problem.ts';
import {
  anActor,
  anAutomationOn,
  applied,
  approveAndStart,
  aStage,
  aWorld,
  ended,
  rosa,
  type Stage,
} from '#test/automation/stage.ts';
import { aRow, containers } from '#test/planning/larkfield.ts';
import { approvePlan, rejectPlan } from './approve.ts';
import { moveAutomation, updateAutomation } from './automations.ts';
import { planAutomation } from './plan.ts';
import { startRun } from './start-run.ts';

const dayMs = 86_400_000;
const [, porto] = containers;

async function aPlanOn(stage: Stage) {
  const automation = await anAutomationOn(stage);
  return planAutomation(stage.ports, automation.id, { actor: rosa });
}

function refusal(code: string) {
  return (error: unknown) => error instanceof Problem && error.code === code;
}

describe('An approval', () => {
  it('is given to the hash of the stored plan and to no other', async () => {
    await using stage = await aStage(aWorld());
    const { id, hash } = await aPlanOn(stage);
    const other = hash.replace(/^./, (first) => (first === '0' ? '1' : '0'));

    await assert.rejects(
      approvePlan(stage.ports, id, { hash: other, comment: '' }, rosa),
      refusal('plan.hash-differs'),
    );
    await assert.rejects(startRun(stage.ports, id, rosa), refusal('plan.unapproved'));
  });

  it('is no yes to the automation as it is after an edit', async () => {
    await using stage = await aStage(aWorld());
    const automation = await anAutomationOn(stage);
    const { id, hash } = await planAutomation(stage.ports, automation.id, { actor: rosa });
    await approvePlan(stage.ports, id, { hash, comment: '' }, rosa);
    const edited = { ...automation, description: 'Edited after the yes' };
    const by = { actor: rosa, now: stage.now };
    await updateAutomation(stage.ports.db, automation.id, () => edited, by);

    await assert.rejects(startRun(stage.ports, id, rosa), (error) => {
      assert.ok(refusal('plan.outdated')(error));
      assert.match(String(error), /version 1, now 2/);
      return true;
    });
    const anew = await planAutomation(stage.ports, automation.id, { actor: rosa });
    await using _workers = await stage.work();
    await ended(stage, await approveAndStart(stage, anew));
  });

  it('is given by one of two people who click at the same time', async () => {
    await using stage = await aStage(aWorld());
    const { id, hash } = await aPlanOn(stage);
    const hugo = anActor('Hugo Prat');

    const decisions = await Promise.allSettled([
      approvePlan(stage.ports, id, { hash, comment: 'yes' }, rosa),
      rejectPlan(stage.ports, id, 'no', hugo),
    ]);

    const refused = decisions.filter(({ status }) => status === 'rejected');
    assert.equal(refused.length, 1);
    assert.ok(refused.every((one) => 'reason' in one && refusal('plan.decided')(one.reason)));
    const approvals = await stage.database.db.selectFrom('approvals').selectAll().execute();
    assert.equal(approvals.length, 1);
  });

  it('is not given by somebody who acts as another', async () => {
    await using stage = await aStage(aWorld());
    const { id, hash } = await aPlanOn(stage);
    const behind = { kind: 'agent', id: '99', name: 'Tomas Reis' } as const;

    const tried = approvePlan(stage.ports, id, { hash, comment: '' }, { ...rosa, behind });

    await assert.rejects(tried, refusal('impersonation.not-here'));
  });

  for (const kind of ['application', 'system'] as const) {
    it(`is not given by an actor of the kind ${kind}, whatever it may do`, async () => {
      await using stage = await aStage(aWorld());
      const { id, hash } = await aPlanOn(stage);
      const actor = anActor('A program', ['admin', 'all'], { kind });

      await assert.rejects(
        approvePlan(stage.ports, id, { hash, comment: '' }, actor),
        refusal('approver.not-a-person'),
      );
    });
  }

  it('comes too late for a plan that has expired, and so does applying it', async () => {
    await using stage = await aStage(aWorld());
    const { id, hash } = await aPlanOn(stage);
    const approved = await aPlanOn(stage);
    await approvePlan(stage.ports, approved.id, { hash: approved.hash, comment: '' }, rosa);
    stage.now = new Date(Date.now() + dayMs + 60_000);

    await assert.rejects(
      approvePlan(stage.ports, id, { hash, comment: '' }, rosa),
      refusal('plan.expired'),
    );
    await assert.rejects(startRun(stage.ports, approved.id, rosa), refusal('plan.expired'));
  });

  it('that was refused stays refused', async () => {
    await using stage = await aStage(aWorld());
    const { id } = await aPlanOn(stage);

    await rejectPlan(stage.ports, id, 'not now', rosa);

    await assert.rejects(startRun(stage.ports, id, rosa), refusal('plan.rejected'));
  });

  it('is of no use to an automation that is not active', async () => {
    await using stage = await aStage(aWorld());
    const automation = await anAutomationOn(stage);
    const { id, hash } = await planAutomation(stage.ports, automation.id, { actor: rosa });
    await approvePlan(stage.ports, id, { hash, comment: '' }, rosa);
    await moveAutomation(stage.ports.db, automation.id, 'paused', { actor: rosa, now: stage.now });

    await assert.rejects(startRun(stage.ports, id, rosa), refusal('automation.not-active'));
  });

  it('names what was approved and by whom in the audit', async () => {
    await using stage = await aStage(aWorld());
    const { id, hash } = await aPlanOn(stage);

    await approvePlan(stage.ports, id, { hash, comment: 'Fine.' }, rosa);

    const entry = await stage.database.db
      .selectFrom('audit_entries')
      .innerJoin('audit_texts', 'audit_texts.entry_id', 'audit_entries.id')
      .select(['actor_name', 'after', 'because'])
      .where('action', '=', 'plan.approved')
      .executeTakeFirstOrThrow();
    assert.deepEqual(entry, { actor_name: rosa.name, after: hash, because: 'Fine.' });
  });
});

describe('A plan that a guard stops', () => {
  async function aMassDeparture(stage: Stage) {
    const automation = await anAutomationOn(stage);
    return planAutomation(stage.ports, automation.id, { actor: rosa });
  }

  function manyLeavers() {
    const people = Array.from({ length: 12 }, (_, at) => ({
      id: at + 1,
      surname: `M${at}`,
      email: `m${at}@larkfield.test`,
      inactive: true,
    }));
    const world = aWorld(people);
    for (const { surname, email } of people) {
      world.directory.addAccount(`CN=Ines ${surname},${porto}`, { mail: [email] });
    }
    return world;
  }

  it('needs each guard named, with a reason', async () => {
    await using stage = await aStage(manyLeavers());
    const { id, hash } = await aMassDeparture(stage);
    const approve = (override?: { guards: string[]; reason: string }) =>
      approvePlan(stage.ports, id, { hash, comment: '', override }, rosa);

    await assert.rejects(approve(), refusal('plan.stopped'));
    await assert.rejects(approve({ guards: ['creations'], reason: 'x' }), refusal('plan.stopped'));
    await assert.rejects(approve({ guards: ['disables'], reason: ' ' }), refusal('plan.stopped'));
    await assert.rejects(
      approve({ guards: ['disables', 'disable'], reason: 'x' }),
      refusal('guard.unknown'),
    );

    await approve({ guards: ['disables'], reason: 'The Bristol office closes.' });

    const overridden = await stage.database.db
      .selectFrom('audit_entries')
      .innerJoin('audit_texts', 'audit_texts.entry_id', 'audit_entries.id')
      .select(['field', 'because'])
      .where('action', '=', 'guard.overridden')
      .execute();
    assert.deepEqual(overridden, [{ field: 'disables', because: 'The Bristol office closes.' }]);
  });

  it('sums what was disabled in the last 24 hours, whatever run did it', async () => {
    const world = manyLeavers();
    const rows = world.application.rows;
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    const guardsAfter = async (from: number, to: number) => {
      world.application.rows = rows.map((row, at) => ({
        ...Object(row),
        inactive: at >= from && at < to,
      }));
      const plan = await planAutomation(stage.ports, automation.id, { actor: rosa });
      const row = await stage.database.db
        .selectFrom('plans')
        .select('verdict')
        .where('id', '=', plan.id)
        .executeTakeFirstOrThrow();
      return { plan, verdict: row.verdict };
    };

    const first = await guardsAfter(0, 3);
    const runId = await approveAndStart(stage, first.plan);
    await using _workers = await stage.work();
    await ended(stage, runId);
    const second = await guardsAfter(0, 5);

    assert.notEqual(first.verdict, 'stop');
    assert.equal(second.verdict, 'stop');
  });
});

describe('Two plans that are each within the limits', () => {
  it('cannot both be applied when together they are beyond them, started at the same time or not', async () => {
    const people = Array.from({ length: 12 }, (_, at) => ({
      id: at + 1,
      surname: `M${at}`,
      email: `m${at}@larkfield.test`,
    }));
    const world = aWorld(people);
    for (const { surname, email } of people) {
      world.directory.addAccount(`CN=Ines ${surname},${porto}`, { mail: [email] });
    }
    const rows = world.application.rows;
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage);
    const planFor = (from: number) => {
      world.application.rows = rows.map((row, at) => ({
        ...Object(row),
        inactive: at >= from && at < from + 3,
      }));
      return planAutomation(stage.ports, automation.id, { actor: rosa });
    };
    const plans = [await planFor(0), await planFor(3), await planFor(6)];
    for (const { id, hash } of plans) {
      await approvePlan(stage.ports, id, { hash, comment: '' }, rosa);
    }
    const [one, other, third] = plans.map(({ id }) => id);

    const started = await Promise.allSettled(
      [one, other].map((id) => startRun(stage.ports, id ?? '', rosa)),
    );

    const refused = started.filter((each) => each.status === 'rejected');
    assert.equal(refused.length, 1);
    assert.ok(refused.every(({ reason }) => refusal('plan.guard-since')(reason)));
    await assert.rejects(startRun(stage.ports, third ?? '', rosa), refusal('plan.guard-since'));
  });
});

describe('An automation that needs no yes', () => {
  const never = { automation: { approval: 'never' as const } };

  it('needs one all the same for its first run, and again after an edit', async () => {
    await using stage = await aStage(aWorld());
    const automation = await anAutomationOn(stage, never);

    const first = await planAutomation(stage.ports, automation.id, { actor: rosa });

    assert.equal(first.needsApproval, true);
    await assert.rejects(startRun(stage.ports, first.id, rosa), refusal('plan.unapproved'));
  });

  it('goes by itself from the second run on, while its guards pass', async () => {
    const world = aWorld();
    await using stage = await aStage(world);
    const automation = await anAutomationOn(stage, never);
    await applied(stage, automation.id);
    world.application.rows = [aRow({ id: 1 }), aRow({ id: 2, surname: 'Moreau' })];

    const second = await planAutomation(stage.ports, automation.id, { actor: rosa });

    assert.equal(second.needsApproval, false);
    const { runId } = await startRun(stage.ports, second.id, rosa);
    // Whoever says yes or no now comes too late, and is told to which run.
    const late = {
      code: 'plan.applied',
      message: new RegExp(`or was applied already, by run ${runId}`),
    };
    const { id, hash } = second;
    await assert.rejects(approvePlan(stage.ports, id, { hash, comment: '' }, rosa), late);
    await assert.rejects(rejectPlan(stage.ports, id, '', rosa), late);
  });

  it("goes by itself at once when it is the lab's sample", async () => {
    await using stage = await aStage(aWorld());
    const automation = await anAutomationOn(stage, { ...never, trustedSample: true });

    const first = await planAutomation(stage.ports, automation.id, { actor: rosa });

    assert.equal(first.needsApproval, false);
  });
});
