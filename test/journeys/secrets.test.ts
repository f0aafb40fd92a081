import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { z } from 'zod';
import { silentLog } from '#lib/log.ts';
import { openStore } from '#store/store.ts';
import { sundog } from '#test/servers/command-line.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import {
  type Application,
  administratorOf,
  applicationOf,
  type Person,
  personOf,
} from '#test/servers/hub-session.ts';

const Runs = z.object({ items: z.array(z.looseObject({ id: z.string() })) });
const Run = z.looseObject({
  outcomes: z.array(z.looseObject({ changeId: z.string(), password: z.string() })),
});
const LabFile = z.looseObject({ administratorPassword: z.string(), servicePassword: z.string() });

let hub: RunningHub;
let administrator: Person;
let program: Application;
before(async () => {
  hub = await aHub({ lab: true, env: { SUNDOG_LOG: 'json,debug' } });
  administrator = await administratorOf(hub);
  program = await applicationOf(hub);
});
after(async () => {
  await hub?.[Symbol.asyncDispose]();
});

/** Where the first passwords of the sample's new accounts wait. */
async function handovers(): Promise<string[]> {
  const [run] = Runs.parse((await administrator.get('/v1/runs')).body).items;
  const { outcomes } = Run.parse((await administrator.get(`/v1/runs/${run?.id}`)).body);
  return outcomes
    .filter(({ password }) => password !== 'none')
    .map(({ changeId }) => `/v1/runs/${run?.id}/passwords/${changeId}/reveal`);
}

async function tablesOf(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ schema: string; name: string }>(`
    select n.nspname as schema, c.relname as name from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')`);
  return rows.map(
    ({ schema, name }) => `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`,
  );
}

/** Every row of every table as text; bytes are spelt in hexadecimal there. */
async function everythingKept(): Promise<Map<string, string>> {
  const { dataFolder } = hub;
  const databaseUrl = undefined;
  await using store = await openStore({
    dataFolder,
    dataFolderChosen: true,
    databaseUrl,
    databaseOwnerUrl: databaseUrl,
    log: silentLog,
  });
  const kept = new Map<string, string>();
  for (const table of await tablesOf(store.pool)) {
    const { rows } = await store.pool.query<{ row: string }>(
      `select t::text as row from ${table} t`,
    );
    kept.set(table, rows.map(({ row }) => row).join('\n'));
  }
  return kept;
}

describe('The first password of a new account', () => {
  it('is shown to nobody without the right, and to no program', async () => {
    const [first = ''] = await handovers();
    const words = ['--name', 'Hugo Prat', '--email', 'hugo.prat@larkfield.test', '--json'];
    const made = (await sundog(hub, 'agent', 'create', ...words)).json();
    const agent = await personOf(hub, 'hugo.prat@larkfield.test', String(made.password));

    const byAgent = await agent.post(first);
    const byProgram = await program.post(first);
    const byNobody = await fetch(new URL(first, hub.url), { method: 'POST' });

    assert.deepEqual([byAgent.status, byProgram.status, byNobody.status], [403, 403, 401]);
    assert.match(byAgent.text, /passwords:reveal/);
  });

  it('is shown once, audited, and stands nowhere else; nor does any other secret', async () => {
    const places = await handovers();
    assert.equal(places.length, 3);
    const passwords: string[] = [];
    for (const place of places) {
      const { status, body } = await administrator.post(place);
      assert.equal(status, 200);
      passwords.push(z.object({ password: z.string().min(12) }).parse(body).password);
    }
    const [first = ''] = places;
    const again = await administrator.post(first);
    assert.deepEqual([again.status, /password\.gone/.test(again.text)], [410, true]);

    const lab = LabFile.parse(
      JSON.parse(readFileSync(join(hub.dataFolder, 'lab', 'lab.json'), 'utf8')),
    );
    const secrets = {
      'a generated password': passwords,
      'the master key': [readFileSync(join(hub.dataFolder, 'master.key'), 'utf8').trim()],
      'the first password of the administrator': [hub.administrator.password],
      'a client secret': [program.clientSecret],
      'an access token': [program.token],
      'a session': [administrator.session],
      'a password of the lab': [lab.administratorPassword, lab.servicePassword],
    };
    const kept = await everythingKept();
    assert.match(kept.get('"public"."audit_entries"') ?? '', /password\.revealed/);
    assert.ok([...kept.values()].join('').length > 50_000, 'the database was read');
    assert.match(hub.printed(), /"level":"debug"/);
    const found = Object.entries(secrets).flatMap(([what, values]) =>
      values.flatMap((value) => {
        assert.ok(value.length > 10, what);
        const spellings = [value, Buffer.from(value).toString('hex')];
        const shows = (text: string) => spellings.some((spelling) => text.includes(spelling));
        return [
          ...(shows(hub.printed()) ? [`${what} was printed`] : []),
          ...[...kept].flatMap(([table, text]) => (shows(text) ? [`${what} is in ${table}`] : [])),
        ];
      }),
    );
    assert.deepEqual(found, []);
  });
});
