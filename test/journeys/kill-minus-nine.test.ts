// Kill -9 the hub at random moments while 500 accounts are created in a real Active Directory.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PresenceFilter } from 'ldapts';
import { handoverPlace } from '#features/automation/passwords.ts';
import { outcomesOf, type Stage } from '#test/automation/stage.ts';
import { samba, withoutSamba } from '#test/servers/samba.ts';
import { killedRun } from './kills.ts';

const creates = Number(process.env.SUNDOG_TEST_CREATES ?? 500);
const kills = Number(process.env.SUNDOG_TEST_KILLS ?? 20);

describe('A run of 500 creations whose hub is killed 20 times', { skip: withoutSamba() }, () => {
  it('makes every account once, records every outcome and lets no password slip', async () => {
    await using run = await killedRun(await samba(), { creates, kills });
    const { stage, place, runId } = run;

    const { searchEntries } = await place.administrator.search(place.container, {
      scope: 'one',
      filter: new PresenceFilter({ attribute: 'employeeID' }),
      attributes: ['employeeID', 'sAMAccountName'],
      paged: true,
    });
    const employeeIds = searchEntries.map(({ employeeID }) => Number(employeeID));
    const everyone = Array.from({ length: creates }, (_, at) => at + 1);
    assert.deepEqual(
      employeeIds.toSorted((one, other) => one - other),
      everyone,
    );

    const outcomes = await outcomesOf(stage, runId);
    assert.equal(outcomes.length, creates);
    assert.deepEqual(
      outcomes.filter(({ result }) => result !== 'done'),
      [],
    );
    assert.equal(new Set(outcomes.map(({ targetId }) => targetId)).size, creates);

    const passwords = await passwordsOf(stage);
    assert.equal(passwords.length, creates);
    const everything = run.log + (await everyTable(stage));
    assert.ok(everything.length > 100_000, 'logs and tables were not read');
    assert.deepEqual(
      passwords.filter((password) => everything.includes(password)),
      [],
    );
  });
});

async function passwordsOf({ database, ports }: Stage): Promise<string[]> {
  const rows = await database.db
    .selectFrom('password_handovers')
    .select(['run_id', 'change_id', 'sealed'])
    .where('state', '=', 'sealed')
    .execute();
  return rows.flatMap(({ run_id, change_id, sealed }) =>
    sealed === null ? [] : ports.sealing.unseal(handoverPlace(run_id, change_id), sealed).reveal(),
  );
}

/** Every row of every table as text, the queue's among them. */
async function everyTable({ database }: Stage): Promise<string> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('public', 'graphile_worker')`,
  );
  const texts: string[] = [];
  for (const { name } of rows) {
    const { rows: all } = await database.pool.query(
      `select each::text as row from ${name} as each`,
    );
    texts.push(all.map(({ row }) => String(row)).join('\n'));
  }
  return texts.join('\n');
}
