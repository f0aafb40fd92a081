// Two hubs on one data folder would both apply the same plans.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { silentLog } from '#lib/log.ts';
import { takeHubLock } from './hub-lock.ts';
import { openStore, type Store } from './store.ts';

describe('A hub', () => {
  let folder: string;
  let store: Store;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sundog-hub-'));
    chmodSync(folder, 0o755);
    store = await openStore({
      dataFolder: join(folder, 'data'),
      dataFolderChosen: true,
      log: silentLog,
    });
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  it('refuses a second one on its data folder, in a sentence that names the folder', async () => {
    await using _ = await takeHubLock(store, 'all');

    for (const role of ['all', 'web', 'worker'] as const) {
      await assert.rejects(takeHubLock(store, role), {
        code: 'store.second-hub',
        message: new RegExp(`^Another hub is running on the data folder ${folder}`),
      });
    }
  });

  it('may be one web and one worker process', async () => {
    await using _web = await takeHubLock(store, 'web');
    await using _worker = await takeHubLock(store, 'worker');

    await assert.rejects(takeHubLock(store, 'all'), { code: 'store.second-hub' });
  });

  it('may start when the other has ended', async () => {
    const first = await takeHubLock(store, 'all');
    await first[Symbol.asyncDispose]();

    await using _ = await takeHubLock(store, 'all');
  });
});
