// The console's pages of directory syncs, in a real browser, from the connection of the lab to people in the desk.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { silentLog } from '#lib/log.ts';
import { openStore } from '#store/store.ts';
import { chromiumAbsent } from '#test/servers/chromium.ts';
import { buildConsole } from '#test/servers/console.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { skipWithout } from '#test/servers/servers.ts';
import { aReader, barriersOf, type Reader, signIn } from './reader.ts';

const skip = skipWithout('chromium', chromiumAbsent());
async function inDatabase({ dataFolder }: RunningHub, statement: string) {
  await using store = await openStore({ dataFolder, dataFolderChosen: true, log: silentLog });
  const owner = new pg.Client({ connectionString: store.ownerConnectionString.reveal() });
  await owner.connect();
  const { rows } = await owner.query<Record<string, unknown>>(statement);
  await owner.end();
  return rows;
}

/** As a reading leaves one behind; nobody of the lab's company is disputed by himself. */
const aDispute = `
  insert into sync_disputes (id, sync_id, target, entry_id, name, dn, code, sentence, candidates, found_at)
  select 'aaaaaaaa-0000-4000-8000-000000000001', id, 'user', '6d617961-0000-4000-8000-000000000001',
    'Maya Lindqvist', 'CN=Maya Lindqvist,OU=People,DC=ad,DC=larkfield,DC=test', 'sync.several-in-desk',
    'Two records of the desk have the address of Maya Lindqvist.',
    '[{"deskId": 998, "name": "Maya Lindqvist", "email": "maya.lindqvist@larkfield.test"},
      {"deskId": 999, "name": "M. Lindqvist", "email": ""}]', now()
  from directory_syncs`;

/** As five weeks of runs leave them behind, one a day: before all that the journey did itself. */
const manyRuns = `
  insert into sync_runs (id, sync_id, purpose, asked, did, state, read_count, sentence,
    started_by_kind, started_by_id, started_by, created_at, finished_at)
  select ('00000000-0000-7000-8000-' || lpad(day::text, 12, '0'))::uuid, id, 'sync', 'changes', 'changes',
    'done', day % 4, 'Nothing is to be changed.', 'system', '', 'the schedule',
    now() - (36 - day) * interval '1 day', now() - (36 - day) * interval '1 day'
  from directory_syncs cross join generate_series(1, 35) as day`;

/** As one that was asked for elsewhere, after everything that the journey did itself. */
const aReport = `
  insert into sync_runs (id, sync_id, purpose, asked, did, state, sentence,
    started_by_kind, started_by_id, started_by, created_at, finished_at)
  select 'ffffffff-0000-7000-8000-000000000001', id, 'drift', 'whole', 'whole', 'done',
    'Directory and desk agree by now.', 'system', '', 'the schedule', now(), now()
  from directory_syncs`;

const pictures = process.env.SUNDOG_TEST_PICTURES;

describe('The pages of directory syncs', { skip }, () => {
  let hub: RunningHub;
  let reader: Reader;
  before(async () => {
    buildConsole();
    hub = await aHub({ lab: true });
    reader = await aReader();
    await signIn(reader.page, new URL('/directory-syncs', hub.url), hub.administrator);
  });
  after(async () => {
    await reader?.[Symbol.asyncDispose]();
    await hub?.[Symbol.asyncDispose]();
  });

  /** Wide and on a telephone: no barrier anywhere, and a picture of each where they are wanted. */
  const look = async (name: string) => {
    const { page } = reader;
    const found: unknown[] = [];
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      found.push(...(await barriersOf(page)));
      const wide = await page.evaluate(
        'document.documentElement.scrollWidth > document.documentElement.clientWidth',
      );
      if (wide) found.push(`wider than ${width}`);
      for (const colorScheme of pictures === undefined ? [] : (['light', 'dark'] as const)) {
        await page.emulateMedia({ colorScheme });
        const path = `${pictures}/${name}-${colorScheme}-${width}.png`;
        await page.screenshot({ path, fullPage: true });
      }
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    return found;
  };
  const button = (name: string) => reader.page.getByRole('button', { name, exact: true });

  it('begin with none, and add one on the directory’s connection', async () => {
    const { page } = reader;
    await page.getByText('No directory is synchronised yet.').waitFor();
    await button('Add a directory sync…').click();
    await page.getByLabel('Name').fill('Larkfield');
    const barriers = await look('syncs-empty');
    await button('Add the sync').click();

    await page.getByText('until it has a place. It runs by hand alone.').waitFor();
    assert.deepEqual(barriers, []);
    assert.ok(await button('Sync now').isDisabled(), 'nothing can be read yet');
  });

  it('find a container one level at a time, and a site for its people', async () => {
    const { page } = reader;
    await button('Change the settings…').click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('People of Larkfield');
    await button('Add a place').click();
    await button('Browse…').click();
    await button('Open ad.larkfield.test').click();
    await button('Choose People').waitFor();
    const browsing = await look('sync-browse');
    await button('Choose People').click();
    const site = page.getByLabel('Their site');
    const first = await site.locator('option').nth(1).getAttribute('value');
    await site.selectOption(first);
    await page.getByText(/fields are filled$/).click();
    const editing = await look('sync-editor');
    await button('Save the settings').click();
    await page.getByText('Everybody in People become users').waitFor();

    assert.deepEqual([...browsing, ...editing], []);
  });

  it('try the directory and show whom they would read', async () => {
    const { page } = reader;
    await button('Test').click();
    await page.getByText('works', { exact: true }).waitFor();
    await button('Preview').click();
    await page.getByText(/People: \d+ seen/).waitFor();
    await page.getByText('Ines Marlow').first().waitFor();

    assert.deepEqual(await look('sync-previewed'), []);
  });

  it('report what differs, and change nothing', async () => {
    const { page } = reader;
    await button('Report what differs').click();
    await page.getByText(/one by one$/).click({ timeout: 60_000 });
    await page.getByText('is missing in the desk').first().waitFor();
    const barriers = await look('sync-drift');
    await page.getByText(/one by one$/).click();

    assert.deepEqual(barriers, []);
  });

  it('sync: the plan waits, is approved, and is applied while one looks on', async () => {
    const { page } = reader;
    await button('Sync now').click();
    await page.getByRole('link', { name: 'Read the plan' }).waitFor({ timeout: 60_000 });
    const barriers = await look('sync-planned');
    await page.getByRole('link', { name: 'Read the plan' }).click();
    await page.getByRole('button', { name: /^Approve/ }).click();
    await page.getByLabel('Why it may go on all the same').fill('Every address is new here');
    await page.getByLabel('Type 2 to deactivate 2 people').fill('2');
    await page.getByRole('button', { name: /^Deactivate 2 people/ }).click();
    await page.waitForURL(/\/runs\//);
    await page.getByRole('heading', { name: /^Finished/ }).waitFor({ timeout: 60_000 });
    await page.goto(new URL('/directory-syncs', hub.url).href);
    await page.getByText('1 directory is synchronised.').waitFor();
    barriers.push(...(await look('syncs')));
    await page.getByRole('link', { name: 'People of Larkfield' }).click();
    await page.getByText('Last applied').waitFor();

    assert.deepEqual(barriers, []);
  });

  it('leave people to be decided on, once and for all', async () => {
    const { page } = reader;
    await inDatabase(hub, aDispute);
    await page.reload();
    await page.getByText('1 person waits for your decision').waitFor();
    await button('Link to 999: Maya Lindqvist').click();
    await page.getByText('cannot be linked').waitFor();
    const barriers = await look('sync-dispute');
    await button('Leave out: Maya Lindqvist').click();
    await page.getByText('1 person waits for your decision').waitFor({ state: 'detached' });

    assert.deepEqual(barriers, []);
  });

  it('say why something happened to somebody', async () => {
    const { page } = reader;
    await page.getByLabel('How their name begins').fill('thomas hale');
    await button('Find out').click();
    await button('Choose: Thomas Hale (Production), user').click();
    await page.getByText('paired with a record').waitFor();
    await page.getByText(/^To create the record/).waitFor();
    await page.getByLabel('How their name begins').fill('Nobody at all');
    await button('Find out').click();
    await page.getByText('The sync knows nobody whose name begins with').waitFor();
  });

  it('tell of runs further back, a page at a time', async () => {
    const { page } = reader;
    await inDatabase(hub, manyRuns);
    await page.reload();
    const rows = page.getByRole('region', { name: /^History/ }).locator('tbody tr');
    await page.getByRole('link', { name: 'Older' }).click();
    await page.getByRole('heading', { name: 'History, further back' }).waitFor();
    await page.getByRole('link', { name: 'Older' }).waitFor({ state: 'detached' });
    const older = await rows.count();
    const barriers = await look('sync-history');
    await page.getByRole('link', { name: 'Newest' }).click();
    await page.getByRole('heading', { name: 'History', exact: true }).waitFor();

    assert.deepEqual(barriers, []);
    const [{ count } = {}] = await inDatabase(hub, 'select count(*)::int from sync_runs');
    assert.equal(20 + older, count);
  });

  it('show a report that was made elsewhere, and are not asked to', async () => {
    const { page } = reader;
    await page.clock.install();
    await page.reload();
    const report = page.getByRole('region', { name: 'What differs' });
    await report.getByText(/one by one$/).waitFor();
    await inDatabase(hub, aReport);
    await page.clock.fastForward(16_000);

    await report.getByText('Directory and desk agree by now.').waitFor();
  });

  it('are deleted once their name is typed, and leave their people in the desk', async () => {
    const { page } = reader;
    const people = 'select id, name, inactive from desk_users order by id';
    const before = await inDatabase(hub, people);
    await button('Delete the sync…').click();
    await page.getByText('What goes for good').waitFor();
    const last = button('Delete it for good');
    assert.ok(await last.isDisabled(), 'nobody has typed its name yet');
    const barriers = await look('sync-delete');
    await page.getByLabel('Type People of Larkfield to go on').fill('People of Larkfield');
    await last.click();
    await page.getByText('No directory is synchronised yet.').waitFor();

    assert.deepEqual(barriers, []);
    assert.deepEqual(await inDatabase(hub, people), before);
    assert.deepEqual(reader.complaints, []);
  });
});
