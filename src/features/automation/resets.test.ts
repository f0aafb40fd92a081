import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Actor } from '#domain/actor.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import type { ResetAsked, ResetPerson, ResetPolicy } from '#domain/ports/password-reset.ts';
import { fileTime } from '#lib/file-time.ts';
import { newId } from '#lib/ids.ts';
import { Secret } from '#lib/secret.ts';
import { listAudit } from '#store/audit.ts';
import { aStage, aWorld, ended, outcomesOf, type Stage } from '#test/automation/stage.ts';
import { memoryBase } from '#test/faults/memory-directory.ts';
import { ad, halo } from '#test/planning/larkfield.ts';
import { approvePlan } from './approve.ts';
import { saveLink } from './links.ts';
import { passwordResets } from './resets.ts';

const chosen = 'Canary-Lighthouse-42';
const policy: ResetPolicy = { name: 'Self-service', version: 3, perDayMax: 20 };
const ines: ResetPerson = { userId: 7, name: 'Ines Marlow', clientId: null, login: 'imarlow' };
const herself: Actor = { kind: 'user', id: '7', name: 'Ines Marlow', permissions: new Set() };
const earlier = fileTime(new Date('2026-01-05T08:00:00Z'));

let stage: Stage;
let world: ReturnType<typeof aWorld>;
let workers: AsyncDisposable;
before(async () => {
  world = aWorld();
  stage = await aStage(world);
  workers = await stage.work();
});
after(async () => {
  await workers[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

function resets() {
  return passwordResets({ ...stage.ports, ownDesk: ['https://halo.larkfield.test'] });
}

let count = 0;
/** An account of its own for each test, found by the login. */
function anAccount(attributes: Readonly<Record<string, readonly string[]>> = {}, enabled = true) {
  count += 1;
  const login = `imarlow${count}`;
  const account = world.directory.addAccount(
    `CN=Ines Marlow ${count},OU=People,${memoryBase}`,
    { sAMAccountName: [login], pwdLastSet: [earlier], ...attributes },
    enabled,
  );
  const person: ResetPerson = { ...ines, userId: 100 + count, login };
  return { account, person, login };
}

function asked(person: ResetPerson, more: Partial<ResetPolicy> = {}): ResetAsked {
  return {
    what: 'reset',
    person,
    password: new Secret(chosen),
    policy: { ...policy, ...more },
    actor: herself,
    because: ['Two questions and a code were answered'],
  };
}

describe('A reset by self-service', () => {
  it('finds the account by its login, sets the chosen password once, and says so', async () => {
    const { account, person } = anAccount();

    const standing = await resets().look(person, policy);
    const { runId } = await resets().start(asked(person));
    const outcome = await resets().waitFor(runId, 10_000);

    assert.equal(standing.may && standing.account.found, 'matched');
    assert.deepEqual(outcome.state, 'done');
    assert.equal(outcome.sentence, 'The password was reset.');
    assert.equal(world.directory.passwords.get(account.id), chosen);
    assert.equal(world.directory.writes.filter((one) => one.includes(account.id)).length, 1);
  });

  it('is found again by the name it was to have, as soon as it has begun', async () => {
    const { person } = anAccount();
    const wanted = newId();
    const before = await resets().hasBegun(wanted);

    const { runId } = await resets().start({ ...asked(person), runId: wanted });

    assert.deepEqual([before, runId, await resets().hasBegun(wanted)], [false, wanted, true]);
  });

  it('is a plan with a yes of the named policy, its version and the hash', async () => {
    const { person } = anAccount();

    const { planId, runId } = await resets().start(asked(person));

    const { db } = stage.ports;
    const plan = await db
      .selectFrom('plans')
      .innerJoin('approvals', 'approvals.plan_id', 'plans.id')
      .selectAll()
      .where('plans.id', '=', planId)
      .executeTakeFirstOrThrow();
    assert.equal(plan.needs_approval, true);
    assert.deepEqual([plan.policy_name, plan.policy_version], ['Self-service', 3]);
    assert.match(plan.hash, /^[0-9a-f]{64}$/);
    assert.equal(plan.decided_by, 'The policy "Self-service", version 3');
    await ended(stage, runId);
    const { items } = await listAudit(db, { limit: 20, runId });
    assert.deepEqual(items.map(({ action, outcome }) => `${action} ${outcome}`).toSorted(), [
      'password.reset done',
      'password.reset intent',
      'run.started done',
    ]);
  });

  it('unlocks too whoever is locked, after the password is theirs', async () => {
    const { account, person } = anAccount({ lockoutTime: [fileTime(new Date())] });

    const { runId } = await resets().start(asked(person));
    const outcome = await resets().waitFor(runId, 10_000);

    assert.equal(outcome.sentence, 'The password was reset and the account is unlocked.');
    const present = world.directory.accounts.get(account.id)?.account;
    assert.deepEqual(present?.attributes.lockoutTime, ['0']);
  });

  it('only unlocks where that is asked, and refuses where nothing is locked', async () => {
    const { account, person } = anAccount({ lockoutTime: [fileTime(new Date())] });
    const unlock = { ...asked(person), what: 'unlock' as const };

    const { runId } = await resets().start(unlock);
    const outcome = await resets().waitFor(runId, 10_000);

    assert.equal(outcome.state, 'done');
    assert.equal(world.directory.passwords.has(account.id), false);
    await assert.rejects(resets().start(unlock), { code: 'reset.not-locked' });
  });

  it('tells of a history that the directory does not keep', async () => {
    const { person } = anAccount();
    world.directory.enforcesHistory = false;
    try {
      const standing = await resets().look(person, policy);
      const { runId } = await resets().start(asked(person));
      await ended(stage, runId);

      assert.equal(standing.may && standing.account.historyEnforced, false);
      const [outcome] = await outcomesOf(stage, runId);
      assert.match(outcome?.because ?? '', /does not hold a reset to the history/);
    } finally {
      world.directory.enforcesHistory = true;
    }
  });

  it('leaves alone the privileged, services, the disabled, the expired and smart cards', async () => {
    const never = [
      [anAccount({ adminCount: ['1'] }), 'reset.privileged'],
      [anAccount({ servicePrincipalName: ['HTTP/web'] }), 'reset.service-account'],
      [anAccount({ userAccountControl: [String(0x200 | 0x8_0000)] }), 'reset.service-account'],
      [anAccount({}, false), 'reset.disabled'],
      [anAccount({ accountExpires: [earlier] }), 'reset.expired'],
      [anAccount({ userAccountControl: [String(0x200 | 0x4_0000)] }), 'reset.smart-card'],
    ] as const;
    const member = anAccount();
    const stored = world.directory.accounts.get(member.account.id);
    if (stored !== undefined) stored.protected = true;
    world.directory.addAccount(`CN=svc,OU=People,${memoryBase}`, {
      sAMAccountName: ['SVC-Backup'],
    });
    const service = { ...ines, login: 'svc-backup' };
    const writes = world.directory.writes.length;

    for (const [{ person }, code] of never) {
      const standing = await resets().look(person, policy);
      assert.deepEqual(standing.may ? 'may' : standing.code, code);
      await assert.rejects(resets().start(asked(person)), { code });
    }
    for (const [person, code] of [
      [member.person, 'reset.privileged'],
      [service, 'reset.service-account'],
      [{ ...anAccount().person, serviceAccount: true }, 'reset.service-account'],
    ] as const) {
      await assert.rejects(resets().start(asked(person)), { code });
    }
    assert.equal(world.directory.writes.length, writes);
  });

  it('looks again before it writes: who has become privileged meanwhile keeps their password', async () => {
    const { account, person } = anAccount();
    await workers[Symbol.asyncDispose]();
    const { runId } = await resets().start(asked(person));
    const stored = world.directory.accounts.get(account.id);
    if (stored !== undefined) stored.protected = true;
    workers = await stage.work();

    const outcome = await resets().waitFor(runId, 10_000);

    assert.deepEqual([outcome.state, outcome.code], ['failed', 'reset.privileged']);
    assert.equal(world.directory.passwords.has(account.id), false);
  });

  it('keeps a password that somebody else set since the plan was made', async () => {
    const { account, person } = anAccount();
    await workers[Symbol.asyncDispose]();
    const { runId } = await resets().start(asked(person));
    const stored = world.directory.accounts.get(account.id);
    if (stored === undefined) throw new Error('no account');
    const attributes = { ...stored.account.attributes, pwdLastSet: [fileTime(new Date())] };
    stored.account = { ...stored.account, attributes };
    workers = await stage.work();

    const outcome = await resets().waitFor(runId, 10_000);

    assert.equal(outcome.state, 'failed');
    assert.match(outcome.sentence, /changed since the plan was made/);
    assert.equal(world.directory.passwords.has(account.id), false);
  });

  it('says what the directory refused, and whether another password may help', async () => {
    const { person } = anAccount();
    world.directory.fault = (write) => {
      if (!write.startsWith('resetPassword')) return;
      throw new DirectoryRefusal('password.used-before', 'The password was used before.', false);
    };
    try {
      const { runId } = await resets().start(asked(person));
      const outcome = await resets().waitFor(runId, 10_000);

      assert.deepEqual(
        [outcome.state, outcome.code, outcome.anotherPassword],
        ['failed', 'password.used-before', true],
      );
      assert.equal(await sealedLeft(), 0);
    } finally {
      world.directory.fault = () => {};
    }
  });

  it('is done once though the answer to the write was lost', async () => {
    const { account, person } = anAccount();
    let lost = false;
    world.directory.lost = (write) => {
      if (lost || write !== `resetPassword ${account.id}`) return;
      lost = true;
      throw new DirectoryRefusal('directory.unreachable', 'It went away.', true);
    };
    const { runId } = await resets().start(asked(person));
    await ended(stage, runId);
    world.directory.lost = () => {};

    const [outcome] = await outcomesOf(stage, runId);
    assert.equal(outcome?.result, 'done');
    assert.match(outcome?.because ?? '', /found done after an interruption/);
    const resetsOfIt = world.directory.writes.filter(
      (one) => one === `resetPassword ${account.id}`,
    );
    assert.equal(resetsOfIt.length, 1);
  });

  it('stops at the number that the policy allows within a day', async () => {
    const { person } = anAccount();

    await assert.rejects(resets().start(asked(person, { perDayMax: 1 })), {
      code: 'reset.too-many',
    });
  });

  it('holds that number though many ask at the same moment', async () => {
    const people = Array.from({ length: 8 }, () => anAccount().person);
    const { rows } = await stage.database.pool.query(
      "select count(*)::int as n from outcomes where kind in ('reset-password', 'unlock') and (settled_at is null or result = 'done')",
    );
    const perDayMax = Number(rows[0].n) + 3;

    const settled = await Promise.allSettled(
      people.map((person) => resets().start(asked(person, { perDayMax }))),
    );

    const started = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    assert.equal(started.length, 3);
    for (const { runId } of started) await ended(stage, runId);
  });

  it('leaves the password in no table, and nothing sealed behind', async () => {
    const { person } = anAccount();
    const { runId } = await resets().start(asked(person));
    await ended(stage, runId);

    assert.equal(await sealedLeft(), 0);
    assert.deepEqual(await tablesHolding(chosen), []);
  });

  it('cannot be approved a second time by hand', async () => {
    const { person } = anAccount();
    const { planId, runId } = await resets().start(asked(person));

    const rosa: Actor = { kind: 'agent', id: '1', name: 'Rosa', permissions: new Set(['admin']) };
    await assert.rejects(approvePlan(stage.ports, planId, { hash: 'x', comment: '' }, rosa), {
      code: 'plan.decided',
    });
    await ended(stage, runId);
  });
});

describe('Whose account it is', () => {
  it('is said by the link first, whatever the login fits', async () => {
    const linked = anAccount();
    const other = anAccount();
    await link(linked.person.userId, linked.account.id);

    const person = { ...linked.person, login: other.login };
    const standing = await resets().look(person, { ...policy, onlyLinked: true });

    assert.deepEqual(standing.may && [standing.account.id, standing.account.found], [
      linked.account.id,
      'linked',
    ]);
  });

  it('is nobody’s guess: two that fit, none that fits, one of somebody else', async () => {
    const one = anAccount();
    const two = anAccount();
    const linked = anAccount();
    await link(4_711, linked.account.id);
    const tries = [
      [{ ...one.person, samAccountName: two.login }, 'reset.several-accounts'],
      [{ ...ines, login: 'nobody' }, 'reset.no-account'],
      [{ ...ines, login: '' }, 'reset.no-account'],
      [{ ...ines, login: '*' }, 'reset.no-account'],
      [{ ...ines, login: `x)(sAMAccountName=${one.login}` }, 'reset.no-account'],
      [{ ...ines, login: `${one.login}\u0000` }, 'reset.no-account'],
      [{ ...ines, login: `ELSEWHERE\\${one.login}` }, 'reset.no-account'],
      [{ ...ines, login: `${one.login}@elsewhere.test` }, 'reset.no-account'],
      [linked.person, 'reset.another-person'],
    ] as const;

    for (const [person, code] of tries) {
      const standing = await resets().look(person, policy);
      assert.equal(standing.may ? 'may' : standing.code, code, person.login);
    }
    const strict = await resets().look(one.person, { ...policy, onlyLinked: true });
    assert.equal(strict.may ? 'may' : strict.code, 'reset.unlinked');
  });

  it('is found under every way to write a login, letter case aside', async () => {
    const { account, login } = anAccount();
    const ways = [
      login.toUpperCase(),
      `larkfield\\${login}`,
      `${login}@AD.larkfield.test`,
      `ad.larkfield.test\\${login}`,
    ];

    for (const way of ways) {
      const standing = await resets().look({ ...ines, login: way }, policy);
      assert.equal(standing.may && standing.account.id, account.id, way);
    }
    const byId = await resets().look({ ...ines, login: '', objectGuid: account.id }, policy);
    assert.equal(byId.may && byId.account.id, account.id);
  });

  it('is not known while a directory cannot be asked', async () => {
    const { person } = anAccount();
    const away = passwordResets({
      ...stage.ports,
      ownDesk: [],
      sessions: {
        ...stage.ports.sessions,
        withDirectory: () =>
          Promise.reject(new DirectoryRefusal('directory.unreachable', 'It is away.', true)),
      },
    });

    const standing = await away.look(person, policy);

    assert.equal(standing.may ? 'may' : standing.code, 'reset.directory-away');
  });

  it('of another client’s directory is not looked for', async () => {
    const { person } = anAccount();
    const [halo, directory] = await stage.ports.listConnections(herself);
    if (halo === undefined || directory === undefined) throw new Error('no connections');
    const others = passwordResets({
      ...stage.ports,
      ownDesk: [],
      listConnections: async () => [halo, { ...directory, clientId: 12 }],
    });

    const standing = await others.look({ ...person, clientId: 13 }, policy);
    const own = await others.look({ ...person, clientId: 12 }, policy);

    assert.equal(standing.may ? 'may' : standing.code, 'reset.no-directory');
    assert.equal(own.may, true);
  });
});

async function link(userId: number, accountId: string): Promise<void> {
  await saveLink(stage.ports.db, {
    sourceConnectionId: halo,
    personKey: String(userId),
    personName: 'Ines Marlow',
    directoryConnectionId: ad,
    accountId,
    origin: 'source',
    lastSeen: new Date(),
  });
}

async function sealedLeft(): Promise<number> {
  const { rows } = await stage.database.pool.query(
    'select count(*)::int as n from intents where sealed_password is not null',
  );
  return Number(rows[0].n);
}

/** Every table whose rows hold the text, in whatever column. */
async function tablesHolding(text: string): Promise<string[]> {
  const { rows } = await stage.database.pool.query(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
  );
  const holding: string[] = [];
  for (const { name } of rows) {
    const found = await stage.database.pool.query(
      `select 1 from ${name} as row where row::text like '%' || $1 || '%' limit 1`,
      [text],
    );
    if (found.rows.length > 0) holding.push(name);
  }
  return holding;
}
