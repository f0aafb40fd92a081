// What became of sign-ons: the attempt, the page people see, the list in both dialects, and a test that leaves nothing.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { z } from 'zod';
import { SsoAttemptDetailWire } from '#features/sso/attempts/wire.ts';
import { forgetAttempts } from '#features/sso/housekeeping.ts';
import { strangersTier } from '#features/sso/refused.ts';
import { aClient, anAgent, anApplication, ask, aUser, bearer } from '#test/servers/access.ts';
import { failingAudit } from '#test/servers/failing-audit.ts';
import {
  anIdentity,
  anSsoApplication,
  aTransaction,
  lastAttempt,
  type SignOns,
  signOn,
  signOns,
} from '#test/servers/sign-ons.ts';

let stage: SignOns;
let here: { clientId: number; siteId: number };
let admin: Record<string, string>;
let reader: Record<string, string>;
let ordinary: Record<string, string>;

before(async () => {
  stage = await signOns();
  here = await aClient(stage.hub);
  admin = await tokenWith(['all']);
  reader = await tokenWith(['sso:read']);
  ordinary = await tokenWith(['all:standard']);
});

after(() => stage[Symbol.asyncDispose]());

async function tokenWith(scopes: readonly ['all' | 'sso:read' | 'all:standard']) {
  const { client_id, client_secret } = await anApplication(stage.hub, { scopes });
  const form = { grant_type: 'client_credentials', client_id, client_secret };
  return bearer((await ask(stage.hub, '/auth/token', { form })).json.access_token);
}

const get = (path: string, headers = reader) => ask(stage.hub, path, { headers });
const pageOf = (answer: Awaited<ReturnType<typeof signOn>>) => answer.page?.('nonce') ?? '';

async function refusedOnce(given: Parameters<typeof anSsoApplication>[1] = {}) {
  const application = await anSsoApplication(stage, given);
  const identity = anIdentity('subject-of-nobody', { email: 'nobody@larkfield.test' });
  const answer = await signOn(stage, application, identity);
  const attempt = await lastAttempt(stage, application);
  assert.ok(attempt);
  return { application, answer, attempt };
}

const rows = async () => {
  const tables = ['sessions', 'sso_links', 'desk_users', 'audit_entries', 'sso_sessions'] as const;
  const counts = tables.map((table) =>
    sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(
      stage.hub.database.db,
    ),
  );
  return (await Promise.all(counts)).map(({ rows: [row] }) => row?.count);
};

describe('A refused sign-on', () => {
  it('shows the number of the attempt and nothing of why or who', async () => {
    const { answer, attempt } = await refusedOnce();

    const page = pageOf(answer);
    assert.equal(answer.status, 403);
    assert.match(page, new RegExp(`Attempt ${attempt.id}<`));
    assert.match(page, /href="\/auth\/login\?local=1"/);
    assert.doesNotMatch(page, /nobody|larkfield|linked|domain|Larkfield|provision/i);
  });

  it('looks alike whoever there is and whoever there is not', async () => {
    const user = await aUser(stage.hub, { at: here });
    await stage.hub.database.db
      .updateTable('desk_users')
      .set({ inactive: true })
      .where('id', '=', user.id)
      .execute();
    const unknown = await refusedOnce();
    const application = await anSsoApplication(stage);
    const known = await signOn(stage, application, anIdentity('k', { email: user.email }));

    const plain = (answer: Awaited<ReturnType<typeof signOn>>) =>
      pageOf(answer).replace(/Attempt \d+/, '');
    assert.equal(plain(known), plain(unknown.answer));
    assert.equal(known.status, unknown.answer.status);
  });

  it('is told step by step, with what an administrator does about it', async () => {
    const { application, attempt } = await refusedOnce();

    const told = SsoAttemptDetailWire.parse((await get(`/v1/sso-attempts/${attempt.id}`)).json);

    const last = told.steps.at(-1);
    assert.equal(told.application.name, application.name);
    assert.deepEqual([told.status, told.failedCheck], ['refused', 'person.linked']);
    assert.deepEqual([last?.check, last?.verdict], ['person.linked', 'failed']);
    assert.match(last?.because ?? '', /No.*body of the desk has the value as their email/);
    assert.match(last?.mend ?? '', /allow provisioning/);
    assert.ok(told.steps.slice(0, -1).every(({ verdict, mend }) => verdict === 'passed' && !mend));
    assert.ok(told.steps.every(({ asks }) => asks !== null && asks.length > 10));
  });

  it('keeps claims redacted', async () => {
    const { attempt } = await refusedOnce();

    const { text } = await get(`/v1/sso-attempts/${attempt.id}`);
    const halo = (await get(`/api/SingleSignOnAttempt/${attempt.id}`)).text;

    assert.doesNotMatch(text + halo, /nobody@|subject-of-nobody/);
    assert.match(text, /nob…@larkfield\.test/);
  });

  it('is kept though the application logs none, and leaves an audit entry', async () => {
    const { application, attempt } = await refusedOnce({ log_attempts: false });

    const entries = await stage.hub.database.db
      .selectFrom('audit_entries')
      .select(['action', 'outcome', 'address'])
      .where('subject_kind', '=', 'sso-application')
      .where('subject_id', '=', String(application.id))
      .execute();
    assert.equal(attempt.status, 'refused');
    assert.deepEqual(entries, [
      { action: 'sign-on.refused', outcome: 'refused', address: '192.0.2.7' },
    ]);
  });

  it('is a page without a number where it cannot be kept', async () => {
    const application = await anSsoApplication(stage);
    await using _failing = await failingAudit(stage.hub.database, '^sign-on.refused$');

    const answer = await signOn(stage, application, anIdentity(''));

    assert.equal(answer.status, 403);
    assert.doesNotMatch(pageOf(answer), /Attempt/);
    assert.equal(await lastAttempt(stage, application), undefined);
  });

  it('by what is no refusal is the hub’s failure, told by a reference', async () => {
    const application = await anSsoApplication(stage);

    const answer = await signOn(stage, application, () => Promise.reject(new Error('disk full')));

    const attempt = await lastAttempt(stage, application);
    assert.equal(answer.status, 500);
    assert.deepEqual([attempt?.status, attempt?.failed_check], ['failed', 'hub.works']);
    assert.doesNotMatch(JSON.stringify(attempt), /disk full/);
  });

  it('that nobody here began is kept a counted number of times from one place', async () => {
    const application = await anSsoApplication(stage);
    const strange = () => signOn(stage, application, anIdentity(''), 'by nobody', '198.51.100.9');

    const answers = [];
    for (let at = 0; at < strangersTier.triesMax + 3; at += 1) answers.push(await strange());

    const { count } = await stage.hub.database.db
      .selectFrom('sso_attempts')
      .select((is) => is.fn.countAll<number>().as('count'))
      .where('application_id', '=', application.id)
      .executeTakeFirstOrThrow();
    assert.equal(count, strangersTier.triesMax);
    assert.ok(answers.every(({ status }) => status === 403));
  });
});

describe('A sign-on that went well', () => {
  it('is kept where the application logs attempts, and else not', async () => {
    const user = await aUser(stage.hub, { at: here });
    const claims = { email: user.email };
    const on = await anSsoApplication(stage);
    const off = await anSsoApplication(stage, { log_attempts: false });

    for (const application of [on, off])
      assert.equal((await signOn(stage, application, anIdentity('w', claims))).status, 303);

    assert.equal((await lastAttempt(stage, on))?.status, 'signed-in');
    assert.equal((await lastAttempt(stage, on))?.owner_id, user.id);
    assert.equal(await lastAttempt(stage, off), undefined);
  });
});

describe('A test of a sign-on', () => {
  it('runs to its end, makes nothing, and shows the attempt in the console', async () => {
    const application = await anSsoApplication(stage, {
      ...{ active: false, provisioning: true, default_site_id: here.siteId },
    });
    const identity = anIdentity('t', { email: 'tested@larkfield.test', name: 'Test Person' });
    const testing = aTransaction(application, { purpose: 'test' });
    const earlier = await rows();

    const answer = await signOn(stage, application, identity, testing);

    const attempt = await lastAttempt(stage, application);
    assert.equal(answer.status, 303);
    assert.equal(answer.headers?.location, `/sign-in-attempts/${attempt?.id}`);
    assert.equal(answer.headers?.['set-cookie'], undefined);
    assert.deepEqual([attempt?.status, attempt?.failed_check], ['tested', null]);
    assert.match(attempt?.result ?? '', /Would sign in as the user Test Person/);
    assert.deepEqual(await rows(), earlier);
  });

  it('that is refused shows its attempt too', async () => {
    const application = await anSsoApplication(stage, { active: false });
    const testing = aTransaction(application, { purpose: 'test' });

    const answer = await signOn(stage, application, anIdentity('t'), testing);

    const attempt = await lastAttempt(stage, application);
    assert.equal(answer.headers?.location, `/sign-in-attempts/${attempt?.id}`);
    assert.equal(attempt?.failed_check, 'person.claim');
  });
});

describe('The list of attempts', () => {
  const Halo = z.array(
    z.object({ id: z.int(), app_id: z.int(), status: z.int(), date: z.string() }),
  );

  it('in Halo’s dialect is paged, and filtered by application, status and date', async () => {
    const { application } = await refusedOnce();
    for (let more = 0; more < 2; more += 1) await signOn(stage, application, anIdentity(''));
    const of = `app_id=${application.id}`;

    const first = (await get(`/api/singlesignonattempt?pageinate=true&page_size=2&${of}`)).json;
    const countOf = async (query: string) =>
      (await get(`/api/SingleSignOnAttempt?pageinate=true&${of}&${query}`)).json.record_count;

    assert.equal(first.record_count, 3);
    assert.equal(Halo.parse(first.results).length, 2);
    assert.deepEqual(
      await Promise.all(
        ['status=1', 'status=0', 'startdate=2026-11-21', 'enddate=2026-11-21'].map(countOf),
      ),
      [3, 0, 3, 0],
    );
  });

  it('in /v1 goes on by its cursor', async () => {
    const { application } = await refusedOnce();
    for (let more = 0; more < 2; more += 1) await signOn(stage, application, anIdentity(''));
    const of = `/v1/sso-attempts?limit=2&application=${application.id}&status=refused`;

    const first = (await get(of)).json;
    const second = (await get(`${of}&cursor=${first.next}`)).json;

    assert.equal(z.array(z.unknown()).parse(first.items).length, 2);
    assert.equal(z.array(z.unknown()).parse(second.items).length, 1);
    assert.equal(second.next, null);
  });

  it('is counted over the last day, with the checks that refused most', async () => {
    await refusedOnce();
    const { json } = await get('/v1/sso-attempts/tally');

    const told = z.object({
      statuses: z.looseObject({ refused: z.int().positive() }),
      checks: z.array(z.object({ check: z.string(), asks: z.string(), count: z.int() })).min(1),
    });
    told.parse(json);
  });

  it('is for who may read single sign-on; deleting for who may edit it', async () => {
    const { attempt } = await refusedOnce();
    const one = `/api/SingleSignOnAttempt/${attempt.id}`;
    const remove = (headers: Record<string, string>) =>
      ask(stage.hub, one, { method: 'DELETE', headers });

    for (const path of [
      '/api/SingleSignOnAttempt',
      '/v1/sso-attempts',
      '/v1/sso-attempts/tally',
      one,
    ])
      assert.deepEqual(
        [(await get(path, ordinary)).status, (await get(path, {})).status],
        [403, 401],
      );
    assert.equal((await remove(reader)).status, 403);
    assert.equal((await remove(admin)).status, 200);
    assert.equal((await get(one)).status, 404);
    const entries = await stage.hub.database.db
      .selectFrom('audit_entries')
      .select('id')
      .where('action', '=', 'sign-on-attempt.deleted')
      .where('subject_id', '=', String(attempt.id))
      .execute();
    assert.equal(entries.length, 1);
  });

  for (const query of ['status=9', 'status=x', 'app_id=1.5', 'startdate=soon', 'page_size=0'])
    it(`refuses ?${query}`, async () => {
      assert.equal((await get(`/api/SingleSignOnAttempt?${query}`)).status, 400);
    });

  for (const id of ['0', '999999999999999', '9999999999999999', 'x', '-1', '1.5'])
    it(`has no attempt ${id}`, async () => {
      const { status } = await get(`/v1/sso-attempts/${id}`);
      assert.ok(status === 404 || status === 400, String(status));
    });

  it('forgets what is older than ninety days', async () => {
    const { application } = await refusedOnce();
    const later = new Date(stage.hub.time.now.getTime() + 91 * 24 * 60 * 60_000);

    await forgetAttempts(stage.hub.database.db, later, 1_000);

    assert.equal(await lastAttempt(stage, application), undefined);
  });
});

describe('An agent', () => {
  it('who may not edit single sign-on tests nothing', async () => {
    const application = await anSsoApplication(stage);
    const agent = await anAgent(stage.hub, { name: 'Ordinary Agent' });

    const told = await get(`/auth/sso/${application.guid}/test`, ordinary);

    assert.ok(agent.id > 0);
    assert.equal(told.status, 403);
  });
});
