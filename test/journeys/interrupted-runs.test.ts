// Whole hubs whose runs are interrupted: the wire to the directory, the hub itself, or split into two processes.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PresenceFilter } from 'ldapts';
import type { Hub } from '#hub.ts';
import { childDn } from '#lib/dn.ts';
import { aName } from '#test/contracts/directory-stage.ts';
import { administrator } from '#test/servers/directory-server.ts';
import { aFolder, aHub, spawnHub } from '#test/servers/hub.ts';
import { type LabDirectoryServer, labDirectory } from '#test/servers/lab-directory.ts';
import { aProxy } from '#test/servers/proxy.ts';
import {
  approvedPlan,
  connectDirectory,
  joinHub,
  startApplying,
  starters,
} from '#test/servers/starters.ts';

const count = 60;
const limitMs = 120_000;

describe('A run of a whole hub', () => {
  let directory: LabDirectoryServer;
  let folder: string;
  before(async () => {
    directory = await labDirectory();
    folder = join(aFolder(), 'data');
  });
  after(async () => {
    await directory?.[Symbol.asyncDispose]();
    rmSync(join(folder, '..'), { recursive: true, force: true });
  });

  it('ends right though the wire to the directory is cut, again and again', async () => {
    await using wire = await aProxy(directory.host, directory.ports.ldaps);
    await using running = await aHub({ lab: true, dataFolder: folder });
    await using hub = await joinHub(running);
    const run = await begun(hub, wire.port);

    for (const share of [0.1, 0.4, 0.7]) {
      await settled(hub, run.id, Math.floor(count * share));
      wire.cut();
    }
    await settled(hub, run.id, count);

    await assertEachOnce(hub, run);
  });

  it('is gone on with where SIGTERM had stopped it, and the stop is a quick one', async () => {
    const first = await aHub({ lab: true, dataFolder: folder });
    let run: Run;
    {
      await using hub = await joinHub(first);
      run = await begun(hub, directory.ports.ldaps);
      await settled(hub, run.id, Math.floor(count / 4));
    }
    const told = performance.now();
    const code = await stopped(first.process);
    const stopMs = performance.now() - told;
    await using second = await aHub({ lab: true, dataFolder: folder });
    await using hub = await joinHub(second);
    await settled(hub, run.id, count);

    assert.equal(code, 0);
    assert.ok(stopMs < 15_000, `${stopMs} ms`);
    await assertEachOnce(hub, run);
  });

  it('is done by a worker beside a web server: two processes on one database', async () => {
    await using web = await aHub({ lab: true, role: 'web', dataFolder: folder });
    await using hub = await joinHub(web);
    const run = await begun(hub, directory.ports.ldaps);
    await sleep(1_000);
    const before = await openCount(hub, run.id);
    const worker = spawnHub({ lab: true, role: 'worker', dataFolder: folder });
    try {
      await settled(hub, run.id, count);
    } finally {
      await stopped(worker.child);
    }

    assert.equal(before, count, 'a web server works on no run');
    assert.equal((await fetch(new URL('/health/ready', web.url))).status, 200);
    await assertEachOnce(hub, run);
  });

  type Run = { readonly id: string; readonly container: string };

  async function begun(hub: Hub, port: number): Promise<Run> {
    const prefix = aName('i').replace('-', '');
    const container = childDn('OU', prefix, directory.people);
    await using client = await administrator(directory);
    await client.add(container, { objectClass: 'organizationalUnit' });
    const server = { ...directory, ports: { ...directory.ports, ldaps: port } };
    const directoryConnectionId = await connectDirectory(hub, server, `Directory ${prefix}`);
    const given = { count, prefix, container, directoryConnectionId };
    const planId = await approvedPlan(hub, await starters(hub, given));
    return { id: await startApplying(hub, planId), container };
  }

  async function assertEachOnce(hub: Hub, { id, container }: Run): Promise<void> {
    const outcomes = await hub.db
      .selectFrom('outcomes')
      .select(['result', 'target_id'])
      .where('run_id', '=', id)
      .execute();
    assert.deepEqual(
      outcomes.filter(({ result }) => result !== 'done'),
      [],
    );
    assert.equal(new Set(outcomes.map(({ target_id }) => target_id)).size, count);
    await using client = await administrator(directory);
    const { searchEntries } = await client.search(container, {
      scope: 'one',
      filter: new PresenceFilter({ attribute: 'sAMAccountName' }),
      attributes: ['sAMAccountName'],
      paged: true,
    });
    assert.equal(searchEntries.length, count);
  }
});

async function settled(hub: Hub, runId: string, wanted: number): Promise<void> {
  for (const until = Date.now() + limitMs; Date.now() < until; await sleep(25)) {
    if (count - (await openCount(hub, runId)) >= wanted) return;
  }
  throw new Error(`The run did not come to ${wanted} outcomes in ${limitMs} ms.`);
}

async function openCount({ db }: Hub, runId: string): Promise<number> {
  const { open } = await db
    .selectFrom('outcomes')
    .select((row) => row.fn.countAll<number>().as('open'))
    .where('run_id', '=', runId)
    .where('settled_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(open);
}

async function stopped(child: ChildProcess): Promise<number | null> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
  return child.exitCode;
}
