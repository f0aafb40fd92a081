// Kill -9 the hub's workers between the intent and the outcome of resets in a real Active Directory.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLdapDirectory } from '#connectors/ldap/directory.ts';
import type { Actor } from '#domain/actor.ts';
import { passwordResets } from '#features/automation/resets.ts';
import { Secret } from '#lib/secret.ts';
import {
  aStage as anAutomationStage,
  ended,
  outcomesOf,
  type Stage,
} from '#test/automation/stage.ts';
import { aName, aStage, type Stage as Place } from '#test/contracts/directory-stage.ts';
import { strictPolicy } from '#test/servers/password-policy.ts';
import { samba, withoutSamba } from '#test/servers/samba.ts';
import { aWorker, killed } from './kills.ts';

const people = Number(process.env.SUNDOG_TEST_RESETS ?? 24);
const kills = Number(process.env.SUNDOG_TEST_RESET_KILLS ?? 10);
const limitMs = 120_000;

type Reset = { readonly dn: string; readonly password: string; readonly runId: string };

describe(`${people} resets whose workers are killed ${kills} times`, {
  skip: withoutSamba(),
}, () => {
  it('are each made once, open their accounts and leave no password behind', async () => {
    const server = await samba();
    await using place = await aStage(server, openLdapDirectory);
    await using stage = await anAutomationStage({
      openDirectory: () => place.open(),
      openApplication: () => Promise.reject(new Error('nothing is told here')),
    });
    const dns = await accounts(place);
    // Half of them locked: a reset and an unlock, with a kill between the two as well.
    await using _ = await strictPolicy(server, dns, { lockoutThreshold: 1 });
    for (const dn of dns.slice(0, people / 2)) await place.signsIn(dn, 'Wrong-Every-Time-1');
    const before = await Promise.all(dns.map((dn) => keyVersion(place, dn)));
    const resets = await Promise.all(dns.map((dn) => reset(stage, place, dn)));

    const said: string[] = [];
    let inFlight = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      const before = await begun(stage);
      const worker = await aWorker(server, stage, said);
      await untilBegun(stage, before);
      await sleep((kill % 5) * 15);
      await killed(worker);
      inFlight += (await openIntents(stage)) > 0 ? 1 : 0;
    }
    const last = await aWorker(server, stage, said);
    for (const { runId } of resets) await ended(stage, runId, limitMs);
    await killed(last);

    const outcomes = await Promise.all(resets.map(({ runId }) => outcomesOf(stage, runId)));
    assert.deepEqual(
      outcomes.flat().filter(({ result }) => result !== 'done'),
      [],
    );
    assert.equal(outcomes.flat().length, people + people / 2);
    const after = await Promise.all(dns.map((dn) => keyVersion(place, dn)));
    assert.deepEqual(
      after.map((version, at) => version - (before[at] ?? 0)),
      dns.map(() => 1),
    );
    for (const { dn, password } of resets) assert.equal(await place.signsIn(dn, password), 'yes');
    const everything = said.join('') + (await everyTable(stage));
    assert.ok(everything.length > 100_000, 'logs and tables were not read');
    assert.deepEqual(
      resets.filter(({ password }) => holds(everything, password)),
      [],
    );
    assert.equal(await sealedLeft(stage), 0);
    assert.ok(inFlight > 0, 'no kill met a reset under way');
    const found = outcomes.flat().filter(({ because }) => because?.startsWith('found done'));
    console.log(
      `  ${kills} kills, ${inFlight} between an intent and its outcome, ${found.length} found done`,
    );
  });
});

async function accounts(place: Place): Promise<string[]> {
  const dns: string[] = [];
  for (let at = 0; at < people; at += 1) {
    const login = aName('r');
    const dn = await place.addUser(login, { sAMAccountName: login });
    await place.setPassword(dn, new Secret(`Larkfield-${aName()}-A1`));
    dns.push(dn);
  }
  return dns;
}

async function reset(stage: Stage, place: Place, dn: string): Promise<Reset> {
  const [login = ''] = await place.get(dn, 'sAMAccountName');
  const password = `Canary-${aName()}-Z9`;
  const name = login;
  const userId = Number.parseInt(login.slice(2, 9), 16);
  const herself: Actor = { kind: 'user', id: String(userId), name, permissions: new Set() };
  const { runId } = await passwordResets({ ...stage.ports, ownDesk: [] }).start({
    what: 'reset',
    person: { userId, name, clientId: null, login },
    password: new Secret(password),
    policy: { name: 'Self-service', version: 1, perDayMax: 1_000 },
    actor: herself,
    because: ['The test says so'],
  });
  return { dn, password, runId };
}

/** msDS-KeyVersionNumber counts how often the password was set (MS-ADTS §3.1.1.4.5.16). */
async function keyVersion(place: Place, dn: string): Promise<number> {
  const [version] = await place.get(dn, 'msDS-KeyVersionNumber');
  return Number(version);
}

/** At work on the next one: so many more were begun than before it started. */
async function untilBegun(stage: Stage, before: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  while ((await begun(stage)) <= before && Date.now() < deadline) await sleep(2);
}

async function begun(stage: Stage): Promise<number> {
  return count(stage, 'outcomes where intended_at is not null');
}

async function openIntents(stage: Stage): Promise<number> {
  return count(stage, 'outcomes where intended_at is not null and settled_at is null');
}

async function sealedLeft(stage: Stage): Promise<number> {
  return count(stage, 'intents where sealed_password is not null');
}

async function count({ database }: Stage, what: string): Promise<number> {
  const { rows } = await database.pool.query(`select count(*)::int as n from ${what}`);
  return Number(rows[0].n);
}

function holds(text: string, password: string): boolean {
  return [
    password,
    Buffer.from(password).toString('hex'),
    Buffer.from(password).toString('base64'),
  ].some((spelling) => text.includes(spelling));
}

/** Every row of every table as text, the queue's among them. */
async function everyTable({ database }: Stage): Promise<string> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
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
