// A run of creations during which the workers are killed (SIGKILL) again and again, and what is left of it.
import { type ChildProcess, fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLdapDirectory } from '#connectors/ldap/directory.ts';
import { planAutomation } from '#features/automation/plan.ts';
import {
  anAutomationOn,
  aStage as anAutomationStage,
  approveAndStart,
  ended,
  rosa,
  type Stage,
} from '#test/automation/stage.ts';
import { addressOf, aName, aStage, type Stage as Place } from '#test/contracts/directory-stage.ts';
import { aMemoryApplication } from '#test/faults/memory-application.ts';
import { aRow } from '#test/planning/larkfield.ts';
import type { DirectoryServer } from '#test/servers/directory-server.ts';

export type KilledRun = AsyncDisposable & {
  readonly stage: Stage;
  readonly place: Place;
  readonly runId: string;
  readonly kills: number;
  readonly seconds: number;
  /** Everything that any of the workers said, at the level debug. */
  readonly log: string;
};

const concurrency = 4;
const limitMs = 600_000;

/** The employees of the run: one row of Halo each, nobody of whom has an account. */
export function employees(count: number, tag: string) {
  return Array.from({ length: count }, (_, at) =>
    aRow({ id: at + 1, firstname: 'Ines', surname: `${tag}${at + 1}` }),
  );
}

export async function killedRun(
  server: DirectoryServer,
  { creates, kills }: { readonly creates: number; readonly kills: number },
): Promise<KilledRun> {
  await using opening = new AsyncDisposableStack();
  const place = opening.use(await aStage(server, openLdapDirectory));
  const application = aMemoryApplication(employees(creates, aName('k').slice(2, 8)));
  const stage = opening.use(
    await anAutomationStage({
      openDirectory: () => place.open(),
      openApplication: application.open,
    }),
  );
  const automation = await anAutomationOn(stage, {
    automation: {
      container: { kind: 'fixed', dn: place.container },
      steps: [{ action: 'create-account', settings: { mustChangePassword: true } }],
      startDate: null,
      match: [],
    },
  });
  const plan = await planAutomation(stage.ports, automation.id, { actor: rosa });
  const runId = await approveAndStart(stage, plan);
  const said: string[] = [];
  const started = performance.now();
  for (let kill = 0; kill < kills; kill += 1) {
    const worker = await aWorker(server, stage, said);
    // Somewhere in this kill's own part of the run, so that every kill meets work under way.
    const until = Math.floor(((kill + randomInt(100) / 100) * creates) / kills);
    await reached(stage, runId, Math.min(until, creates - 1));
    await sleep(randomInt(40));
    await killed(worker);
  }
  const last = await aWorker(server, stage, said);
  await ended(stage, runId, limitMs);
  const seconds = (performance.now() - started) / 1_000;
  await killed(last);
  const kept = opening.move();
  return {
    stage,
    place,
    runId,
    kills,
    seconds,
    log: said.join(''),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

export async function aWorker(
  server: DirectoryServer,
  stage: Stage,
  said: string[],
): Promise<ChildProcess> {
  const given = {
    connectionString: stage.database.connectionString.reveal(),
    address: addressOf(server),
    password: server.service.password.reveal(),
    concurrency,
  };
  const script = join(import.meta.dirname, '..', 'processes', 'automation-worker.ts');
  const worker = fork(script, [JSON.stringify(given)], { silent: true });
  for (const stream of [worker.stdout, worker.stderr]) {
    stream?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  }
  const early = once(worker, 'exit').then(() => {
    throw new Error(`the worker ended before it was ready: ${said.slice(-5).join('')}`);
  });
  await Promise.race([once(worker, 'message'), early]);
  early.catch(() => {});
  return worker;
}

export async function killed(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null) throw new Error(`the worker ended by itself: ${worker.exitCode}`);
  const gone = once(worker, 'exit');
  worker.kill('SIGKILL');
  await gone;
}

async function reached(stage: Stage, runId: string, count: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (Date.now() < deadline) {
    const { settled } = await stage.database.db
      .selectFrom('outcomes')
      .select((row) => row.fn.countAll<number>().as('settled'))
      .where('run_id', '=', runId)
      .where('settled_at', 'is not', null)
      .executeTakeFirstOrThrow();
    if (settled >= count) return;
    await sleep(5);
  }
  throw new Error(`the run did not come to ${count} changes`);
}
