import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Problem } from '#domain/problem.ts';
import {
  anActor,
  anAutomationOn,
  applied,
  aStage,
  aWorld,
  outcomesOf,
  rosa,
  type Stage,
} from '#test/automation/stage.ts';
import { destroyExpired, revealPassword } from './passwords.ts';
import { getRun } from './run-view.ts';

const dayMs = 86_400_000;

async function aStarter(stage: Stage, clientId?: number) {
  const given = clientId === undefined ? {} : { clientId };
  const automation = await anAutomationOn(stage, given);
  const runId = await applied(stage, automation.id);
  const run = await getRun(stage.ports.db, runId, rosa, stage.now);
  const changeId = run.outcomes.find(({ kind }) => kind === 'create')?.changeId ?? '';
  return { runId, changeId };
}

function refusal(code: string) {
  return (error: unknown) => error instanceof Problem && error.code === code;
}

describe('The first password of a starter', () => {
  it('is shown to nobody who acts as somebody else', async () => {
    const world = aWorld();
    await using stage = await aStage(world);
    const { runId, changeId } = await aStarter(stage);
    const behind = { kind: 'agent', id: '99', name: 'Tomas Reis' } as const;

    const tried = revealPassword(stage.ports, runId, changeId, { ...rosa, behind });

    await assert.rejects(tried, refusal('impersonation.not-here'));
    await revealPassword(stage.ports, runId, changeId, rosa);
  });

  it('is the one that was set, and is shown once', async () => {
    const world = aWorld();
    await using stage = await aStage(world);
    const { runId, changeId } = await aStarter(stage);

    const shown = await revealPassword(stage.ports, runId, changeId, rosa);

    assert.deepEqual([...world.directory.passwords.values()], [shown.reveal()]);
    await assert.rejects(
      revealPassword(stage.ports, runId, changeId, rosa),
      refusal('password.gone'),
    );
    const { outcomes } = await getRun(stage.ports.db, runId, rosa, stage.now);
    assert.equal(outcomes[0]?.password, 'revealed');
  });

  it('is shown to one of many who ask at the same time, and audited once', async () => {
    await using stage = await aStage(aWorld());
    const { runId, changeId } = await aStarter(stage);

    const asked = await Promise.allSettled(
      Array.from({ length: 5 }, () => revealPassword(stage.ports, runId, changeId, rosa)),
    );

    assert.equal(asked.filter(({ status }) => status === 'fulfilled').length, 1);
    const entries = await stage.database.db
      .selectFrom('audit_entries')
      .select('actor_name')
      .where('action', '=', 'password.revealed')
      .execute();
    assert.deepEqual(entries, [{ actor_name: rosa.name }]);
  });

  it('is not shown to an application, whatever it may do', async () => {
    await using stage = await aStage(aWorld());
    const { runId, changeId } = await aStarter(stage);
    const program = anActor('A program', ['admin'], { kind: 'application' });

    await assert.rejects(
      revealPassword(stage.ports, runId, changeId, program),
      refusal('approver.not-a-person'),
    );
  });

  it('is not shown to people of another client', async () => {
    await using stage = await aStage(aWorld());
    const { runId, changeId } = await aStarter(stage, 12);
    const stranger = anActor('Hugo Prat', ['admin'], { clientId: 13 });

    await assert.rejects(
      revealPassword(stage.ports, runId, changeId, stranger),
      refusal('password.none'),
    );
  });

  it('is destroyed when nobody fetched it in two weeks', async () => {
    await using stage = await aStage(aWorld());
    const { runId, changeId } = await aStarter(stage);
    stage.now = new Date(Date.now() + 15 * dayMs);

    await assert.rejects(
      revealPassword(stage.ports, runId, changeId, rosa),
      refusal('password.gone'),
    );
    assert.equal(await destroyExpired(stage.ports.db, stage.now), 1);
    const rows = await stage.database.db.selectFrom('password_handovers').selectAll().execute();
    assert.deepEqual(
      rows.map(({ state, sealed }) => [state, sealed]),
      [['destroyed', null]],
    );
  });

  it('does not open in the place of another', async () => {
    await using stage = await aStage(aWorld([{ id: 1 }, { id: 2, surname: 'Moreau' }]));
    const { runId } = await aStarter(stage);
    const [one, other] = (await outcomesOf(stage, runId)).filter(({ kind }) => kind === 'create');
    assert.ok(one && other);
    const { rows } = await stage.database.pool.query(
      'select change_id, sealed from password_handovers order by change_id',
    );
    await stage.database.pool.query(
      'update password_handovers set sealed = $1 where change_id = $2',
      [rows[0]?.sealed, rows[1]?.change_id],
    );

    await assert.rejects(
      revealPassword(stage.ports, runId, String(rows[1]?.change_id), rosa),
      refusal('sealing.broken'),
    );
  });
});
