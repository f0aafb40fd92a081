// Secret links over HTTP: made over the API and revealed, each beside bare node:http and pg that do the same
// inserts and updates; and the one reveal among 10,000 askers, and through 100 kills.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import { theHub } from '#domain/actor.ts';
import { createApplication } from '#features/applications/commands.ts';
import { systemClock } from '#lib/clock.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { type HeldLink, heldLink, proofsOf } from '#test/servers/links.ts';
import { aLinksProcess } from '#test/servers/links-process.ts';
import { median } from './median.ts';
import type { Bench, Row } from './row.ts';

const perSecondMin = 1_000;
const connections = 64;
const links = 4_000;
const rounds = 3;
const askers = 10_000;
const kills = 100;

export const secretLinks: Bench = {
  name: 'secret-links',
  async run() {
    await using database = await aDatabase();
    const found = await rates(database);
    return [
      rateRow('Secret links made over the API', found.create),
      rateRow('Secret links revealed', found.reveal),
      await crowdRow(database),
      await killsRow(database),
    ];
  },
};

type Rates = { readonly hub: number; readonly bare: number };

function rateRow(name: string, { hub, bare }: Rates): Row {
  return {
    issue: 3,
    name: `${name}, two cores`,
    value: hub,
    unit: '/s',
    reference: 'bare node:http and pg, the same rows',
    referenceValue: bare,
    ratio: hub / bare,
    goal: `at least ${perSecondMin}/s`,
    ok: hub >= perSecondMin,
  };
}

/** The median of the rounds, the two servers taking turns; the first round warms up. */
async function rates(database: TestDatabase) {
  const address = database.connectionString.reveal();
  using hub = aServer('hub', address);
  using bare = aServer('bare', database.ownerConnectionString.reveal());
  const bearer = await tokenFor(database, await hub.base);
  const spent = { create: { hub: [0], bare: [0] }, reveal: { hub: [0], bare: [0] } };
  for (const each of Object.values(spent)) for (const list of Object.values(each)) list.pop();
  for (let round = 0; round <= rounds; round += 1) {
    const own = await hubRound(await hub.base, bearer);
    const other = await bareRound(await bare.base);
    if (round === 0) continue;
    for (const what of ['create', 'reveal'] as const) {
      spent[what].hub.push(own[what]);
      spent[what].bare.push(other[what]);
    }
  }
  const rate = (what: 'create' | 'reveal') => ({
    hub: median(spent[what].hub),
    bare: median(spent[what].bare),
  });
  return { create: rate('create'), reveal: rate('reveal') };
}

const Made = z.looseObject({ id: z.int(), generated_secure_link: z.string() });

async function hubRound(base: URL, bearer: string) {
  const headers = { authorization: `Bearer ${bearer}` };
  const body = JSON.stringify([{ new_secure_secret_value: 'three herons by the weir, kestrel-9' }]);
  const made: HeldLink[] = [];
  const url = new URL('/api/SecureSecretLink', base);
  const create = await perSecond(links, async (agent) => {
    const { status, text } = await send(url, agent, body, headers);
    assert.equal(status, 201);
    const { id, generated_secure_link: link } = Made.parse(JSON.parse(text));
    made.push(heldLink(id, link));
  });
  const wanted = await Promise.all(
    made.map(async (link) => ({ link, body: JSON.stringify(await proofsOf(link)) })),
  );
  const reveal = await perSecond(links, async (agent, number) => {
    const one = wanted[number];
    assert(one);
    const path = new URL(`/s/${one.link.token}/reveal`, base);
    const { status } = await send(path, agent, one.body, {});
    assert.equal(status, 200);
  });
  return { create, reveal };
}

async function bareRound(base: URL) {
  const bodies = Array.from({ length: links }, () =>
    JSON.stringify({
      token: randomBytes(16).toString('base64url'),
      content: randomBytes(400).toString('base64url'),
    }),
  );
  const [make, take] = [new URL('/create', base), new URL('/reveal', base)];
  const at = (number: number) => bodies[number] ?? '';
  const ask = (url: URL) =>
    perSecond(links, async (agent, number) => {
      assert.equal((await send(url, agent, at(number), {})).status, 200);
    });
  return { create: await ask(make), reveal: await ask(take) };
}

async function perSecond(
  count: number,
  one: (agent: Agent, number: number) => Promise<void>,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  let next = 0;
  const worker = async () => {
    while (next < count) {
      next += 1;
      await one(agent, next - 1);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - began) / 1000;
  agent.destroy();
  return count / seconds;
}

/** 10,000 ask for one link, over many connections to two processes. */
async function crowdRow(database: TestDatabase): Promise<Row> {
  const time = { now: systemClock() };
  using maker = aServer('hub', database.connectionString.reveal());
  const link = await oneLink(database, await maker.base);
  using first = await aLinksProcess({ database, time });
  using second = await aLinksProcess({ database, time });
  const body = JSON.stringify(await proofsOf(link));
  const counts = new Map<number, number>();
  await perSecond(askers, async (agent, number) => {
    const base = number % 2 === 0 ? first.base : second.base;
    const { status } = await send(new URL(`/s/${link.token}/reveal`, base), agent, body, {});
    counts.set(status, (counts.get(status) ?? 0) + 1);
  });
  const won = counts.get(200) ?? 0;
  const refused = counts.get(410) ?? 0;
  return {
    issue: 3,
    name: `Plaintexts of one link among ${askers} askers at two processes`,
    value: won,
    unit: 'shown',
    reference: 'askers told that it is gone',
    referenceValue: refused,
    ratio: null,
    goal: 'exactly 1, all others told',
    ok: won === 1 && refused === askers - 1,
  };
}

/** Killed at a random moment around the claim; then everybody asks again, at a hub that lives. */
async function killsRow(database: TestDatabase): Promise<Row> {
  using maker = aServer('hub', database.connectionString.reveal());
  const base = await maker.base;
  const bearer = await tokenFor(database, base);
  // A minute later the reader is told; a hub whose clock is ahead says it now.
  const ahead = new Date(Date.now() + 3_600_000);
  using later = await aLinksProcess({ database, time: { now: ahead } });
  const aVictim = () => aLinksProcess({ database, time: { now: systemClock() } }, { waitsMs: 60 });
  let next = aVictim();
  let twice = 0;
  let lost = 0;
  let silent = 0;
  for (let round = 0; round < kills; round += 1) {
    const link = await oneLink(database, base, bearer);
    using victim = await next;
    // The next one starts meanwhile: starting is most of a round.
    if (round < kills - 1) next = aVictim();
    const agent = new Agent({ keepAlive: false });
    const body = JSON.stringify(await proofsOf(link));
    const path = `/s/${link.token}/reveal`;
    const answer = send(new URL(path, victim.base), agent, body, {}).then(
      ({ status }) => status === 200,
      () => false,
    );
    if (round % 2 === 0) await victim.claimed;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 70));
    await victim.kill();
    const shown = await answer;
    const again = await send(new URL(path, base), agent, body, {});
    if (shown && again.status === 200) twice += 1;
    if (!shown && again.status !== 200) {
      lost += 1;
      const told = await send(new URL(path, later.base), agent, body, {});
      if (!told.text.includes('secret-link.forfeited')) silent += 1;
    }
  }
  return {
    issue: 3,
    name: `Secrets shown twice in ${kills} kills around the claim`,
    value: twice,
    unit: 'twice',
    reference: 'forfeited between claim and answer, each said so',
    referenceValue: lost,
    ratio: null,
    goal: 'never, and every loss is told',
    ok: twice === 0 && silent === 0 && lost > 0,
  };
}

async function oneLink(database: TestDatabase, base: URL, bearer?: string): Promise<HeldLink> {
  const agent = new Agent();
  const token = bearer ?? (await tokenFor(database, base));
  const body = JSON.stringify([{ new_secure_secret_value: 'three herons' }]);
  const headers = { authorization: `Bearer ${token}` };
  const { text } = await send(new URL('/api/SecureSecretLink', base), agent, body, headers);
  const { id, generated_secure_link: link } = Made.parse(JSON.parse(text));
  return heldLink(id, link);
}

async function tokenFor({ db }: TestDatabase, base: URL): Promise<string> {
  const wanted = { name: 'Benchmark', scopes: ['secret-links:create'] as const };
  const made = await createApplication(db, wanted, theHub, systemClock());
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: made.application.clientId,
    client_secret: made.clientSecret?.reveal() ?? '',
  });
  const response = await fetch(new URL('/auth/token', base), { method: 'POST', body });
  return z.object({ access_token: z.string() }).parse(await response.json()).access_token;
}

type BenchServer = Disposable & { readonly base: Promise<URL> };

const Base = z.object({ base: z.url() });

function aServer(kind: 'hub' | 'bare', address: string): BenchServer {
  const program = join(import.meta.dirname, '..', 'processes', 'links-bench.ts');
  const child: ChildProcess = fork(program, [kind, address], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const base = new Promise<URL>((resolve, reject) => {
    child.once('message', (message) => resolve(new URL(Base.parse(message).base)));
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  return { base, [Symbol.dispose]: () => void child.disconnect() };
}

function send(
  url: URL,
  agent: Agent,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...headers,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}
