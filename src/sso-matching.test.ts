// Whose a proven identity is: on a real database, with everything but the protocol that proves it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aClient, anAgent, aUser, disableAgent } from '#test/servers/access.ts';
import {
  anIdentity,
  anSsoApplication,
  aTransaction,
  refusedBy,
  type SignOns,
  signOn,
  signOns,
  whoIs,
} from '#test/servers/sign-ons.ts';

let stage: SignOns;
let here: { clientId: number; siteId: number };

before(async () => {
  stage = await signOns();
  here = await aClient(stage.hub);
});

after(() => stage[Symbol.asyncDispose]());

const links = (owner: { id: number }, kind: 'agent' | 'user' = 'user') =>
  stage.hub.database.db
    .selectFrom('sso_links')
    .selectAll()
    .where('owner_kind', '=', kind)
    .where('owner_id', '=', owner.id)
    .execute();

const set = (id: number, columns: object) =>
  stage.hub.database.db.updateTable('desk_users').set(columns).where('id', '=', id).execute();

const mail = (person: { email: string }) => ({ email: person.email });

/** The custom field that holds the employee's number; made once. */
async function employeeField(): Promise<number> {
  const { db } = stage.hub.database;
  const made = { owner: 'user', name: 'Employee ID', label: 'Employee' } as const;
  await db
    .insertInto('custom_field_definitions')
    .values(made)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const found = db.selectFrom('custom_field_definitions').select('id');
  return (await found.where('name', '=', made.name).executeTakeFirstOrThrow()).id;
}

describe('A first sign-on', () => {
  it('finds the person by the address, links them, and later the link alone counts', async () => {
    const application = await anSsoApplication(stage);
    const user = await aUser(stage.hub, { at: here });

    const first = await signOn(stage, application, anIdentity('s1', mail(user)));
    const later = await signOn(stage, application, anIdentity('s1', { email: 'else@where.test' }));

    assert.equal(first.status, 303);
    assert.deepEqual(await whoIs(stage, first), { kind: 'user', id: user.id });
    assert.deepEqual(await whoIs(stage, later), { kind: 'user', id: user.id });
    assert.deepEqual(
      (await links(user)).map(({ matched_by }) => matched_by),
      ['email'],
    );
    const entries = await stage.hub.database.db
      .selectFrom('audit_entries')
      .select('subject_id')
      .where('action', '=', 'sso-link.made')
      .where('user_id', '=', user.id)
      .execute();
    assert.equal(entries.length, 1);
  });

  it('takes letters as one regardless of case, in ASCII alone', async () => {
    const application = await anSsoApplication(stage);
    const user = await aUser(stage.hub, { at: here, name: 'Kim Hale' });
    const kelvin = user.email.replace('k', '\u212a');

    const alike = await refusedBy(stage, application, anIdentity('s2', { email: kelvin }));
    const same = await signOn(
      stage,
      application,
      anIdentity('s2', { email: user.email.toUpperCase() }),
    );

    assert.equal(alike, 'person.claim');
    assert.deepEqual(await whoIs(stage, same), { kind: 'user', id: user.id });
  });

  it('finds nobody by a login name that only looks alike', async () => {
    const application = await anSsoApplication(stage, { matching_field: 'login' }, []);
    const user = await aUser(stage.hub, { at: here });
    await set(user.id, { login: 'kwest' });

    const alike = anIdentity('kelvin', { email: '\u212awest' });
    assert.equal(await refusedBy(stage, application, alike), 'person.linked');
  });

  it('of one who is agent and user is the agent’s, and at the page of users the user’s', async () => {
    const application = await anSsoApplication(stage);
    const agent = await anAgent(stage.hub, { name: 'Ada Both' });
    const user = await aUser(stage.hub, { at: here, email: agent.email });
    const at = (entity: 'agent' | 'user') => aTransaction(application, { entity });

    const anywhere = await signOn(stage, application, anIdentity('b1', mail(agent)));
    const asUser = await signOn(stage, application, anIdentity('b2', mail(agent)), at('user'));

    assert.deepEqual(await whoIs(stage, anywhere), { kind: 'agent', id: agent.id });
    assert.deepEqual(await whoIs(stage, asUser), { kind: 'user', id: user.id });
  });

  it('of a disabled agent is the user’s of the same address', async () => {
    const application = await anSsoApplication(stage);
    const agent = await anAgent(stage.hub, { name: 'Gone Agent' });
    const user = await aUser(stage.hub, { at: here, email: agent.email });
    await disableAgent(stage.hub, agent.id);

    const answer = await signOn(stage, application, anIdentity('d1', mail(agent)));

    assert.deepEqual(await whoIs(stage, answer), { kind: 'user', id: user.id });
  });

  for (const [what, settings, claims] of [
    [
      'login name',
      { matching_field: 'login', id_attribute: 'preferred-username' },
      { preferred_username: 'mwest' },
    ],
    [
      'employee number',
      { matching_field: 'employee-id', id_attribute: 'custom', custom_id_attribute: 'emp' },
      { emp: 'E-77' },
    ],
  ] as const)
    it(`finds the person by their ${what}`, async () => {
      const application = await anSsoApplication(stage, settings, []);
      const user = await aUser(stage.hub, { at: here });
      const field = await employeeField();
      await set(user.id, { login: 'mwest', custom_fields: JSON.stringify({ [field]: 'E-77' }) });

      const answer = await signOn(stage, application, anIdentity('x', claims));

      assert.deepEqual(await whoIs(stage, answer), { kind: 'user', id: user.id });
      await set(user.id, { login: null, custom_fields: '{}' });
    });

  it('is refused where two share the address', async () => {
    const application = await anSsoApplication(stage);
    const one = await aUser(stage.hub, { at: here, email: 'shared@larkfield.test' });
    await aUser(stage.hub, { at: here, email: 'Shared@larkfield.test' });

    assert.equal(await refusedBy(stage, application, anIdentity('s', mail(one))), 'person.one');
  });

  it('is refused outside the domains that are the application’s', async () => {
    const unproven = await anSsoApplication(stage, {}, []);
    const other = await anSsoApplication(stage, {}, ['larkfield.test']);
    const user = await aUser(stage.hub, { at: here, email: 'x@sub.larkfield.test' });
    await stage.hub.database.db
      .insertInto('sso_domains')
      .values({ application_id: unproven.id, domain: 'sub.larkfield.test', challenge: 'x' })
      .execute();

    assert.equal(await refusedBy(stage, unproven, anIdentity('s', mail(user))), 'person.domain');
    assert.equal(await refusedBy(stage, other, anIdentity('s', mail(user))), 'person.domain');
  });

  it('is refused with an address that the provider did not verify', async () => {
    const application = await anSsoApplication(stage);
    const user = await aUser(stage.hub, { at: here });

    const claims = { ...mail(user), email_verified: 'false' };
    assert.equal(
      await refusedBy(stage, application, anIdentity('s', claims)),
      'person.email-verified',
    );
  });

  it('makes nobody an administrator, nor whoever has a right over the whole hub', async () => {
    const application = await anSsoApplication(stage);
    const admin = await anAgent(stage.hub, { name: 'Rosa Lind', administrator: true });
    const agent = await anAgent(stage.hub, { name: 'Key Keeper' });
    const { db } = stage.hub.database;
    const role = await db
      .insertInto('desk_roles')
      .values({ name: 'Keys', permissions: ['key-vaults:read'] })
      .returning('id')
      .executeTakeFirstOrThrow();
    await db
      .insertInto('desk_agent_roles')
      .values({ agent_id: agent.id, role_id: role.id })
      .execute();

    assert.equal(await refusedBy(stage, application, anIdentity('a', mail(admin))), 'person.role');
    assert.equal(await refusedBy(stage, application, anIdentity('k', mail(agent))), 'person.role');
    assert.deepEqual(await links(admin, 'agent'), []);
  });

  it('with a recycled address is not who had it before', async () => {
    const application = await anSsoApplication(stage);
    const user = await aUser(stage.hub, { at: here });
    await signOn(stage, application, anIdentity('old', mail(user)));

    assert.equal(
      await refusedBy(stage, application, anIdentity('new', mail(user))),
      'person.unlinked',
    );
  });

  it('from another issuer, or through another application, is another identity', async () => {
    const application = await anSsoApplication(stage, { matching_field: 'none' });
    const other = await anSsoApplication(stage, { matching_field: 'none' });
    const user = await aUser(stage.hub, { at: here });
    const matched = await anSsoApplication(stage);
    await signOn(stage, matched, anIdentity('same', mail(user)));
    await stage.hub.database.db
      .updateTable('sso_links')
      .set({ application_id: application.id })
      .where('application_id', '=', matched.id)
      .execute();

    const answer = await signOn(stage, application, anIdentity('same'));

    assert.deepEqual(await whoIs(stage, answer), { kind: 'user', id: user.id });
    assert.equal(await refusedBy(stage, other, anIdentity('same', mail(user))), 'person.linked');
    const elsewhere = anIdentity('same', mail(user), 'https://id.larkfield.test/');
    assert.equal(await refusedBy(stage, application, elsewhere), 'person.linked');
  });

  for (const [what, claims, check] of [
    ['without the claim', {}, 'person.claim'],
    ['with two values of it', { email: ['a@larkfield.test', 'b@larkfield.test'] }, 'person.claim'],
    ['with what is no address', { email: 'larkfield.test' }, 'person.claim'],
    ['with a zero byte', { email: 'a\0@larkfield.test' }, 'person.claim'],
    ['with two signs of at', { email: 'a@evil.test@larkfield.test' }, 'person.claim'],
    ['of nobody', { email: 'nobody@larkfield.test' }, 'person.linked'],
  ] as const)
    it(`is refused ${what}`, async () => {
      const application = await anSsoApplication(stage);

      assert.equal(await refusedBy(stage, application, anIdentity('s', claims)), check);
    });

  for (const subject of ['', 'a\0b', 'x'.repeat(1_025), '\ud800'])
    it(`is refused with the subject ${JSON.stringify(subject).slice(0, 12)}`, async () => {
      const application = await anSsoApplication(stage);

      assert.equal(await refusedBy(stage, application, anIdentity(subject)), 'claims.readable');
    });
});
