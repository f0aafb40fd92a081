// What the members of SingleSignOnApplication do when somebody signs on: set in Halo's words, seen at a provider.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { SsoApplication } from '#features/sso/model.ts';
import { findSsoApplication } from '#features/sso/queries.ts';
import { aClient, anApplication, ask, bearer } from '#test/servers/access.ts';
import { lastAttempt } from '#test/servers/sign-ons.ts';
import {
  anOidcStage,
  type OidcStage,
  prepared,
  seen,
  signOnWith,
  toProvider,
} from '#test/sso/oidc-stage.ts';

describe('A member of SingleSignOnApplication, when somebody signs on', () => {
  let on: OidcStage;
  let token: unknown;
  before(async () => {
    on = await anOidcStage();
    const { client_id, client_secret } = await anApplication(on.stage.hub);
    const form = { grant_type: 'client_credentials', client_id, client_secret, scope: 'all' };
    token = (await ask(on.stage.hub, '/auth/token', { form })).json.access_token;
  });
  after(() => on[Symbol.asyncDispose]());

  /** At the provider that behaves, changed by a POST in Halo's words. */
  const set = async (members: object): Promise<SsoApplication> => {
    const { hub } = on.stage;
    const { id } = await prepared(on);
    const json = [{ id, ...members }];
    const headers = bearer(token);
    const told = await ask(hub, '/api/SingleSignOnApplication', { json, headers });
    assert.equal(told.status, 201, told.text);
    const found = await findSsoApplication(hub.database.db, { id });
    assert.ok(found);
    return found;
  };
  const outcome = async (members: object) => {
    const application = await set(members);
    const { signedIn, check } = await seen(on, application, await signOnWith(on, application));
    return signedIn ? 'signed in' : check;
  };

  for (const [member, members, parameter, value] of [
    ['client_id', { client_id: 'another' }, 'client_id', 'another'],
    ['scope', { scope: 'openid groups' }, 'scope', 'openid groups'],
    ['scope, left empty', { scope: '' }, 'scope', 'openid profile email'],
    ['prompt', { prompt: 'select_account' }, 'prompt', 'select_account'],
    ['domain_hint', { domain_hint: 'larkfield.test' }, 'domain_hint', 'larkfield.test'],
    ['oidc_type', { oidc_type: 3, domain_hint: 'larkfield.test' }, 'hd', 'larkfield.test'],
  ] as const) {
    it(`${member}: is what the provider is asked with`, async () => {
      const { answer } = await toProvider(on, await set(members));

      const asked = new URL(answer.headers.get('location') ?? '').searchParams;
      assert.equal(asked.get(parameter), value);
    });
  }

  for (const [member, members, expected] of [
    ['nothing', {}, 'signed in'],
    ['active', { active: false }, undefined],
    ['allowed_entities', { allowed_entities: 1 }, /^person\./],
    ['user_matching_field', { user_matching_field: 3 }, /^person\./],
    ['id_attribute', { id_attribute: 3 }, /claim/],
    ['custom_id_attribute', { id_attribute: 5, custom_id_attribute: 'email' }, 'signed in'],
    ['custom_id_attribute, unknown', { id_attribute: 5, custom_id_attribute: 'none' }, /claim/],
    ['extra_claim_validation', { extra_claim_validation: [{ thirdpartyname: 'groups' }] }, /claim/],
    [
      'extra_claim_validation, with a value',
      { extra_claim_validation: [{ thirdpartyname: 'name', xmvalue: 'Maya Ortega' }] },
      'signed in',
    ],
    [
      'extra_claim_validation, with another value',
      { extra_claim_validation: [{ thirdpartyname: 'name', xmvalue: 'maya ortega' }] },
      /claim/,
    ],
  ] as const) {
    it(`${member}: decides whether Maya comes in`, async () => {
      await on.stage.hub.database.db.deleteFrom('sso_links').execute();

      const seenAs = await outcome(members);

      if (expected instanceof RegExp) assert.match(seenAs ?? 'nothing was recorded', expected);
      else assert.equal(seenAs, expected);
    });
  }

  it('oidc_url: is where people are sent, and a secret is not taken along', async () => {
    const application = await set({ oidc_url: `${on.op.base}/elsewhere` });

    const { check } = await seen(on, application, await signOnWith(on, application));

    assert.equal(application.oidc.hasClientSecret, false);
    assert.ok(check !== undefined);
  });

  it('log_attempts: off, a sign-on that went well leaves no attempt', async () => {
    const kept = await set({ log_attempts: true });
    await signOnWith(on, kept);
    const silent = await set({ log_attempts: false });
    await signOnWith(on, silent);

    assert.equal((await lastAttempt(on.stage, kept))?.status, 'signed-in');
    assert.equal(await lastAttempt(on.stage, silent), undefined);
  });

  it('allow_user_provisoning, default_site: make a user of that site of who is not known', async () => {
    const { hub } = on.stage;
    const { siteId } = await aClient(hub, 'Brooks & Sons');
    const { db } = hub.database;
    await db.deleteFrom('sso_links').execute();
    await db.updateTable('desk_users').set({ email: 'somebody.else@larkfield.test' }).execute();

    const refused = await outcome({ allow_user_provisoning: false });
    const made = await outcome({ allow_user_provisoning: true, default_site: siteId });

    const user = await db
      .selectFrom('desk_users')
      .select(['name', 'site_id'])
      .where('email', '=', 'maya.ortega@larkfield.test')
      .executeTakeFirst();
    assert.notEqual(refused, 'signed in');
    assert.equal(made, 'signed in');
    assert.deepEqual(user, { name: 'Maya Ortega', site_id: siteId });
  });
});
