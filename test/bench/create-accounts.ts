// Creates with password against Samba, through the whole hub and by a bare ldapts loop, in turns.
//
// The bare loop writes the same attributes and nothing else. It is measured over one connection and over
// several, and the better of the two is the reference: Samba derives a password's keys and holds one write
// lock, so more connections buy little, and sometimes cost.
import { setTimeout as sleep } from 'node:timers/promises';
import { Attribute, type Client } from 'ldapts';
import type { Hub } from '#hub.ts';
import { type DirectoryServer, signedIn } from '#test/servers/directory-server.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { samba, withoutSamba } from '#test/servers/samba.ts';
import { aPrefix, aUnit } from '#test/servers/samba-unit.ts';
import {
  approvedPlan,
  connectDirectory,
  joinHub,
  startApplying,
  starterAttributes,
  starters,
} from '#test/servers/starters.ts';
import { median } from './median.ts';
import type { Bench } from './row.ts';
import { residentMb } from './start.ts';

const ratioMin = 0.95;
const accounts = 300;
/** Connections of the bare loop that has several. */
const several = 4;
const rounds = 3;
/** Whoever looks costs what is measured, on the same two cores; the hub writes down when it ended. */
const lookEveryMs = 250;
const runLimitMs = 120_000;
const contenders = ['one', 'hub', 'several'] as const;

type Contender = (typeof contenders)[number];

export const createAccounts: Bench = {
  name: 'create-accounts',
  async run() {
    const absent = withoutSamba();
    if (absent !== false) return { absent };
    const server = await samba();
    await using running = await aHub({ lab: true });
    await using hub = await joinHub(running);
    const directoryConnectionId = await connectDirectory(hub, server);
    const rates: Record<Contender, number[]> = { one: [], hub: [], several: [] };
    const megabytes: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // Each is first once: the domain grows as it is measured.
      for (const shift of contenders.keys()) {
        const contender = contenders[(round + shift) % contenders.length] ?? 'hub';
        const prefix = aPrefix();
        await using unit = await aUnit(server, prefix);
        const place = { container: unit.dn, prefix };
        if (contender === 'hub') {
          const through = { ...place, running, hub, directoryConnectionId };
          rates.hub.push(await hubRate(through, megabytes));
        } else {
          const connections = contender === 'one' ? 1 : several;
          rates[contender].push(await bareRate(server, { ...place, connections }));
        }
      }
    }
    return rowsOf(rates, megabytes);
  },
};

function rowsOf(rates: Readonly<Record<Contender, number[]>>, megabytes: readonly number[]) {
  const value = median(rates.hub);
  const [one, more] = [median(rates.one), median(rates.several)];
  const reference = Math.max(one, more);
  const connections = one >= more ? '1 connection' : `${several} connections`;
  return [
    {
      issue: 2,
      name: `Creates with password against Samba, ${accounts} through the whole hub`,
      value,
      unit: '/s',
      reference: `bare ldapts loop, ${connections}`,
      referenceValue: reference,
      ratio: value / reference,
      goal: `at least ${ratioMin * 100} %`,
      ok: value / reference >= ratioMin,
    },
    {
      issue: 2,
      name: 'Memory of the hub with the lab while it creates, at its peak',
      value: Math.max(...megabytes),
      unit: 'MB',
      reference: null,
      referenceValue: null,
      ratio: null,
      goal: '',
      ok: true,
    },
  ];
}

type Through = {
  readonly running: RunningHub;
  readonly hub: Hub;
  readonly directoryConnectionId: string;
  readonly container: string;
  readonly prefix: string;
};

/** From when the run is asked for to its end, as the hub has it; looking and planning come before. */
async function hubRate({ running, hub, ...place }: Through, megabytes: number[]): Promise<number> {
  const automationId = await starters(hub, { ...place, count: accounts });
  const planId = await approvedPlan(hub, automationId);
  const started = Date.now();
  const runId = await startApplying(hub, planId);
  const ended = await endOf(hub, runId, () => {
    megabytes.push(residentMb(running.process.pid));
  });
  const seconds = (ended.getTime() - started) / 1_000;
  const { done } = await hub.db
    .selectFrom('outcomes')
    .select((row) => row.fn.countAll<number>().as('done'))
    .where('run_id', '=', runId)
    .where('result', '=', 'done')
    .executeTakeFirstOrThrow();
  if (done !== accounts) throw new Error(`${done} of ${accounts} accounts were created.`);
  return accounts / seconds;
}

async function endOf({ db }: Hub, runId: string, meanwhile: () => void): Promise<Date> {
  for (const until = Date.now() + runLimitMs; Date.now() < until; await sleep(lookEveryMs)) {
    meanwhile();
    const { finished_at } = await db
      .selectFrom('runs')
      .select('finished_at')
      .where('id', '=', runId)
      .executeTakeFirstOrThrow();
    if (finished_at !== null) return finished_at;
  }
  throw new Error(`The run did not end in ${runLimitMs} ms.`);
}

type Bare = {
  readonly container: string;
  readonly prefix: string;
  readonly connections: number;
};

async function bareRate(
  server: DirectoryServer,
  { container, prefix, connections }: Bare,
): Promise<number> {
  const clients = await Promise.all(
    Array.from({ length: connections }, () => signedIn(server, server.service)),
  );
  const numbers = Array.from({ length: accounts }, (_, index) => index).values();
  const started = performance.now();
  await Promise.all(clients.map((client) => createEach(client, numbers, container, prefix)));
  const seconds = (performance.now() - started) / 1_000;
  await Promise.all(clients.map((client) => client.unbind()));
  return accounts / seconds;
}

/** The clients draw from one row of numbers, so none stands idle while another has work left. */
async function createEach(
  client: Client,
  numbers: Iterable<number>,
  container: string,
  prefix: string,
): Promise<void> {
  for (const number of numbers) {
    const name = `${prefix}${number}`;
    await client.add(`CN=${name},${container}`, attributesOf(name));
  }
}

/** What the hub writes for the same person. */
function attributesOf(name: string): Attribute[] {
  const texts = {
    objectClass: ['top', 'person', 'organizationalPerson', 'user'],
    sAMAccountName: [name],
    userPrincipalName: [`${name}@ad.larkfield.test`],
    sn: [name],
    displayName: [`${starterAttributes.givenName} ${name}`],
    ...Object.fromEntries(
      Object.entries(starterAttributes).map(([type, value]) => [type, [value]]),
    ),
    adminDescription: [`sundog:${name}`],
    userAccountControl: ['512'],
    pwdLastSet: ['0'],
  };
  const password = Buffer.from(`"Larkfield-${name}-Aa1"`, 'utf16le');
  return [
    ...Object.entries(texts).map(([type, values]) => new Attribute({ type, values })),
    new Attribute({ type: 'unicodePwd', values: [password] }),
  ];
}
