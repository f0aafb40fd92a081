// A run of creations against Samba whose hub is killed (SIGKILL) again and again and started again each
// time, and left to finish. It is the whole hub as people start it; its embedded PostgreSQL survives every
// kill and is adopted by the next hub.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hub } from '#hub.ts';
import type { DirectoryServer } from '#test/servers/directory-server.ts';
import { aHub, type HubProcess, spawnHub } from '#test/servers/hub.ts';
import { aPrefix, aUnit } from '#test/servers/samba-unit.ts';
import {
  approvedPlan,
  connectDirectory,
  joinHub,
  startApplying,
  starters,
} from '#test/servers/starters.ts';
import { type Damage, damageOf } from './damage.ts';

export type Kills = {
  readonly creates: number;
  readonly kills: number;
  /** From 0 to 1; seeded, so that a bad day can be had again. */
  readonly random: () => number;
};

export type KilledRun = Damage & {
  readonly accounts: number;
  readonly kills: number;
  /** Kills that came between an intent and its outcome. */
  readonly inFlight: number;
  readonly seconds: number;
};

/** One kill in five comes at any moment of a start, the others while accounts are being created. */
const atStartShare = 0.2;
const startMs = 2_000;
const betweenMs = 80;
const lookEveryMs = 20;
const limitMs = 300_000;

export async function killedRun(
  server: DirectoryServer,
  dataFolder: string,
  { creates, kills, random }: Kills,
): Promise<KilledRun> {
  const prefix = aPrefix();
  await using unit = await aUnit(server, prefix);
  const printed: (() => string)[] = [];
  const { hub, runId } = await begun(server, dataFolder, { creates, prefix, container: unit.dn });
  await using _ = hub;
  const begin = performance.now();
  let inFlight = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const started = aStart(dataFolder, printed);
    if (random() < atStartShare) await sleep(random() * startMs);
    else {
      await settledCount(hub, runId, Math.floor(((kill + random()) * creates) / (kills + 1)));
      await sleep(random() * betweenMs);
    }
    await killed(started);
    inFlight += (await openIntents(hub, runId)) > 0 ? 1 : 0;
  }
  const last = aStart(dataFolder, printed);
  await settledCount(hub, runId, creates);
  const seconds = (performance.now() - begin) / 1_000;
  const log = () => printed.map((text) => text()).join('');
  const damage = await damageOf({ server, hub, runId, prefix, creates, log: log() });
  await killed(last);
  return { ...damage, accounts: creates, kills, inFlight, seconds };
}

/** Set up and started by a hub that nothing is done to; the run waits for the next one. */
async function begun(
  server: DirectoryServer,
  dataFolder: string,
  given: { readonly creates: number; readonly prefix: string; readonly container: string },
): Promise<{ readonly hub: Hub; readonly runId: string }> {
  await using running = await aHub({ lab: true, dataFolder });
  await using opening = new AsyncDisposableStack();
  const hub = opening.use(await joinHub(running));
  const directoryConnectionId = await connectDirectory(hub, server, `Samba ${given.prefix}`);
  const { creates: count, prefix, container } = given;
  const automationId = await starters(hub, { count, prefix, container, directoryConnectionId });
  const planId = await approvedPlan(hub, automationId);
  await killed({ child: running.process, printed: running.printed });
  const runId = await startApplying(hub, planId);
  opening.move();
  return { hub, runId };
}

function aStart(dataFolder: string, printed: (() => string)[]): HubProcess {
  const started = spawnHub({ lab: true, dataFolder });
  printed.push(started.printed);
  return started;
}

async function killed({ child, printed }: HubProcess): Promise<void> {
  if (child.exitCode !== null) throw new Error(`The hub ended by itself:\n${printed()}`);
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function settledCount({ db }: Hub, runId: string, wanted: number): Promise<void> {
  for (const until = Date.now() + limitMs; Date.now() < until; await sleep(lookEveryMs)) {
    const { settled } = await db
      .selectFrom('outcomes')
      .select((row) => row.fn.countAll<number>().as('settled'))
      .where('run_id', '=', runId)
      .where('settled_at', 'is not', null)
      .executeTakeFirstOrThrow();
    if (settled >= wanted) return;
  }
  throw new Error(`The run did not come to ${wanted} outcomes in ${limitMs} ms.`);
}

async function openIntents({ db }: Hub, runId: string): Promise<number> {
  const { open } = await db
    .selectFrom('outcomes')
    .select((row) => row.fn.countAll<number>().as('open'))
    .where('run_id', '=', runId)
    .where('intended_at', 'is not', null)
    .where('settled_at', 'is', null)
    .executeTakeFirstOrThrow();
  return open;
}
