// Passwords of records and the master key, on a whole hub: in a browser, on the command line, in all it keeps.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { silentLog } from '#lib/log.ts';
import { openStore } from '#store/store.ts';
import { chromiumAbsent } from '#test/servers/chromium.ts';
import { sundog } from '#test/servers/command-line.ts';
import { buildConsole } from '#test/servers/console.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { type Application, applicationOf } from '#test/servers/hub-session.ts';
import { skipWithout } from '#test/servers/servers.ts';
import { aReader, barriersOf, type Reader, signIn } from './reader.ts';

const skip = skipWithout('chromium', chromiumAbsent());
const secret = 'canary-Qw7#porto-door-93';

const Made = z.looseObject({ id: z.number() });
const Keys = z.looseObject({
  old: z.number(),
  keys: z.array(z.object({ id: z.string(), state: z.string(), values: z.number() })),
});

describe('Passwords of records, on a hub that runs', { skip }, () => {
  let hub: RunningHub;
  let program: Application;
  let reader: Reader;
  let page: Page;
  before(async () => {
    buildConsole();
    hub = await aHub({ lab: true, env: { SUNDOG_LOG: 'json,debug' } });
    program = await applicationOf(hub);
    await aPassword();
    reader = await aReader();
    page = reader.page;
    await page.clock.install();
  });
  after(async () => {
    await reader?.[Symbol.asyncDispose]();
    await hub?.[Symbol.asyncDispose]();
  });

  async function aPassword(): Promise<void> {
    const made = async (path: string, body: object) =>
      Made.parse((await program.post(path, body)).body).id;
    const field = { name: 'CFDoorCode', label: 'Door code', usage: 4, inputtype: 6 };
    const fieldId = await made('/api/CustomField', field);
    const users = z
      .object({ users: z.array(z.looseObject({ id: z.number(), name: z.string() })) })
      .parse((await program.get('/api/Users?search=Clara')).body);
    const id = users.users[0]?.id;
    await made('/api/Users', { id, customfields: [{ id: fieldId, value: secret }] });
  }

  const at = (path: string) => new URL(path, hub.url);
  const button = (name: RegExp) => page.getByRole('button', { name });
  const says = (text: string | RegExp) => page.getByText(text).first().waitFor();

  it('are dots on the page until they are revealed, and dots again after half a minute', async () => {
    await signIn(page, at('/passwords?find=Clara'), hub.administrator);
    await says('No password has been shown to anybody.');
    assert.equal(await page.getByText(secret).count(), 0);

    await button(/^Reveal Door code of Clara Whitcombe; it is recorded$/).click();
    await says(secret);
    await button(/^Copy Door code/).waitFor();
    await says(/^A password was shown once, to .*: Door code of Clara Whitcombe\.$/);
    await page.clock.fastForward(31_000);

    await page.getByText(secret).waitFor({ state: 'detached' });
    await button(/^Reveal Door code/).waitFor();
  });

  it('are kept under a key that changes while the hub runs', async () => {
    const told = await sundog(hub, 'keys', 'rotate');

    assert.equal(told.code, 0, told.complained);
    assert.match(told.printed, /^From now on the master key [0-9a-f]{16} seals; \d+ values/);
    assert.match(told.printed, /values were sealed anew with the key .* is retired\./);
    const keys = Keys.parse((await program.get('/v1/keys')).body);
    assert.deepEqual([keys.old, keys.keys.map(({ state }) => state)], [0, ['current', 'retired']]);
    await page.goto(at('/passwords?find=Clara').href);
    await button(/^Reveal Door code/).click();
    await says(secret);
  });

  it('and the key has a page that says how it stands, and changes it', async () => {
    await page.goto(at('/keys').href);
    await says('Every secret is sealed with the present master key.');
    const before = await page.locator('table.keys tbody tr').count();

    await button(/^Change the master key/).click();
    await button(/^Change the key$/).click();

    await page.clock.runFor(5_000);
    await page.locator('table.keys tbody tr').nth(before).waitFor();
    await says('The last change');
  });

  it('meet no barrier that axe can find, in light and in dark', async () => {
    const found: string[] = [];
    for (const path of ['/passwords?find=Clara', '/keys']) {
      await page.goto(at(path).href);
      await page.locator('table').first().waitFor();
      found.push(...(await barriersOf(page)).map((barrier) => `${path} ${barrier}`));
    }
    await button(/^Change the master key/).click();
    await button(/^Change the key$/).waitFor();
    found.push(...(await barriersOf(page)));
    assert.deepEqual([found, reader.complaints], [[], []]);
  });

  it('stand nowhere in the open, in no table and no log; nor does any master key', async () => {
    const file = join(hub.dataFolder, 'master.key');
    const keys = [file, `${file}.retired`].flatMap((one) =>
      readFileSync(one, 'utf8').split('\n').filter(Boolean),
    );
    const kept = await everythingKept();

    assert.ok(keys.length >= 3, 'a present key and two retired ones');
    assert.ok(kept.length > 50_000 && kept.includes('password-field.revealed'));
    for (const text of [secret, ...keys]) {
      for (const spelling of [text, Buffer.from(text).toString('hex')]) {
        assert.ok(!kept.includes(spelling), 'in a table');
        assert.ok(!hub.printed().includes(spelling), 'in the log');
      }
    }
  });

  async function everythingKept(): Promise<string> {
    await using store = await openStore({
      dataFolder: hub.dataFolder,
      dataFolderChosen: true,
      databaseUrl: undefined,
      databaseOwnerUrl: undefined,
      log: silentLog,
    });
    const { rows } = await store.pool.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname in ('public', 'graphile_worker')`,
    );
    const texts: string[] = [];
    for (const { name } of rows) {
      const { rows: all } = await store.pool.query(`select each::text as row from ${name} as each`);
      texts.push(...all.map(({ row }) => String(row)));
    }
    return texts.join('\n');
  }
});
