// The specification of enrolment: a link that opens once, answers nobody reads, factors their owner proves.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  aBrowser,
  aClient,
  anAgent,
  anApplication,
  ask,
  aUser,
  aUserWhoSignsIn,
  csrfIn,
  goodPassword,
  signIn,
  type Told,
} from '#test/servers/access.ts';
import { aSelfServiceHub, enrol, type SelfServiceHub } from '#test/servers/self-service.ts';

describe('Enrolling', () => {
  let stage: SelfServiceHub;
  let apiKey: string;
  let place: { readonly clientId: number; readonly siteId: number };
  const call = (path: string, method = 'POST', key = apiKey) =>
    ask(stage.hub, path, { method, headers: { 'x-halo-api-key': key } });
  const post = (path: string) => call(path);
  before(async () => {
    stage = await aSelfServiceHub();
    place = await aClient(stage.hub);
    apiKey = (await anApplication(stage.hub, { kind: 'api-key' })).apiKey;
  });
  after(() => stage[Symbol.asyncDispose]());

  const later = (ms: number) => {
    stage.hub.time.now = new Date(stage.hub.time.now.getTime() + ms);
  };
  const aPerson = () => {
    later(16 * 60_000);
    return aUser(stage.hub, { name: 'Ines Marlow', at: place });
  };

  async function invited(person: { readonly id: number; readonly email: string }): Promise<string> {
    assert.equal((await post(`/v1/self-service/people/${person.id}/invite`)).status, 202);
    await stage.deliver();
    return /#([a-z0-9-]+)/.exec(stage.mail.lastTo(person.email)?.text ?? '')?.[1] ?? '';
  }

  async function opened(link: string, browser = aBrowser(stage.hub)) {
    const page = await browser.ask('/reset/enrol');
    const told = await browser.ask('/reset/enrol', { form: { csrf: csrfIn(page), link } });
    return { browser, told };
  }

  const isOpen = ({ told }: { readonly told: Told }) =>
    told.headers.get('location') === '/reset/enrol/questions';

  it('begins with a link that looking at does not use up, and that opens once', async () => {
    const person = await aPerson();
    const link = await invited(person);

    const scanned = await aBrowser(stage.hub).ask('/reset/enrol');
    const both = await Promise.all([opened(link), opened(link.toUpperCase())]);
    const again = await opened(link);

    assert.equal(scanned.status, 200);
    assert.equal(both.filter(isOpen).length, 1);
    assert.equal(isOpen(again), false);
    assert.match(again.told.text, /does not open anything/);
  });

  it('is over for a link after three days, or when a newer one was sent', async () => {
    const person = await aPerson();
    const first = await invited(person);
    const second = await invited(person);
    const replaced = await opened(first);
    later(73 * 3_600_000);
    const late = await opened(second);

    assert.equal(isOpen(replaced), false);
    assert.equal(isOpen(late), false);
  });

  it('keeps the link nowhere in the open, and tells it to nobody else', async () => {
    const person = await aPerson();
    const link = await invited(person);
    const { rows } = await stage.hub.database.pool.query(
      "select (select string_agg(o::text, ' ') from outbox o) as o, (select string_agg(t::text, ' ') from audit_texts t) as t",
    );

    assert.match(link, /^[a-z0-9]{5}(-[a-z0-9]{5}){3}$/);
    assert.ok(!JSON.stringify(rows).includes(link));
    assert.ok(!stage.hub.logged.join('').includes(link));
  });

  it('refuses to guess at links: twenty in a quarter of an hour', async () => {
    later(16 * 60_000);
    const statuses: number[] = [];
    for (let count = 0; count < 22; count += 1) {
      statuses.push((await opened('aaaaa-bbbbb-ccccc-ddddd')).told.status);
    }

    assert.deepEqual(statuses.slice(-2), [429, 429]);
    assert.ok(statuses.slice(0, 20).every((status) => status === 422));
  });

  it('takes questions in the browser that opened it, and in no other', async () => {
    const { browser } = await opened(await invited(await aPerson()));
    const page = await browser.ask('/reset/enrol/questions');
    const thief = aBrowser(stage.hub);

    const form = { csrf: csrfIn(page), question1: '1', answer1: 'Apricot dumplings' };
    const stolen = await thief.ask('/reset/enrol/questions', { form });
    const few = await browser.ask('/reset/enrol/questions', { form });

    assert.equal(page.status, 200);
    assert.equal(stolen.status, 410);
    assert.equal(few.status, 422);
    assert.match(few.text, /at least 3 questions/);
  });

  it('refuses questions that are not in the catalogue, and fields of a strange kind', async () => {
    const { browser } = await opened(await invited(await aPerson()));
    const csrf = csrfIn(await browser.ask('/reset/enrol/questions'));
    const form = `csrf=${csrf}&question1=99999&answer1=Apricot+dumplings&question2=-1&answer2=x&question3=1&question3=2&answer3=a&answer3=b`;

    const told = await browser.ask('/reset/enrol/questions', { form });

    assert.equal(told.status, 422);
  });

  it('takes an outside address only with the code that was sent to it, five tries', async () => {
    const { browser } = await opened(await invited(await aPerson()));
    const csrf = csrfIn(await browser.ask('/reset/enrol/questions'));
    const name = (address: string) =>
      browser.ask('/reset/enrol/address', { form: { csrf, address } });
    const show = (mailed: string) =>
      browser.ask('/reset/enrol/address/code', { form: { csrf, mailed } });

    const own = await name('ines@larkfield.test');
    const injected = await name('a@b.example\r\nBcc: c@d.example');
    await name('ines@elsewhere.example');
    await stage.deliver();
    const code = /is (\d{4} \d{4})/.exec(
      stage.mail.lastTo('ines@elsewhere.example')?.text ?? '',
    )?.[1];
    for (let count = 0; count < 5; count += 1) await show('00000000');
    const tooLate = await show(code ?? '');

    assert.match(own.text, /as does the account/);
    assert.match(injected.text, /no mail address/);
    assert.match(code ?? '', /^\d{4} \d{4}$/);
    assert.equal(tooLate.status, 422);
  });

  it('tells the owner of each thing that was set, and of a new address at the old one too', async () => {
    const person = await aPerson();
    await enrol(stage, person, post, 'old@elsewhere.example');
    later(3_600_000);
    await enrol(stage, person, post, 'new@elsewhere.example');
    await stage.deliver();

    const subjects = stage.mail.mails
      .filter(({ to }) => to.includes(person.email))
      .map(({ subject }) => subject);
    assert.ok(subjects.some((subject) => /questions were set/.test(subject)));
    assert.ok(subjects.some((subject) => /second factor was set/.test(subject)));
    assert.match(
      stage.mail.mails.findLast(({ to }) => to.includes('old@elsewhere.example'))?.subject ?? '',
      /outside address was set/,
    );
  });

  it('is begun by a person who is signed in, once, and then only by a link', async () => {
    later(16 * 60_000);
    const user = await aUserWhoSignsIn(stage.hub, { name: 'Bela Costa', at: place });
    const browser = aBrowser(stage.hub);
    await signIn(browser, user.email, goodPassword);
    const page = await browser.ask('/reset/enrol');
    const begun = await browser.ask('/reset/enrol/me', { form: { csrf: csrfIn(page) } });
    const unproven = await browser.ask('/reset/enrol/me', { form: { csrf: 'wrong' } });
    const nobody = await aBrowser(stage.hub).ask('/reset/enrol/me', { form: { csrf: 'x' } });
    await enrol(stage, user, post);
    await signIn(browser, user.email, goodPassword);
    const once = await browser.ask('/reset/enrol');
    const again = await browser.ask('/reset/enrol/me', { form: { csrf: csrfIn(once) } });

    assert.match(page.text, /You are signed in as Bela Costa/);
    assert.equal(begun.headers.get('location'), '/reset/enrol/questions');
    assert.equal(unproven.status, 403);
    assert.equal(nobody.status, 403);
    assert.match(again.text, /set it up already/);
  });

  describe('is not for', () => {
    it('agents of the desk', async () => {
      const person = await aPerson();
      const agent = await anAgent(stage.hub, { name: 'Petra Holt' });
      const users = stage.hub.database.db.updateTable('desk_users').where('id', '=', person.id);
      await users.set({ linked_agent_id: agent.id }).execute();

      const told = await post(`/v1/self-service/people/${person.id}/invite`);

      assert.equal(told.json.code, 'self-service.barred');
    });

    it('a mail address that was changed just now, so that nobody has a link sent to themselves', async () => {
      const person = await aPerson();
      const { db } = stage.hub.database;
      const changed = { email: 'thief@larkfield.test', updated_at: stage.hub.time.now };
      await db.updateTable('desk_users').set(changed).where('id', '=', person.id).execute();
      const path = `/v1/self-service/people/${person.id}/invite`;

      const fresh = await post(path);
      later(72 * 3_600_000);
      const settled = await post(path);

      assert.equal(fresh.json.code, 'self-service.fresh-address');
      assert.equal(settled.status, 202);
    });

    it('somebody without an address, or who does not exist', async () => {
      const person = await aPerson();
      const { db } = stage.hub.database;
      await db.updateTable('desk_users').set({ email: null }).where('id', '=', person.id).execute();

      const without = await post(`/v1/self-service/people/${person.id}/invite`);
      const unknown = await post('/v1/self-service/people/2147483647/invite');
      const strange = await post('/v1/self-service/people/abc/invite');

      assert.equal(without.json.code, 'self-service.no-address');
      assert.equal(unknown.status, 404);
      assert.equal(strange.status, 404);
    });
  });

  it('sends no more than five links a day', async () => {
    const person = await aPerson();
    const statuses: number[] = [];
    for (let count = 0; count < 6; count += 1) {
      statuses.push((await post(`/v1/self-service/people/${person.id}/invite`)).status);
    }

    assert.deepEqual(statuses, [202, 202, 202, 202, 202, 429]);
  });

  it('is taken back by the service desk, which the owner is told', async () => {
    const person = await aPerson();
    await enrol(stage, person, post);
    const before = await call('/v1/self-service/people?enrolled=true&search=marlow', 'GET');
    const removed = await call(`/v1/self-service/people/${person.id}`, 'DELETE');
    await stage.deliver();
    const after = await stage.hub.database.db
      .selectFrom('security_answers')
      .select('slot')
      .where('user_id', '=', person.id)
      .execute();

    assert.match(before.text, new RegExp(`"id":${person.id},`));
    assert.equal(removed.status, 204);
    assert.deepEqual(after, []);
    assert.match(stage.mail.lastTo(person.email)?.subject ?? '', /enrolment was removed/);
  });

  it('is managed by nobody without password-reset:manage', async () => {
    const weak = await anApplication(stage.hub, { kind: 'api-key', scopes: ['all:standard'] });

    for (const [path, method] of [
      ['/v1/self-service', 'GET'],
      ['/v1/self-service/people', 'GET'],
      ['/v1/self-service/attempts', 'GET'],
      ['/v1/self-service/people/1/invite', 'POST'],
      ['/v1/self-service/people/1', 'DELETE'],
    ] as const) {
      assert.equal((await call(path, method, weak.apiKey)).status, 403, path);
    }
  });
});
