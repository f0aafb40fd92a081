import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { getPlan } from '#features/automation/plan-view.ts';
import { commandLine, type Hub } from '#hub.ts';
import { sundog } from '#test/servers/command-line.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { applicationOf } from '#test/servers/hub-session.ts';
import { joinHub } from '#test/servers/starters.ts';

const Plan = z.looseObject({
  id: z.string(),
  hash: z.string(),
  state: z.string(),
  changes: z.array(z.looseObject({ personName: z.string(), kind: z.string() })),
});
const Run = z.looseObject({
  id: z.string(),
  counts: z.looseObject({ done: z.int(), failed: z.int() }),
});
const Findings = z.array(z.looseObject({ ok: z.boolean(), what: z.string() }));

let hub: RunningHub;
const run = (...words: string[]) => sundog(hub, ...words);
/** A command that must succeed, and what it printed as JSON. */
async function json(...words: string[]): Promise<unknown> {
  const { code, complained, printed } = await run(...words, '--json');
  assert.equal(code, 0, complained);
  return JSON.parse(printed);
}
before(async () => {
  hub = await aHub({ lab: true });
});
after(async () => {
  await hub?.[Symbol.asyncDispose]();
});

/** Changes in the directory what the plan's first update is about to change. */
async function somebodyElseWrites(joined: Hub, planId: string): Promise<void> {
  const { changes } = await getPlan(joined.db, planId, commandLine, joined.clock());
  const update = changes.find(({ kind }) => kind === 'update');
  const [attribute] = Object.keys(update?.after ?? {});
  if (update === undefined || attribute === undefined) throw new Error('the plan updates nothing');
  const connection = (await joined.automation.listConnections(commandLine)).find(
    ({ name }) => name === update.system,
  );
  await joined.automation.sessions.withDirectory(connection?.id ?? '', (directory) =>
    directory.updateAccount(
      update.target.id,
      { [attribute]: update.before[attribute] ?? [] },
      { [attribute]: ['By somebody else'] },
    ),
  );
}

describe('On the command line, beside a hub that runs', () => {
  it('a plan is approved by its hash, applied once, taken back, and applied anew', async () => {
    const plan = Plan.parse(await json('plan', 'movers and leavers'));
    assert.equal(plan.changes.length, 8);

    const tooEarly = await run('apply', plan.id);
    assert.deepEqual([tooEarly.code, tooEarly.printed], [1, '']);
    assert.match(tooEarly.complained, /^The plan needs a yes .+ \(plan\.unapproved\)\n$/);
    const wrongHash = await run('approve', plan.id, '--hash', plan.hash.replace(/./g, '0'));
    assert.match(wrongHash.complained, /read the plan again .+ \(plan\.hash-differs\)\n$/);
    const noGuard = ['--override', 'guard-of-nobody', '--because', 'Because.'];
    const slip = await run('approve', plan.id, '--hash', plan.hash, ...noGuard);
    assert.match(slip.complained, /no guard called guard-of-nobody; it has creations/);

    assert.equal((await run('approve', plan.id, '--hash', plan.hash)).code, 0);
    const applied = Run.parse(await json('apply', plan.id));
    assert.deepEqual([applied.counts.done, applied.counts.failed], [8, 0]);
    const again = await run('apply', plan.id);
    assert.equal(again.code, 1);
    assert.match(again.complained, /was applied already, by run .+ \(plan\.applied\)\n$/);

    const back = Plan.parse(await json('undo', applied.id));
    assert.equal((await run('approve', back.id, '--hash', back.hash)).code, 0);
    const undone = Run.parse(await json('apply', back.id));
    assert.equal(undone.counts.failed, 0);
    const same = Plan.parse(await json('plan', 'Movers and leavers'));
    assert.deepEqual(
      same.changes.map(({ personName, kind }) => `${personName} ${kind}`),
      plan.changes.map(({ personName, kind }) => `${personName} ${kind}`),
    );
  });

  it('a plan may be for one person, found by name, and may be rejected', async () => {
    const plan = Plan.parse(await json('plan', 'Movers and leavers', '--person', 'Marta Sequeira'));
    assert.ok(plan.changes.length > 0);
    assert.ok(plan.changes.every(({ personName }) => personName === 'Marta Sequeira'));

    const rejected = await run('reject', plan.id, '--comment', 'She stays.');
    assert.match(rejected.printed, /is rejected; nothing was written/);
    const late = await run('approve', plan.id, '--hash', plan.hash);
    assert.match(late.complained, /was rejected by .+ at the command line already/);
  });

  it('apply exits 1 when a change failed, and says which', async () => {
    const everybody = Plan.parse(await json('plan', 'Movers and leavers'));
    const mover = everybody.changes.find(({ kind }) => kind === 'update')?.personName ?? '';
    const plan = Plan.parse(await json('plan', 'Movers and leavers', '--person', mover));
    await using joined = await joinHub(hub);
    await somebodyElseWrites(joined, plan.id);
    const yes = await run('approve', plan.id, '--hash', plan.hash);
    assert.equal(yes.code, 0, yes.complained);

    const applied = await run('apply', plan.id, '--json');

    assert.equal(applied.code, 1, applied.printed);
    const { counts } = Run.parse(JSON.parse(applied.printed));
    assert.ok(counts.failed > 0);
    assert.match(applied.printed, /was changed since the plan was made/);
  });

  it('a person is explained step by step, by name or key', async () => {
    const told = await run('explain', 'Movers and leavers', 'nuno tavares');
    assert.equal(told.code, 0);
    for (const step of ['fetch', 'join', 'scope', 'match', 'decision']) {
      assert.match(told.printed, new RegExp(`^${step} `, 'm'));
    }
    const two = await run('explain', 'Movers and leavers', 'Thomas Hale');
    assert.match(
      two.complained,
      /several people called Thomas Hale; give the key of one: \d+, \d+/,
    );
  });

  it('the doctor finds everything well, and names the connection that is not', async () => {
    const well = Findings.parse(await json('doctor'));
    assert.ok(well.every(({ ok }) => ok));
    assert.equal(well.filter(({ what }) => what.startsWith('connection ')).length, 2);
    const program = await applicationOf(hub);
    const made = await program.post('/v1/connections', {
      kind: 'ldap',
      name: 'Nobody is there',
      lab: true,
      settings: {
        host: '127.0.0.1',
        port: 9,
        security: 'ldaps',
        bindDn: 'CN=x,DC=y',
        baseDn: 'DC=y',
      },
      secret: 'a-secret-of-the-doctor-test',
    });
    assert.equal(made.status, 201, made.text);

    const ill = await run('doctor', '--json');

    assert.equal(ill.code, 1);
    const broken = Findings.parse(JSON.parse(ill.printed)).filter(({ ok }) => !ok);
    assert.deepEqual(
      broken.map(({ what }) => what),
      ['connection Nobody is there'],
    );
    assert.doesNotMatch(ill.printed + ill.complained, /a-secret-of-the-doctor-test/);
  });

  it('an agent is made once, with an address that is one', async () => {
    const words = ['agent', 'create', '--name', 'Ana Prado', '--email'];
    const made = await json(...words, 'ana.prado@larkfield.test');
    assert.match(z.looseObject({ password: z.string() }).parse(made).password, /^\S{20,}$/);

    const twice = await run(...words, 'ana.prado@larkfield.test');
    assert.equal(twice.code, 1);
    assert.match(twice.complained, /is there already\. \(agent\.taken\)\n$/);
    assert.equal((await run(...words, 'ana')).code, 2);
  });

  it('an application is looked after until it is deleted; its secrets are shown once', async () => {
    const application = ['application', 'create', '--name', 'Night job', '--scopes', 'read:kb'];
    const Told = z.looseObject({ client_id: z.string(), client_secret: z.string() });
    const made = Told.parse(await json(...application));

    const listed = z.array(z.looseObject({})).parse(await json('application', 'list'));
    const renewed = Told.parse(await json('application', 'renew-secret', 'night JOB'));
    const disabled = await json('application', 'disable', made.client_id);
    const enabled = await run('application', 'enable', 'Night job');
    const noKey = await run('application', 'key', 'create', 'Night job');
    const past = await run('application', 'key', 'create', 'Night job', '--expires', '1999-01-01');
    const deleted = await run('application', 'delete', 'Night job');
    const gone = await run('application', 'disable', 'Night job');

    assert.ok(listed.some(({ client_id }) => client_id === made.client_id));
    assert.doesNotMatch(JSON.stringify(listed), new RegExp(made.client_secret));
    assert.notEqual(renewed.client_secret, made.client_secret);
    assert.equal(z.looseObject({ enabled: z.boolean() }).parse(disabled).enabled, false);
    assert.match(enabled.printed, /Night job is enabled/);
    assert.match(noKey.complained, /only an api-key application has keys/);
    assert.equal(past.code, 2);
    assert.match(deleted.printed, /Night job is deleted/);
    assert.match(gone.complained, /no application .*\(record\.unknown\)/);
  });

  const wrongUsage = [
    [['conjure'], /^Sundog has no command `conjure`/],
    [['plan', 'New starters', '--now'], /^Usage: sundog plan AUTOMATION/],
    [['undo', 'one', 'two'], /^Usage: sundog undo RUN/],
    [['approve', 'x'], /^--hash is missing\. Usage: sundog approve/],
    [['application', 'create', '--name', 'x', '--scopes', 'y'], /no scope y/],
  ] as const;
  it('unknown commands and options, and words too few or too many, are wrong usage: exit code 2', async () => {
    for (const [words, complaint] of wrongUsage) {
      const { code, printed, complained } = await run(...words);

      assert.deepEqual([code, printed], [2, ''], words.join(' '));
      assert.match(complained, complaint);
    }
  });

  const refusals = [
    [['plan', 'Nobody starts'], /called "Nobody starts"; there are ".+\(automation\.unknown\)/],
    [['apply', 'no-id'], /no plan with the id no-id, .*\(record\.unknown\)/],
    [['undo', '01890000-0000-7000-8000-000000000005'], /\(record\.unknown\)/],
    [['start'], /belongs to a lab; start with --lab.+\(lab\.marked\)/],
  ] as const;
  it('a refusal is one sentence with its code: exit code 1', async () => {
    for (const [words, complaint] of refusals) {
      const { code, printed, complained } = await run(...words);

      assert.deepEqual([code, printed, complained.split('\n').length], [1, '', 2]);
      assert.match(complained, complaint);
    }
  });

  it('help and --help say what there is, exit code 0', async () => {
    const [all, one] = await Promise.all([run('help'), run('undo', '--help')]);

    assert.deepEqual([all.code, one.code], [0, 0]);
    assert.match(all.printed, /sundog explain AUTOMATION PERSON/);
    assert.match(one.printed, /^Usage: sundog undo RUN/);
  });
});
