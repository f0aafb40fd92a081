// What cannot be written to the audit trail does not happen, by any door: each act is tried while the trail takes
// nothing, changes no row of any table, and is then done all the same.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { silentLog } from '#lib/log.ts';
import { openStore } from '#store/store.ts';
import { operationsOf } from '#test/contracts/fuzz-openapi.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { administratorOf, applicationOf } from '#test/servers/hub-session.ts';
import { automatingSteps } from '#test/unaudited/automating.ts';
import { deskSteps } from '#test/unaudited/desk.ts';
import { applicationSteps, keepingSteps, linkSteps } from '#test/unaudited/keeping.ts';
import {
  aWalk,
  breakable,
  everything,
  type Place,
  quiet,
  type Step,
  take,
  type Walk,
} from '#test/unaudited/walk.ts';

const parts: Readonly<Record<string, readonly Step[]>> = {
  'on the desk': deskSteps,
  'with applications': applicationSteps,
  'with connections, vaults, questions and the trail': keepingSteps,
  'with secret links': linkSteps,
};

describe('A hub whose audit trail cannot be written', () => {
  let stage: Stage;
  before(async () => {
    stage = await aStage(false);
  });
  after(() => stage?.[Symbol.asyncDispose]());

  for (const [what, steps] of Object.entries(parts)) {
    it(`does nothing ${what}: ${steps.length} acts`, async () => {
      assert.deepEqual(await faultsOf(stage, steps), []);
    });
  }

  it('does nothing at any other route either, with whatever comes', async () => {
    const { place, walk } = stage;
    const { json } = await walk.get('/openapi.json');
    const walked = new Set(
      [...Object.values(parts), automatingSteps].flat().map(({ route }) => route),
    );
    const others = operationsOf(json).filter(
      ({ method, path }) => method !== 'GET' && !walked.has(`${method} ${path}`),
    );
    const earlier = await quiet(place.owner);

    await place.owner.query('alter table audit_entries enable trigger broken');
    for (const { method, path } of others) {
      const route = `${method} ${path}`;
      await walk.send({ route, path: path.replaceAll(/\{\w+\}/g, '1'), json: () => ({}) });
    }
    await place.owner.query('alter table audit_entries disable trigger broken');

    const later = await everything(place.owner);
    assert.deepEqual(
      [...later].filter(([name, digest]) => earlier.get(name) !== digest),
      [],
    );
    assert.ok(walked.size > 85, `${walked.size} routes walked`);
  });
});

describe('A lab whose audit trail cannot be written', () => {
  let stage: Stage;
  before(async () => {
    stage = await aStage(true);
  });
  after(() => stage?.[Symbol.asyncDispose]());

  it(`does nothing with automations, plans and runs: ${automatingSteps.length} acts`, async () => {
    assert.deepEqual(await faultsOf(stage, automatingSteps), []);
  });
});

type Stage = AsyncDisposable & { readonly place: Place; readonly walk: Walk };

async function aStage(lab: boolean): Promise<Stage> {
  await using opening = new AsyncDisposableStack();
  const hub: RunningHub = opening.use(await aHub({ lab }));
  const program = (await applicationOf(hub)).headers;
  const person = (await administratorOf(hub)).headers;
  const { dataFolder } = hub;
  const store = opening.use(
    await openStore({ dataFolder, dataFolderChosen: true, log: silentLog }),
  );
  const owner = await breakable(store.ownerConnectionString.reveal());
  opening.defer(() => owner.end());
  const place = { base: new URL(hub.url), owner, program, person };
  const opened = opening.move();
  return { place, walk: aWalk(place, {}), [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function faultsOf({ place, walk }: Stage, steps: readonly Step[]): Promise<string[]> {
  const faults: string[] = [];
  for (const step of steps) {
    const fault = await take(place, walk, step);
    if (fault !== undefined) faults.push(fault.slice(0, 300));
  }
  return faults;
}
