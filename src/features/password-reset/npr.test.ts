// The specification of SecurityQuestion and SecurityQuestionValidate, in Halo's dialect over HTTP.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import {
  type Asking,
  aClient,
  anApplication,
  ask,
  aUser,
  type Told,
  type UserOf,
} from '#test/servers/access.ts';
import {
  aSelfServiceHub,
  type Enrolled,
  enrol,
  type SelfServiceHub,
} from '#test/servers/self-service.ts';

const Result = z.looseObject({
  enrolled: z.boolean(),
  validated: z.boolean(),
  questions: z.array(z.looseObject({ id: z.int(), name: z.string().nullable() })),
});

describe('Halo’s password reset tool', () => {
  let stage: SelfServiceHub;
  let person: UserOf & Enrolled;
  let plain: UserOf;
  let keys: { admin: string; tool: string; trusted: string; desk: string };
  const call = (key: string, path: string, asking: Asking = {}) =>
    ask(stage.hub, path, { ...asking, headers: { 'x-halo-api-key': key } });
  const validate = (key: string, json: unknown) =>
    call(key, '/api/SecurityQuestionValidate', { json });
  const resultOf = (told: Told) => Result.parse(told.json);
  const later = (ms: number) => {
    stage.hub.time.now = new Date(stage.hub.time.now.getTime() + ms);
  };
  before(async () => {
    stage = await aSelfServiceHub();
    const made = async (
      name: string,
      scopes: readonly ('all' | 'access:adpasswordreset' | 'edit:customers')[],
    ) => anApplication(stage.hub, { kind: 'api-key', name, scopes });
    const trusted = await made('Reset tool of Larkfield', ['access:adpasswordreset']);
    keys = {
      admin: (await made('Console', ['all'])).apiKey,
      tool: (await made('Somebody’s tool', ['access:adpasswordreset'])).apiKey,
      trusted: trusted.apiKey,
      desk: (await made('Sync', ['edit:customers'])).apiKey,
    };
    const trust = `/v1/applications/${trusted.application.id}/trust`;
    assert.equal((await call(keys.admin, trust, { method: 'POST' })).status, 200);
    const at = await aClient(stage.hub);
    const user = await aUser(stage.hub, { name: 'Ines Marlow', at });
    plain = await aUser(stage.hub, { name: 'Bela Costa', at });
    const users = stage.hub.database.db.updateTable('desk_users');
    const dn = 'CN=Ines Marlow,OU=Staff,DC=ad,DC=larkfield,DC=test';
    const extra = JSON.stringify({ onpremise_activedirectory_dn: 'CN=Ines,DC=old,DC=test' });
    await users
      .set({ login: 'LARKFIELD\\imarlow', distinguished_name: dn, extra })
      .where('id', '=', user.id)
      .execute();
    const post = (path: string) => call(keys.admin, path, { method: 'POST' });
    person = { ...user, ...(await enrol(stage, user, post)) };
  });
  after(() => stage[Symbol.asyncDispose]());

  it('asks all the same where self-service is off, and nothing fits', async () => {
    const settings = stage.hub.database.db.updateTable('password_reset_settings');
    await settings.set({ enabled: false }).execute();

    const asked = await validate(keys.tool, { windows_user: 'imarlow' });
    const questions = resultOf(asked).questions.map(({ id }) => ({
      id,
      answer: person.given.get(String(id)) ?? '',
    }));
    const checked = await validate(keys.tool, { windows_user: 'imarlow', questions });
    const truth = await validate(keys.trusted, { windows_user: 'imarlow' });

    await settings.set({ enabled: true }).execute();
    assert.deepEqual([asked.status, resultOf(asked).enrolled], [201, true]);
    assert.ok(questions.length > 0 && questions.every(({ answer }) => answer !== ''));
    assert.equal(resultOf(checked).validated, false);
    assert.equal(resultOf(truth).enrolled, false);
  });

  it('is told which questions to ask, in both directions and by each name of the person', async () => {
    const asked = [
      await validate(keys.tool, { windows_user: 'imarlow' }),
      await validate(keys.tool, [{ windows_user: 'larkfield\\IMARLOW', hide_answers: true }]),
      await validate(keys.tool, { email_address: person.email.toUpperCase() }),
      await validate(keys.tool, {
        activedirectory_dn: 'cn=ines marlow,ou=staff,dc=ad,dc=larkfield,dc=test',
      }),
      await validate(keys.tool, { onpremise_activedirectory_dn: 'CN=Ines,DC=old,DC=test' }),
      await validate(keys.tool, { windows_user: 'imarlow', email_address: person.email }),
      await call(keys.tool, '/api/SecurityQuestionValidate?Windows_User=imarlow'),
    ];

    const [first = []] = asked.map((told) => resultOf(told).questions.map(({ id }) => id));
    assert.equal(first.length, 3);
    for (const told of asked) {
      assert.ok([200, 201].includes(told.status));
      const { enrolled, validated, questions } = resultOf(told);
      assert.deepEqual(
        questions.map(({ id }) => id),
        first,
      );
      assert.deepEqual([enrolled, validated], [true, false]);
      assert.ok(!('answer' in (questions[0] ?? {})));
      assert.match(String(questions[0]?._warning), /never enough by themselves/);
    }
    assert.equal(asked[0]?.json.email_address, null, 'what the desk knows is not told');
  });

  it('is told whether the answers fit, and that opens nothing', async () => {
    later(3_600_000);
    const { questions } = resultOf(await validate(keys.tool, { windows_user: 'imarlow' }));
    const right = questions.map(({ id }) => ({ id, answer: person.given.get(String(id)) }));
    const [one, ...others] = right;
    const check = async (given: readonly unknown[]) =>
      resultOf(await validate(keys.tool, { windows_user: 'imarlow', questions: given })).validated;

    assert.equal(await check(right), true);
    assert.equal(await check([...others]), false, 'all of them are needed');
    assert.equal(await check([{ ...one, answer: 'a guess' }, ...others]), false);
    assert.equal(await check([...others, { id: one?.id, answer: null }]), false);
    assert.equal(stage.directory.asked.length, 0);
    const { count } = await stage.hub.database.db
      .selectFrom('reset_requests')
      .select((of) => of.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    assert.equal(count, 0);
  });

  it('gets ten checks of one person an hour, whichever is right then', async () => {
    later(3_600_000);
    const { questions } = resultOf(await validate(keys.tool, { windows_user: 'imarlow' }));
    const right = questions.map(({ id }) => ({ id, answer: person.given.get(String(id)) }));
    const wrong = right.map(({ id }) => ({ id, answer: 'a guess' }));
    const check = (given: readonly unknown[]) =>
      validate(keys.tool, { windows_user: 'imarlow', questions: given });

    await Promise.all(Array.from({ length: 10 }, () => check(wrong)));
    const closed = await check(right);
    later(3_600_000);
    const open = await check(right);

    assert.equal(resultOf(closed).validated, false);
    assert.equal(resultOf(open).validated, true);
  });

  it('sees everybody enrolled, and only who is trusted sees the truth', async () => {
    later(3_600_000);
    const logins = [person.email, plain.email, 'ghost@larkfield.test'];
    const seen = async (key: string) =>
      Promise.all(
        logins.map(async (email) => resultOf(await validate(key, { email_address: email }))),
      );

    const ordinary = await seen(keys.tool);
    const trusted = await seen(keys.trusted);

    assert.deepEqual(
      ordinary.map(({ enrolled }) => enrolled),
      [true, true, true],
    );
    assert.deepEqual(
      ordinary.map(({ questions }) => questions.length),
      [3, 3, 3],
    );
    assert.deepEqual(
      trusted.map(({ enrolled }) => enrolled),
      [true, false, false],
    );
    const shape = (result: object) => JSON.stringify(Object.keys(result));
    assert.equal(new Set(ordinary.map(shape)).size, 1);
  });

  for (const [what, asked] of [
    ['names that disagree', { windows_user: 'imarlow', email_address: 'bela@larkfield.test' }],
    ['a filter of LDAP', { windows_user: '*)(uid=*' }],
    ['a filter in a DN', { activedirectory_dn: '*)(|(cn=*' }],
    ['a piece of SQL', { email_address: "' or ''='" }],
    ['a wildcard', { windows_user: '%' }],
  ] as const) {
    it(`finds nobody by ${what}, and says nothing of it`, async () => {
      const told = await validate(keys.trusted, asked);

      assert.equal(told.status, 201);
      assert.equal(resultOf(told).enrolled, false);
    });
  }

  for (const [what, asked] of [
    ['nobody named', {}],
    ['an empty name', { windows_user: ' ' }],
    ['a number for a name', { windows_user: 7 }],
    ['a name that is too long', { windows_user: 'x'.repeat(1_001) }],
    ['questions that are a text', { windows_user: 'imarlow', questions: 'all' }],
    ['an id with a point', '{"windows_user":"imarlow","questions":[{"id":1.5,"answer":"x"}]}'],
    ['twenty-one answers', { windows_user: 'imarlow', questions: Array(21).fill({ id: 1 }) }],
    ['two people', [{ windows_user: 'imarlow' }, { windows_user: 'bcosta' }]],
  ] as const) {
    it(`is refused ${what}`, async () => {
      const json: unknown = typeof asked === 'string' ? JSON.parse(asked) : asked;

      assert.equal((await validate(keys.tool, json)).status, 400);
    });
  }

  it('needs its scope', async () => {
    const path = '/api/SecurityQuestionValidate';
    assert.equal((await ask(stage.hub, path, { json: { windows_user: 'x' } })).status, 401);
    assert.equal((await validate(keys.desk, { windows_user: 'x' })).status, 403);
  });
});

describe('The catalogue of security questions', () => {
  let stage: SelfServiceHub;
  let admin: string;
  let tool: string;
  const call = (key: string, path: string, asking: Asking = {}) =>
    ask(stage.hub, path, { ...asking, headers: { 'x-halo-api-key': key } });
  before(async () => {
    stage = await aSelfServiceHub();
    admin = (await anApplication(stage.hub, { kind: 'api-key' })).apiKey;
    const scopes = ['access:adpasswordreset'] as const;
    tool = (await anApplication(stage.hub, { kind: 'api-key', scopes })).apiKey;
  });
  after(() => stage[Symbol.asyncDispose]());

  it('comes with ten, as a bare array, and in an envelope with pages', async () => {
    const bare = await fetch(new URL('/api/securityquestion', stage.hub.base), {
      headers: { 'x-halo-api-key': tool },
    });
    const paged = await call(admin, '/api/SecurityQuestion?pageinate=true&page_size=4&page_no=3');

    assert.equal(z.array(z.unknown()).parse(await bare.json()).length, 10);
    assert.equal(paged.json.record_count, 10);
    assert.equal(z.array(z.unknown()).parse(paged.json.results).length, 2);
  });

  it('takes new ones, changes and deletes them, and never gives an answer back', async () => {
    const json = [{ name: '  Which  song calms you?  ', answer: 'the-answer', new_answer: 'x' }];
    const made = await call(admin, '/api/SecurityQuestion', { json });
    const id = z.int().parse(made.json.id);
    const changed = await call(admin, '/api/SecurityQuestion', { json: { id, enabled: false } });
    const one = await call(tool, `/api/SecurityQuestion/${id}?includedetails=true`);
    const gone = await call(admin, `/api/SecurityQuestion/${id}`, { method: 'DELETE' });
    const missing = await call(admin, `/api/SecurityQuestion/${id}`);

    assert.equal(made.status, 201);
    assert.equal(made.json.name, 'Which song calms you?');
    assert.equal(changed.json.enabled, false);
    assert.equal(one.json.name, 'Which song calms you?');
    assert.match(String(one.json._warning), /second factor/);
    assert.equal(gone.status, 200);
    assert.equal(missing.status, 404);
    for (const told of [made, changed, one, gone]) assert.ok(!told.text.includes('the-answer'));
    const entries = await stage.hub.database.db
      .selectFrom('audit_entries')
      .select(['action', 'field'])
      .where('subject_kind', '=', 'question')
      .orderBy('id')
      .execute();
    assert.deepEqual(
      entries.map(({ action, field }) => `${action} ${field ?? ''}`.trim()),
      ['question.created', 'question.changed enabled', 'question.deleted'],
    );
  });

  for (const [what, json, status] of [
    ['without a name', {}, 400],
    ['too short', { name: 'Why' }, 400],
    ['too long', { name: 'x'.repeat(201) }, 400],
    ['with control characters', { name: 'What\u0007 is this?' }, 400],
    ['of the wrong type', { name: 7 }, 400],
    ['that is there already', { name: 'WHAT WAS THE FIRST CONCERT YOU WENT TO?' }, 400],
    ['unknown', { id: 9_999, enabled: false }, 404],
  ] as const) {
    it(`refuses one ${what}`, async () => {
      assert.equal((await call(admin, '/api/SecurityQuestion', { json })).status, status);
    });
  }

  it('is changed by nobody without the right to', async () => {
    const json = { name: 'Which song calms you?' };

    assert.equal((await call(tool, '/api/SecurityQuestion', { json })).status, 403);
    assert.equal((await call(tool, '/api/SecurityQuestion/1', { method: 'DELETE' })).status, 403);
  });

  it('keeps what people have answered, and shows on a user which they are', async () => {
    const user = await aUser(stage.hub, { name: 'Ines Marlow' });
    const post = (path: string) => call(admin, path, { method: 'POST' });
    const { given } = await enrol(stage, user, post);
    const [first = ''] = given.keys();

    const deleted = await call(admin, `/api/SecurityQuestion/${first}`, { method: 'DELETE' });
    const json = { id: Number(first), name: 'Another question altogether?' };
    const renamed = await call(admin, '/api/SecurityQuestion', { json });
    const shown = await call(admin, `/api/Users/${user.id}`);
    const taken = [{ id: user.id, question1: 9, question2: 9 }];
    const ignored = await call(admin, '/api/Users', { json: taken });

    assert.deepEqual([deleted.status, renamed.status], [400, 400]);
    if (shown.status === 200) assert.equal(String(shown.json.question1), first);
    assert.ok([201, 404].includes(ignored.status));
  });
});
