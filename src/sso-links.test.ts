// Identities linked by hand: by an administrator, or by whom they belong to, after their password.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import {
  aBrowser,
  aClient,
  anAgent,
  anApplication,
  ask,
  aUser,
  aUserWhoSignsIn,
  bearer,
  csrfIn,
  goodPassword,
  signIn,
} from '#test/servers/access.ts';
import {
  anIdentity,
  anSsoApplication,
  aTransaction,
  issuer,
  lastAttempt,
  type SignOns,
  signOn,
  signOns,
  whoIs,
} from '#test/servers/sign-ons.ts';

let stage: SignOns;
let here: { clientId: number; siteId: number };
let admin: Record<string, string>;
let editor: Record<string, string>;

before(async () => {
  stage = await signOns();
  here = await aClient(stage.hub);
  admin = await tokenWith(['all']);
  editor = await tokenWith(['sso:edit', 'sso:read']);
});

after(() => stage[Symbol.asyncDispose]());

async function tokenWith(scopes: readonly ('all' | 'sso:edit' | 'sso:read')[]) {
  const { client_id, client_secret } = await anApplication(stage.hub, { scopes });
  const form = { grant_type: 'client_credentials', client_id, client_secret };
  return bearer((await ask(stage.hub, '/auth/token', { form })).json.access_token);
}

type Application = Awaited<ReturnType<typeof anSsoApplication>>;

const linksOf = ({ id }: Application) => `/v1/sso-applications/${id}/links`;
const link = (application: Application, json: unknown, headers = admin) =>
  ask(stage.hub, linksOf(application), { json, headers });
const list = async (application: Application) => {
  const { json } = await ask(stage.hub, linksOf(application), { headers: editor });
  return z.array(z.looseObject({ id: z.int(), matchedBy: z.string() })).parse(json.items);
};

describe('An administrator', () => {
  it('links an identity to an administrator, whom no claim would make one', async () => {
    const application = await anSsoApplication(stage);
    const rosa = await anAgent(stage.hub, { name: 'Rosa Lind', administrator: true });
    const owner = { kind: 'agent', id: rosa.id };

    const made = await link(application, { issuer, subject: 'rosa', owner });
    const answer = await signOn(stage, application, anIdentity('rosa'));

    assert.equal(made.status, 201, made.text);
    assert.deepEqual(await whoIs(stage, answer), { kind: 'agent', id: rosa.id });
    assert.doesNotMatch(made.text, /"rosa"/);
  });

  it('links the identity of a refused attempt to its person', async () => {
    const application = await anSsoApplication(stage, {}, []);
    const user = await aUser(stage.hub, { at: here });
    await signOn(stage, application, anIdentity('unmatched', { email: user.email }));
    const attempt = await lastAttempt(stage, application);

    const made = await link(application, {
      attempt: attempt?.id,
      owner: { kind: 'user', id: user.id },
    });
    const answer = await signOn(stage, application, anIdentity('unmatched'));

    assert.equal(made.status, 201, made.text);
    assert.deepEqual(await whoIs(stage, answer), { kind: 'user', id: user.id });
  });

  it('takes a link away, and the sessions that it began end', async () => {
    const application = await anSsoApplication(stage);
    const user = await aUser(stage.hub, { at: here });
    const answer = await signOn(stage, application, anIdentity('gone', { email: user.email }));
    const [made] = await list(application);

    const path = `${linksOf(application)}/${made?.id}`;
    const removed = await ask(stage.hub, path, { method: 'DELETE', headers: editor });

    assert.equal(removed.status, 204);
    assert.equal(await whoIs(stage, answer), undefined);
    assert.deepEqual(await list(application), []);
    const entries = await stage.hub.database.db
      .selectFrom('audit_entries')
      .select('action')
      .where('user_id', '=', user.id)
      .where('action', 'like', 'sso-link.%')
      .orderBy('id')
      .execute();
    assert.deepEqual(
      entries.map(({ action }) => action),
      ['sso-link.made', 'sso-link.removed'],
    );
  });

  it('is refused what does not fit, with a sentence', async () => {
    const application = await anSsoApplication(stage);
    const other = await anSsoApplication(stage);
    const user = await aUser(stage.hub, { at: here });
    const rosa = await anAgent(stage.hub, { name: 'Rosa Above', administrator: true });
    const owner = { kind: 'user', id: user.id };
    await link(application, { issuer, subject: 'taken', owner });
    await signOn(stage, other, anIdentity('elsewhere'));
    const foreign = (await lastAttempt(stage, other))?.id;
    const unknown = { kind: 'user', id: 999_999 };
    const above = { kind: 'agent', id: rosa.id };

    const told = await Promise.all([
      link(application, { issuer, subject: 'taken', owner }),
      link(application, { attempt: foreign, owner }),
      link(application, { issuer, subject: 'x', owner: unknown }),
      link(application, { issuer, subject: 'x', owner: above }, editor),
      link(application, { issuer, subject: 'x\0', owner }),
      link(application, { issuer, owner }),
      link(application, {}),
      link({ ...application, id: 999_999 }, { issuer, subject: 'x', owner }),
      link(application, { issuer, subject: 'x', owner }, {}),
    ]);

    assert.deepEqual(
      told.map(({ status }) => status),
      [409, 409, 404, 403, 400, 400, 400, 404, 401],
    );
    assert.deepEqual(
      told.slice(0, 4).map(({ json }) => json.code),
      ['sso-link.taken', 'sso-link.unproven', 'record.unknown', 'sso-link.upwards'],
    );
  });

  it('links nobody who cannot sign in', async () => {
    const application = await anSsoApplication(stage);
    const user = await aUser(stage.hub, { at: here });
    await stage.hub.database.db
      .updateTable('desk_users')
      .set({ inactive: true })
      .where('id', '=', user.id)
      .execute();

    const owner = { kind: 'user', id: user.id };
    const told = await link(application, { issuer, subject: 'x', owner });

    assert.deepEqual([told.status, told.json.code], [409, 'sso-link.disabled']);
  });
});

describe('Somebody who signed in with their password', () => {
  const start = ({ guid }: Application) => `/auth/sso/${guid}/start?link=1&return=/sessions`;

  it('is asked first, and nothing begins without the proof of their session', async () => {
    const application = await anSsoApplication(stage);
    const user = await aUserWhoSignsIn(stage.hub, { at: here });
    const browser = aBrowser(stage.hub);
    await signIn(browser, user.email, goodPassword);

    const page = await browser.ask(start(application));
    const forged = await browser.ask(`/auth/sso/${application.guid}/link`, {
      form: { csrf: 'x', return: '/' },
    });

    assert.match(page.text, new RegExp(`Link ${application.name} to you, ${user.name}`));
    assert.ok(csrfIn(page).length > 20);
    assert.equal(forged.status, 403);
  });

  it('more than five minutes ago, or not at all, proves themselves first', async () => {
    const application = await anSsoApplication(stage);
    const user = await aUserWhoSignsIn(stage.hub, { at: here });
    const browser = aBrowser(stage.hub);
    await signIn(browser, user.email, goodPassword);
    const { csrfToken } = (await browser.ask('/auth/me')).json;
    stage.hub.time.now = new Date(stage.hub.time.now.getTime() + 301_000);

    const late = await browser.ask(start(application));
    const posted = await browser.ask(`/auth/sso/${application.guid}/link`, {
      form: { csrf: String(csrfToken), return: '/' },
    });
    const stranger = await aBrowser(stage.hub).ask(start(application));

    for (const page of [late, posted, stranger]) {
      assert.match(page.text, /Prove that it is you/);
      assert.equal(csrfIn(page), '');
    }
  });

  it('through the provider itself proves nothing', async () => {
    const application = await anSsoApplication(stage);
    const user = await aUser(stage.hub, { at: here });
    const answer = await signOn(stage, application, anIdentity('p', { email: user.email }));
    const cookies = [answer.headers?.['set-cookie'] ?? []].flat();
    const cookie = cookies.map((one) => one.split(';', 1)[0] ?? '').join('; ');

    const page = await ask(stage.hub, start(application), { headers: { cookie } });

    assert.match(page.text, /Prove that it is you/);
  });

  it('links an identity to themselves, an administrator too, and to nobody else’s', async () => {
    const application = await anSsoApplication(stage, {}, []);
    const rosa = await anAgent(stage.hub, { name: 'Rosa Self', administrator: true });
    const other = await aUser(stage.hub, { at: here });
    const linking = (id: number, kind: 'agent' | 'user') =>
      aTransaction(application, { purpose: 'link', by: { kind, id }, back: '/sessions' });

    const done = await signOn(stage, application, anIdentity('self'), linking(rosa.id, 'agent'));
    const again = await signOn(stage, application, anIdentity('self'), linking(other.id, 'user'));
    const later = await signOn(stage, application, anIdentity('self'));

    assert.deepEqual([done.status, done.headers?.location], [303, '/sessions']);
    assert.equal(done.headers?.['set-cookie'], undefined);
    assert.equal(again.status, 403);
    assert.equal((await lastAttempt(stage, application))?.status, 'signed-in');
    assert.deepEqual(await whoIs(stage, later), { kind: 'agent', id: rosa.id });
    assert.deepEqual(
      (await list(application)).map(({ matchedBy }) => matchedBy),
      ['re-authentication'],
    );
  });
});
