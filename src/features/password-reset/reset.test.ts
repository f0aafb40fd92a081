// The specification of /reset: over HTTP, on a real database, with mails through a real SMTP server.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Problem } from '#domain/problem.ts';
import {
  aBrowser,
  aClient,
  anAgent,
  anApplication,
  ask,
  aUser,
  aUserWhoSignsIn,
  type BrowserOf,
  csrfIn,
  goodPassword,
  signIn,
  type Told,
  type UserOf,
} from '#test/servers/access.ts';
import {
  aSelfServiceHub,
  codeOf,
  type Enrolled,
  enrol,
  identify,
  mailedCode,
  prove,
  questionsOn,
  type SelfServiceHub,
} from '#test/servers/self-service.ts';

const nextPassword = 'seven kestrels over Godrevy';
const dayMs = 86_400_000;

describe('Resetting one’s own password', () => {
  let stage: SelfServiceHub;
  let apiKey: string;
  let place: { readonly clientId: number; readonly siteId: number };
  const post = (path: string) =>
    ask(stage.hub, path, { method: 'POST', headers: { 'x-halo-api-key': apiKey } });
  before(async () => {
    stage = await aSelfServiceHub();
    place = await aClient(stage.hub);
    apiKey = (await anApplication(stage.hub, { kind: 'api-key' })).apiKey;
  });
  after(() => stage[Symbol.asyncDispose]());
  beforeEach(() => {
    stage.directory.obstacle = undefined;
    stage.directory.outcome = { state: 'done', sentence: 'Done.', anotherPassword: false };
    stage.directory.asked.length = 0;
  });

  /** Limits of minutes and hours are over. */
  async function later(ms: number): Promise<void> {
    stage.hub.time.now = new Date(stage.hub.time.now.getTime() + ms);
  }

  async function anEnrolled(outside?: string): Promise<UserOf & Enrolled> {
    await later(7 * 3_600_000);
    const user = await aUser(stage.hub, { name: 'Ines Marlow', at: place });
    const login = `LARKFIELD\\im${user.id}`;
    const users = stage.hub.database.db.updateTable('desk_users');
    await users.set({ login }).where('id', '=', user.id).execute();
    return { ...user, ...(await enrol(stage, user, post, outside)) };
  }

  const code = (person: Enrolled) => codeOf(person.letters, stage.hub.time.now);

  async function proven(person: UserOf & Enrolled, browser = aBrowser(stage.hub)) {
    const page = await identify(browser, person.email);
    const told = await prove(browser, page, person.given, code(person));
    assert.equal(told.status, 303);
    assert.equal(told.headers.get('location'), '/reset/choose');
    return { browser, page: await browser.ask('/reset/choose') };
  }

  async function chosen(browser: BrowserOf, page: Told, next = nextPassword): Promise<Told> {
    const form = { csrf: csrfIn(page), what: 'reset', next, again: next };
    return browser.ask('/reset/choose', { form });
  }

  const mailsTo = (address: string) => stage.mail.mails.filter(({ to }) => to.includes(address));

  it('asks, checks, resets and tells', async () => {
    const person = await anEnrolled();
    const { browser, page } = await proven(person);

    const begun = await chosen(browser, page);
    const result = await browser.ask('/reset/result');
    await stage.deliver();

    assert.equal(begun.headers.get('location'), '/reset/result');
    assert.match(result.text, /Your password was reset/);
    assert.match(result.text, /Kerberos tickets/);
    const [asked] = stage.directory.asked;
    assert.equal(asked?.what === 'reset' && asked.password.reveal(), nextPassword);
    assert.equal(asked?.person.userId, person.id);
    const subjects = mailsTo(person.email).map(({ subject }) => subject);
    assert.ok(subjects.includes('[Sundog] Your password was reset'), subjects.join('; '));
  });

  it('unlocks without a new password', async () => {
    const person = await anEnrolled();
    const { browser, page } = await proven(person);

    await browser.ask('/reset/choose', { form: { csrf: csrfIn(page), what: 'unlock' } });
    const result = await browser.ask('/reset/result');

    assert.match(result.text, /Your account is unlocked/);
    assert.equal(stage.directory.asked[0]?.what, 'unlock');
  });

  it('ends what the person has open in the hub', async () => {
    await later(7 * 3_600_000);
    const user = await aUserWhoSignsIn(stage.hub, { name: 'Ines Marlow', at: place });
    // Before there is a second factor, which signing in would ask for.
    const desk = aBrowser(stage.hub);
    await signIn(desk, user.email, goodPassword);
    const person = { ...user, ...(await enrol(stage, user, post)) };
    assert.equal((await desk.ask('/auth/me')).status, 200);

    const { browser, page } = await proven(person);
    await chosen(browser, page);
    await stage.settle();

    assert.equal((await desk.ask('/auth/me')).status, 401);
  });

  it('is settled by a job when the browser is closed before the directory answers', async () => {
    const person = await anEnrolled();
    const { browser, page } = await proven(person);
    await chosen(browser, page);

    await stage.settle();
    await stage.settle();
    await stage.deliver();

    const told = mailsTo(person.email).filter(({ subject }) => /was reset/.test(subject));
    assert.equal(told.length, 1);
  });

  it('is told to its owner though its beginning was answered with a failure, or with nothing', async () => {
    for (const lost of [new Problem('audit.unavailable'), new Error('the process died here')]) {
      const person = await anEnrolled();
      const { browser, page } = await proven(person);

      stage.directory.lost = lost;
      await chosen(browser, page);
      stage.directory.lost = undefined;
      await stage.settle();
      await stage.deliver();

      const told = mailsTo(person.email).filter(({ subject }) => /was reset/.test(subject));
      assert.equal(told.length, 1, lost.message);
    }
  });

  it('waits for a run that was written down and never begun, and tells of nothing', async () => {
    const person = await anEnrolled();
    const { browser, page } = await proven(person);
    await chosen(browser, page);
    stage.directory.asked.length = 0;

    await assert.rejects(stage.settle(), /not answered yet/);
    await stage.deliver();

    const told = mailsTo(person.email).filter(({ subject }) => /was reset/.test(subject));
    assert.equal(told.length, 0);
    const requests = stage.hub.database.db.updateTable('reset_requests');
    await requests.set({ state: 'over' }).where('state', '=', 'started').execute();
  });

  it('lets another password be chosen when the directory refuses one, and says why', async () => {
    const person = await anEnrolled();
    const { browser, page } = await proven(person);
    const sentence = 'It was used before; choose one that is new.';
    stage.directory.outcome = {
      state: 'failed',
      code: 'password.used-before',
      sentence,
      anotherPassword: true,
    };
    await chosen(browser, page);

    const again = await browser.ask('/reset/result');
    const form = await browser.ask('/reset/choose');
    stage.directory.outcome = { state: 'done', sentence: 'Done.', anotherPassword: false };
    await chosen(browser, form, 'eight choughs over Zennor');
    const result = await browser.ask('/reset/result');

    assert.equal(again.headers.get('location'), '/reset/choose');
    assert.match(form.text, /It was used before/);
    assert.match(result.text, /Your password was reset/);
  });

  for (const [password, because] of [
    ['short', /at least 15/],
    ['password password password', /repeats itself|people try first/],
    ['InesMarlow2026InesMarlow', /people try first|repeats/],
    [`long ${'x'.repeat(200)}`, /more than 127/],
  ] as const) {
    it(`refuses the password ${password.slice(0, 30)} before the directory is asked`, async () => {
      const person = await anEnrolled();
      const { browser, page } = await proven(person);

      const told = await chosen(browser, page, password);

      assert.equal(told.status, 422);
      assert.match(told.text, because);
      assert.equal(stage.directory.asked.length, 0);
      assert.ok(!told.text.includes(password), 'the password is not shown again');
    });
  }

  it('refuses two new passwords that differ', async () => {
    const { browser, page } = await proven(await anEnrolled());
    const form = { csrf: csrfIn(page), what: 'reset', next: nextPassword, again: 'another' };

    const told = await browser.ask('/reset/choose', { form });

    assert.match(told.text, /not the same/);
  });

  describe('with a code by mail', () => {
    const outside = 'ines@elsewhere.example';

    it('works once the outside address has stood for 72 hours, and not before', async () => {
      const person = await anEnrolled(outside);
      const early = aBrowser(stage.hub);
      await identify(early, person.email, 'mail');
      await stage.deliver();
      assert.doesNotMatch(stage.mail.lastTo(outside)?.subject ?? '', /Your code/);

      await later(3 * dayMs);
      const browser = aBrowser(stage.hub);
      const page = await identify(browser, person.email, 'mail');
      await stage.deliver();
      const told = await prove(browser, page, person.given, mailedCode(stage.mail, outside));

      assert.equal(told.headers.get('location'), '/reset/choose');
      assert.deepEqual(
        mailsTo(person.email).filter(({ subject }) => /Your code/.test(subject)),
        [],
        'never to the mailbox that is locked out',
      );
    });

    it('takes a code once, only in its own request, and for ten minutes', async () => {
      const person = await anEnrolled(outside);
      await later(3 * dayMs);
      const one = aBrowser(stage.hub);
      const onePage = await identify(one, person.email, 'mail');
      await stage.deliver();
      const first = mailedCode(stage.mail, outside);
      const other = aBrowser(stage.hub);
      const otherPage = await identify(other, person.email, 'mail');
      await stage.deliver();
      const second = mailedCode(stage.mail, outside);

      const foreign = await prove(other, otherPage, person.given, first);
      stage.hub.time.now = new Date(stage.hub.time.now.getTime() + 10 * 60_000);
      const late = await prove(one, onePage, person.given, first);

      assert.notEqual(first, second);
      assert.equal(foreign.status, 401);
      assert.equal(late.status, 401);
    });

    it('mails no more than six codes an hour, whoever asks', async () => {
      const person = await anEnrolled(outside);
      await later(3 * dayMs);
      const before = stage.mail.mails.length;

      for (let count = 0; count < 9; count += 1) {
        await identify(aBrowser(stage.hub), person.email, 'mail');
      }
      await stage.deliver();

      const codes = stage.mail.mails.slice(before).filter((mail) => /Your code/.test(mail.subject));
      assert.equal(codes.length, 6);
    });

    it('keeps a code nowhere but sealed', async () => {
      const person = await anEnrolled(outside);
      await later(3 * dayMs);
      await identify(aBrowser(stage.hub), person.email, 'mail');
      const letters = await stage.hub.database.db.selectFrom('outbox').select('payload').execute();
      await stage.deliver();
      const mailed = mailedCode(stage.mail, outside).replace(' ', '');

      const logged = stage.hub.logged.join('\n');
      assert.match(mailed, /^\d{8}$/);
      assert.ok(!JSON.stringify(letters).includes(mailed));
      assert.ok(!logged.includes(mailed));
    });
  });

  describe('is refused in the same words', () => {
    const words = /This did not fit, or the account cannot be reset here/;

    async function refusal(login: string, given: ReadonlyMap<string, string>, shown: string) {
      const browser = aBrowser(stage.hub);
      const page = await identify(browser, login);
      assert.equal(questionsOn(page).length, 3, 'three questions are asked');
      return prove(browser, page, given, shown);
    }

    it('to a wrong answer, a wrong code, and neither', async () => {
      const person = await anEnrolled();
      const wrong = new Map([...person.given.keys()].map((id) => [id, 'a guess']));

      const told = [
        await refusal(person.email, wrong, code(person)),
        await refusal(person.email, person.given, '000000'),
        await refusal(person.email, new Map(), ''),
      ];

      for (const { status, text } of told) {
        assert.equal(status, 401);
        assert.match(text, words);
      }
      await stage.deliver();
      const subjects = mailsTo(person.email).map(({ subject }) => subject);
      assert.equal(subjects.filter((one) => /Somebody tried/.test(one)).length, 1, 'told, once');
    });

    it('to a login that nobody has, to people who have not enrolled, and to agents', async () => {
      const nobodyKnows = await refusal('nobody.at.all', new Map(), '123456');
      const plain = await aUser(stage.hub, { name: 'Bela Costa', at: place });
      const notEnrolled = await refusal(plain.email, new Map(), '123456');
      const agent = await anAgent(stage.hub, { name: 'Tom Reader' });
      const privileged = await refusal(agent.email, new Map(), '123456');

      const shape = ({ status, headers, text }: Told) => ({
        status,
        headers: [...headers.keys()].sort(),
        form: text
          .replaceAll(/nonce="[^"]*"|nonce-[^']*|value="[^"]*"|answer\d+|<label for="">[^<]*/g, '')
          .replaceAll(/<label for="">[^<]*<\/label>/g, ''),
      });
      assert.deepEqual(shape(notEnrolled), shape(nobodyKnows));
      assert.deepEqual(shape(privileged), shape(nobodyKnows));
    });

    it('to somebody who became an agent since, and to whoever the directory bars', async () => {
      const person = await anEnrolled();
      stage.directory.obstacle = 'reset.privileged';
      const barred = await refusal(person.email, person.given, code(person));
      await stage.deliver();
      const agent = await anAgent(stage.hub, { name: 'Ines Agent' });
      await stage.hub.database.db
        .updateTable('desk_users')
        .set({ linked_agent_id: agent.id })
        .where('id', '=', person.id)
        .execute();
      stage.directory.obstacle = undefined;
      stage.hub.time.now = new Date(stage.hub.time.now.getTime() + 60_000);
      const promoted = await refusal(person.email, person.given, code(person));

      assert.match(barred.text, words);
      assert.match(promoted.text, words);
      assert.match(stage.mail.lastTo(person.email)?.subject ?? '', /cannot be reset this way/);
    });
  });

  it('asks the same questions of a person all day, under each of their names, and others next day', async () => {
    const person = await anEnrolled();
    const asked = async (login: string) => questionsOn(await identify(aBrowser(stage.hub), login));

    const today = await asked(person.email);
    const login = `im${person.id}`;
    const names = [
      person.email.toUpperCase(),
      login,
      `LARKFIELD\\${login.toUpperCase()}`,
      `  ${login} `,
    ];
    const same = await Promise.all(names.map(asked));
    const days = new Set<string>();
    for (let day = 0; day < 6; day += 1) {
      await later(dayMs);
      days.add((await asked(person.email)).join());
    }

    for (const questions of same) assert.deepEqual(questions, today);
    assert.ok(days.size > 1, 'other days, other questions');
  });

  it('asks somebody there is not three to five questions in all, however long one asks', async () => {
    const seen = new Set<string>();
    for (let day = 0; day < 12; day += 1) {
      await later(dayMs);
      const asked = questionsOn(await identify(aBrowser(stage.hub), 'ghost'));
      const again = questionsOn(await identify(aBrowser(stage.hub), 'LARKFIELD\\Ghost'));
      assert.deepEqual(asked, again);
      for (const id of asked) seen.add(id);
    }

    assert.ok(seen.size >= 3 && seen.size <= 5, String(seen.size));
  });

  it('takes answers in any case, spacing and punctuation', async () => {
    const person = await anEnrolled();
    const browser = aBrowser(stage.hub);
    const page = await identify(browser, person.email);
    const bent = new Map(
      [...person.given].map(([id, answer]) => [
        id,
        `  ${answer.toUpperCase().replaceAll(' ', '-')}!`,
      ]),
    );

    const told = await prove(browser, page, bent, code(person));

    assert.equal(told.status, 303);
  });

  it('reads only answers to what was asked', async () => {
    const person = await anEnrolled();
    const browser = aBrowser(stage.hub);
    const page = await identify(browser, person.email);
    const asked = questionsOn(page);
    const others = [...person.given].filter(([id]) => !asked.includes(id));
    const form = {
      csrf: csrfIn(page),
      code: code(person),
      ...Object.fromEntries(others.map(([id, answer]) => [`answer${id}`, answer])),
    };

    const told = await browser.ask('/reset/prove', { form });

    assert.equal(told.status, 401);
  });

  describe('holds its limits', () => {
    it('of a request: of a thousand proofs at once five are tried', async () => {
      const person = await anEnrolled();
      const browser = aBrowser(stage.hub);
      const page = await identify(browser, person.email);
      const counted = () =>
        stage.hub.database.db
          .selectFrom('reset_requests')
          .select(['tries', 'state'])
          .orderBy('made_at', 'desc')
          .executeTakeFirstOrThrow();

      const told = await Promise.all(
        Array.from({ length: 1_000 }, () => prove(browser, page, person.given, '000000')),
      );
      const right = await prove(browser, page, person.given, code(person));

      const { tries, state } = await counted();
      assert.equal(tries, 5);
      assert.equal(state, 'asked');
      assert.ok(told.every(({ status }) => [401, 429, 503].includes(status)));
      assert.ok(told.filter(({ status }) => status === 429).length >= 900, 'an address has sixty');
      assert.notEqual(right.status, 303, 'even the right proof comes too late');
    });

    it('of a person: strangers close it for strangers, and the owner’s own browser stays open', async () => {
      const person = await anEnrolled();
      for (let count = 0; count < 6; count += 1) {
        const browser = aBrowser(stage.hub);
        await prove(browser, await identify(browser, person.email), person.given, '000000');
      }
      const stranger = aBrowser(stage.hub);
      const shut = await prove(
        stranger,
        await identify(stranger, person.email),
        person.given,
        code(person),
      );

      const page = await identify(person.browser, person.email);
      const own = await prove(person.browser, page, person.given, code(person));

      assert.equal(shut.status, 401, 'also with all of it right');
      assert.equal(own.status, 303);
    });

    it('and opens by itself after a quarter of an hour', async () => {
      const person = await anEnrolled();
      for (let count = 0; count < 6; count += 1) {
        const browser = aBrowser(stage.hub);
        await prove(browser, await identify(browser, person.email), person.given, '000000');
      }
      stage.hub.time.now = new Date(stage.hub.time.now.getTime() + 16 * 60_000);

      await proven(person);
    });
  });

  describe('takes nothing that is not its own:', () => {
    it('a form of another browser, without its proof, or from another site', async () => {
      const person = await anEnrolled();
      const browser = aBrowser(stage.hub);
      const page = await identify(browser, person.email);
      const thief = aBrowser(stage.hub);
      const form = { csrf: csrfIn(page), login: person.email, factor: 'app' };

      const stolen = await prove(thief, page, person.given, code(person));
      const bare = await browser.ask('/reset/prove', { form: { code: '1' } });
      const site = { 'sec-fetch-site': 'cross-site' };
      const crossed = await browser.ask('/reset', { form, headers: site });

      assert.equal(stolen.status, 410);
      assert.equal(bare.status, 410);
      assert.equal(crossed.status, 400);
    });

    it('a page whose turn it is not', async () => {
      const person = await anEnrolled();
      const browser = aBrowser(stage.hub);
      const page = await identify(browser, person.email);

      const choose = await browser.ask('/reset/choose');
      const straight = await chosen(browser, page);
      const result = await browser.ask('/reset/result');

      assert.equal(choose.headers.get('location'), '/reset/prove');
      assert.equal(straight.headers.get('location'), '/reset/prove');
      assert.equal(result.headers.get('location'), '/reset/prove');
      assert.equal(stage.directory.asked.length, 0);
    });

    it('a proof shown again, or after twenty minutes', async () => {
      const person = await anEnrolled();
      const { browser, page } = await proven(person);
      await chosen(browser, page);
      const replayed = await chosen(browser, page, 'nine gannets off Pendeen');
      const slow = await proven(person, aBrowser(stage.hub)).catch((error: unknown) => error);
      stage.hub.time.now = new Date(stage.hub.time.now.getTime() + 60_000);
      const late = await proven(person);
      stage.hub.time.now = new Date(stage.hub.time.now.getTime() + 20 * 60_000);
      const over = await chosen(late.browser, late.page);

      assert.equal(replayed.headers.get('location'), '/reset/result');
      assert.equal(stage.directory.asked.length, 1);
      assert.ok(slow instanceof Error, 'the same code of the app is not taken twice');
      assert.equal(over.status, 410);
    });

    for (const [what, login, status] of [
      ['an empty login', '', 422],
      ['a login with control characters', 'ines\u0007marlow', 422],
      ['a login that is too long', 'x'.repeat(300), 422],
      ['a filter of LDAP', '*)(objectClass=*', 303],
      ['a piece of SQL', "' or 1=1 --", 303],
    ] as const) {
      it(what, async () => {
        await later(16 * 60_000);
        const browser = aBrowser(stage.hub);
        const page = await browser.ask('/reset');

        const told = await browser.ask('/reset', { form: { csrf: csrfIn(page), login } });

        assert.equal(told.status, status);
        if (status === 303) assert.equal(questionsOn(await browser.ask('/reset/prove')).length, 3);
      });
    }
  });

  it('does not happen when its audit entry cannot be written', async () => {
    const person = await anEnrolled();
    const browser = aBrowser(stage.hub);
    const page = await identify(browser, person.email);
    const { Client } = (await import('pg')).default;
    const owner = new Client({
      connectionString: stage.hub.database.ownerConnectionString.reveal(),
    });
    await owner.connect();
    await owner.query('alter table audit_entries rename to audit_entries_away');
    const failed = await prove(browser, page, person.given, code(person));
    await owner.query('alter table audit_entries_away rename to audit_entries');
    await owner.end();

    const after = await browser.ask('/reset/choose');

    assert.equal(failed.status, 500);
    assert.equal(after.headers.get('location'), '/reset/prove', 'nothing was proven');
  });

  it('is off where nobody has chosen how people are told', async () => {
    const { db } = stage.hub.database;
    const settings = db.updateTable('password_reset_settings');
    await settings.set({ enabled: false }).execute();

    const page = await aBrowser(stage.hub).ask('/reset');
    const enrolling = await aBrowser(stage.hub).ask('/reset/enrol');

    await settings.set({ enabled: true }).execute();
    assert.equal(page.status, 404);
    assert.equal(enrolling.status, 404);
    assert.match(page.text, /ask your service desk/);
  });

  it('leaves no answer, code or password in the log, the audit, a job or a letter', async () => {
    const person = await anEnrolled();
    const { browser, page } = await proven(person);
    await chosen(browser, page);
    await browser.ask('/reset/result');
    const { rows } = await stage.hub.database.pool.query(
      `select (select string_agg(t::text, ' ') from audit_texts t) as texts,
        (select string_agg(o::text, ' ') from outbox o) as letters,
        (select string_agg(a::text, ' ') from security_answers a) as kept,
        (select string_agg(j::text, ' ') from graphile_worker._private_jobs j) as jobs`,
    );

    const everything = `${JSON.stringify(rows)}\n${stage.hub.logged.join('\n')}`;
    for (const secret of [...person.given.values(), nextPassword, person.letters]) {
      assert.ok(!everything.includes(secret), secret);
    }
  });
});
