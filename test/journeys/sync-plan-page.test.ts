// The page of a directory sync's plan, in a real browser: fields as people call them, and who is deactivated.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  aCreation,
  aManager,
  anUpdate,
  aPerson,
  aSyncPlan,
  aSyncStage,
  keyOf,
  type SyncStage,
} from '#test/automation/sync-stage.ts';
import { chromiumAbsent } from '#test/servers/chromium.ts';
import { buildConsole } from '#test/servers/console.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { skipWithout } from '#test/servers/servers.ts';
import { aReader, barriersOf, type Reader, signIn } from './reader.ts';

const skip = skipWithout('chromium', chromiumAbsent());

describe("The page of a sync's plan", { skip }, () => {
  let stage: SyncStage;
  let hub: RunningHub;
  let reader: Reader;
  before(async () => {
    buildConsole();
    stage = await aSyncStage();
    const url = stage.database.connectionString.reveal();
    hub = await aHub({
      env: {
        SUNDOG_DATABASE_URL: url,
        SUNDOG_DATABASE_OWNER_URL: stage.database.ownerConnectionString.reveal(),
      },
    });
    reader = await aReader();
    const { id } = await aSyncPlan(
      stage,
      [
        aPerson(0, [aCreation(0), aManager(0, { needs: [`${keyOf(0)}:create`] })]),
        aPerson(1, [
          anUpdate(1, {
            before: { siteId: ['11'], 'custom:Badge': [] },
            after: { siteId: ['12'], 'custom:Badge': ['B-117'] },
          }),
        ]),
        {
          ...aPerson(2, [
            anUpdate(2, {
              ...{ id: `${keyOf(2)}:disable`, kind: 'disable' },
              ...{ before: { enabled: ['true'] }, after: { enabled: ['false'] } },
              because: ['No longer in the directory.'],
            }),
          ]),
          group: 'leaver',
        },
      ],
      { needsApproval: true, sentence: '3 entries read: 1 created, 2 changed and 1 deactivated.' },
    );
    await signIn(reader.page, new URL(`/plans/${id}`, hub.url), hub.administrator);
  });
  after(async () => {
    await reader?.[Symbol.asyncDispose]();
    await hub?.[Symbol.asyncDispose]();
    await stage?.[Symbol.asyncDispose]();
  });

  it('names fields and people as the desk does, and offers no way through an automation', async () => {
    const { page } = reader;
    await page.getByRole('button', { name: 'Ines Marlow 1' }).click();
    await page.getByRole('rowheader', { name: 'site, by number' }).waitFor();
    await page.getByRole('rowheader', { name: 'Badge', exact: true }).waitFor();

    assert.equal(await page.getByText('through the automation').count(), 0);
    assert.equal(await page.getByRole('article', { name: 'change Ines Marlow 1' }).count(), 1);
    assert.deepEqual(await barriersOf(page), []);
    assert.deepEqual(reader.complaints, []);
  });

  it('has the number of people typed who are deactivated', async () => {
    const { page } = reader;
    await page.getByRole('button', { name: 'Approve…' }).click();

    await page.getByLabel('Type 1 to deactivate 1 person').fill('1');
    await page
      .getByRole('button', { name: 'Deactivate 1 person and make 3 other changes' })
      .waitFor();
    assert.deepEqual(await barriersOf(page), []);
  });
});
