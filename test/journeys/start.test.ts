import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { silentLog } from '#lib/log.ts';
import { openStore } from '#store/store.ts';
import { sundog } from '#test/servers/command-line.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';

let hub: RunningHub;
before(async () => {
  hub = await aHub();
});
after(async () => {
  await hub?.[Symbol.asyncDispose]();
});

/** One sentence with its code, nothing else, exit code 1. */
function assertRefused(said: Awaited<ReturnType<typeof sundog>>, code: string, words: RegExp) {
  assert.equal(said.code, 1, said.printed + said.complained);
  const sentence = said.complained
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{'))
    .join('\n');
  assert.match(sentence, words);
  assert.ok(sentence.endsWith(`(${code})`), sentence);
  assert.doesNotMatch(sentence, /\n|at \S+:\d+/);
}

describe('`sundog start` is refused in a sentence', () => {
  it('when another hub runs on the same data folder', async () => {
    assertRefused(await sundog(hub, 'start'), 'store.second-hub', /data folder .+ stop it first/);
    assert.equal((await fetch(new URL('/health/ready', hub.url))).status, 200);
  });

  it('when the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const folder = mkdtempSync(join(tmpdir(), 'sundog-start-'));
    chmodSync(folder, 0o755);

    const env = { SUNDOG_PORT: String(port) };
    const said = await sundog({ dataFolder: join(folder, 'data'), env }, 'start');

    assertRefused(said, 'hub.port-taken', new RegExp(`${port} .+ set SUNDOG_PORT`));
    other.close();
    rmSync(folder, { recursive: true });
  });

  it('when the data folder cannot be written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sundog-start-'));
    const file = join(folder, 'file');
    writeFileSync(file, '');

    const said = await sundog({ dataFolder: join(file, 'data') }, 'start');

    assertRefused(said, 'store.folder-unwritable', /cannot be written .+ set SUNDOG_DATA/);
    rmSync(folder, { recursive: true });
  });

  it('when the lab would listen for other machines, or on a database of real data', async () => {
    const env = { SUNDOG_HOST: '0.0.0.0' };
    const open = await sundog({ ...hub, env }, 'start', '--lab');
    assertRefused(open, 'lab.not-loopback', /loopback alone/);
    assertRefused(await sundog(hub, 'start', '--lab'), 'lab.unmarked', /start without --lab/);
  });

  it('when the database was used by a newer Sundog', async () => {
    const { dataFolder } = hub;
    await using store = await openStore({ dataFolder, dataFolderChosen: true, log: silentLog });
    const newer = `insert into schema_migrations (name, checksum) select '9999-newer.sql', checksum
      from schema_migrations limit 1`;
    const owner = new pg.Client({ connectionString: store.ownerConnectionString.reveal() });
    await owner.connect();
    await owner.query(newer);
    await owner.end();

    const said = await sundog(hub, 'doctor');

    assert.equal(said.code, 1);
    assert.match(said.printed, /newer Sundog \(migration 9999-newer\.sql is unknown here\)/);
    assertRefused(await sundog(hub, 'start'), 'store.schema-newer', /install that version/);
  });

  it('when a setting cannot be used', async () => {
    const said = await sundog({ ...hub, env: { SUNDOG_PORT: 'seventy' } }, 'start');

    assertRefused(said, 'settings.invalid', /SUNDOG_PORT/);
  });
});
