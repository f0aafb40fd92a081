// New users from identities: once, in the right site, with what the desk takes, and nothing of anybody else's.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aClient, aUser } from '#test/servers/access.ts';
import { failingAudit } from '#test/servers/failing-audit.ts';
import {
  anIdentity,
  anSsoApplication,
  aTransaction,
  lastAttempt,
  refusedBy,
  type SignOns,
  signOn,
  signOns,
  whoIs,
} from '#test/servers/sign-ons.ts';

let stage: SignOns;
let twin: SignOns;
let here: { clientId: number; siteId: number };

before(async () => {
  stage = await signOns();
  twin = await signOns({ shares: stage });
  here = await aClient(stage.hub);
});

after(async () => {
  await twin[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

const provisioning = (given: Parameters<typeof anSsoApplication>[1] = {}, domains?: string[]) =>
  anSsoApplication(
    stage,
    { provisioning: true, default_site_id: here.siteId, ...given },
    domains ?? ['larkfield.test'],
  );

const userWith = (email: string) =>
  stage.hub.database.db.selectFrom('desk_users').selectAll().where('email', '=', email).execute();

const claims = (email: string) => ({
  email,
  name: 'Noor Haddad',
  given_name: 'Noor',
  family_name: 'Haddad',
  title: 'Optician',
  department: 'Workshop',
  phone_number: '+44 20 7946 0018',
});

describe('Provisioning', () => {
  it('makes a user of the default site with what the provider tells, and an audit entry', async () => {
    const application = await provisioning();

    const answer = await signOn(
      stage,
      application,
      anIdentity('p1', claims('noor@larkfield.test')),
    );

    const [user, ...others] = await userWith('noor@larkfield.test');
    assert.equal(others.length, 0);
    assert.deepEqual(await whoIs(stage, answer), { kind: 'user', id: user?.id });
    assert.deepEqual(
      [user?.name, user?.first_name, user?.surname, user?.title, user?.department, user?.phone],
      ['Noor Haddad', 'Noor', 'Haddad', 'Optician', 'Workshop', '+44 20 7946 0018'],
    );
    assert.equal(user?.site_id, here.siteId);
    const entries = await stage.hub.database.db
      .selectFrom('audit_entries')
      .select(['action', 'actor_kind', 'address'])
      .where('subject_kind', '=', 'user')
      .where('subject_id', '=', String(user?.id))
      .orderBy('id')
      .execute();
    assert.deepEqual(
      entries.map(({ action }) => action),
      ['user.created', 'sso-link.made', 'session.started'],
    );
    assert.equal(entries[0]?.address, '192.0.2.7');
  });

  it('reads the attributes of SAML by their usual names', async () => {
    const application = await provisioning({ protocol: 'saml', id_attribute: 'subject' });
    const ws = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/';
    const identity = anIdentity('ola@larkfield.test', {
      [`${ws}givenname`]: 'Ola',
      [`${ws}surname`]: 'Nordmann',
      'urn:oid:2.5.4.20': '12 34',
    });

    await signOn(stage, application, identity);

    const [user] = await userWith('ola@larkfield.test');
    assert.deepEqual(
      [user?.name, user?.surname, user?.phone],
      ['Ola Nordmann', 'Nordmann', '12 34'],
    );
  });

  it('makes one user of fifty first sign-ons at the same moment, in two processes', async () => {
    const application = await provisioning();
    const identity = anIdentity('fifty', claims('fifty@larkfield.test'));

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => signOn(at % 2 ? stage : twin, application, identity)),
    );

    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [303]);
    assert.equal((await userWith('fifty@larkfield.test')).length, 1);
  });

  it('makes one user of two identities that come with the same address at the same moment', async () => {
    const application = await provisioning();
    const come = (subject: string) =>
      signOn(stage, application, anIdentity(subject, claims('twice@larkfield.test')));

    const answers = await Promise.all([come('one'), come('two')]);

    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 403]);
    assert.equal((await userWith('twice@larkfield.test')).length, 1);
  });

  it('never makes an agent: at their page nobody is made', async () => {
    const application = await provisioning();
    const identity = anIdentity('agent', claims('agent-page@larkfield.test'));
    const at = aTransaction(application, { entity: 'agent' });

    const answer = await signOn(stage, application, identity, at);

    assert.equal(answer.status, 403);
    assert.equal((await lastAttempt(stage, application))?.failed_check, 'person.linked');
    assert.deepEqual(await userWith('agent-page@larkfield.test'), []);
  });

  it('finds the site by the domain: a site’s own before a client’s, whose main site it is', async () => {
    const { db } = stage.hub.database;
    const client = await aClient(stage.hub, 'Client by domain');
    const other = await aClient(stage.hub, 'Site by domain');
    await db
      .updateTable('desk_clients')
      .set({ extra: JSON.stringify({ domain: 'other.test, Brook.test' }) })
      .where('id', '=', client.clientId)
      .execute();
    await db
      .updateTable('desk_sites')
      .set({ extra: JSON.stringify({ emaildomain: '@weir.test' }) })
      .where('id', '=', other.siteId)
      .execute();
    const domains = ['brook.test', 'weir.test', 'larkfield.test'];
    const application = await provisioning({ domain_matching: true }, domains);
    const siteOf = async (email: string) => {
      await signOn(stage, application, anIdentity(email, claims(email)));
      return (await userWith(email))[0]?.site_id;
    };

    assert.equal(await siteOf('a@brook.test'), client.siteId);
    assert.equal(await siteOf('a@weir.test'), other.siteId);
    assert.equal(await siteOf('a-default@larkfield.test'), here.siteId);
  });

  it('is refused where two clients have the domain', async () => {
    const { db } = stage.hub.database;
    for (const name of ['One', 'Two']) {
      const { clientId } = await aClient(stage.hub, name);
      const extra = JSON.stringify({ domain: 'both.test' });
      await db.updateTable('desk_clients').set({ extra }).where('id', '=', clientId).execute();
    }
    const application = await provisioning({ domain_matching: true }, ['both.test']);

    assert.equal(
      await refusedBy(stage, application, anIdentity('b', claims('x@both.test'))),
      'provisioning.site',
    );
  });

  it('is refused without a default site, and with one that is inactive', async () => {
    const closed = await aClient(stage.hub, 'Closed');
    await stage.hub.database.db
      .updateTable('desk_sites')
      .set({ inactive: true })
      .where('id', '=', closed.siteId)
      .execute();
    const none = await provisioning({ default_site_id: null });
    const off = await provisioning({ default_site_id: closed.siteId });
    const identity = anIdentity('n', claims('no-site@larkfield.test'));

    assert.equal(await refusedBy(stage, none, identity), 'provisioning.site');
    assert.equal(await refusedBy(stage, off, identity), 'provisioning.site');
    assert.deepEqual(await userWith('no-site@larkfield.test'), []);
  });

  it('makes no second user of an address, whatever people are matched by', async () => {
    const application = await provisioning({ matching_field: 'none' });
    const user = await aUser(stage.hub, { at: here });

    const identity = anIdentity('again', claims(user.email.toUpperCase()));
    assert.equal(await refusedBy(stage, application, identity), 'provisioning.address');
  });

  it('makes no leaver anew', async () => {
    const application = await provisioning();
    const user = await aUser(stage.hub, { at: here });
    await stage.hub.database.db
      .updateTable('desk_users')
      .set({ inactive: true })
      .where('id', '=', user.id)
      .execute();

    assert.equal(
      await refusedBy(stage, application, anIdentity('l', claims(user.email))),
      'person.enabled',
    );
  });

  it('vouches for the application’s own domains alone', async () => {
    const application = await provisioning({ matching_field: 'none' });

    const identity = anIdentity('x', claims('boss@elsewhere.test'));
    assert.equal(await refusedBy(stage, application, identity), 'person.domain');
  });

  for (const [what, given] of [
    ['no name', { name: '', given_name: '', family_name: '' }],
    ['a name of 201 characters', { name: 'x'.repeat(201) }],
    ['a name with a zero byte', { name: 'No\0or' }],
    ['a title of 101 characters', { title: 'x'.repeat(101) }],
    ['two addresses', { email: ['odd@larkfield.test', 'odd2@larkfield.test'] }],
  ] as const)
    it(`is refused with ${what}`, async () => {
      const application = await provisioning({ matching_field: 'none' });
      const identity = anIdentity('odd', { ...claims('odd@larkfield.test'), ...given });

      assert.equal(await refusedBy(stage, application, identity), 'provisioning.values');
      assert.deepEqual(await userWith('odd@larkfield.test'), []);
    });

  for (const action of ['user.created', 'sso-link.made', 'session.started'])
    it(`makes nothing where the audit entry ${action} cannot be written`, async () => {
      const application = await provisioning();
      const email = `${action}@larkfield.test`;
      await using _failing = await failingAudit(stage.hub.database, `^${action}$`);

      const answer = await signOn(stage, application, anIdentity(action, claims(email)));

      assert.equal(answer.status, 500);
      assert.deepEqual(await userWith(email), []);
    });
});

describe('A later sign-on', () => {
  const later = async (updates: boolean) => {
    const application = await provisioning({
      settings: JSON.stringify({ updatesProfile: updates }),
    });
    const email = `${application.guid}@larkfield.test`;
    await signOn(stage, application, anIdentity('u', claims(email)));
    const changed = {
      email: 'new@larkfield.test',
      name: 'Noor Haddad-West',
      title: 'Head optician',
    };
    await signOn(stage, application, anIdentity('u', changed));
    const [user] = await userWith(email);
    return [user?.name, user?.title, user?.department];
  };

  it('changes nothing of the user, unless that is set', async () => {
    assert.deepEqual(await later(false), ['Noor Haddad', 'Optician', 'Workshop']);
  });

  it('renews what the provider tells where that is set, and never the address', async () => {
    assert.deepEqual(await later(true), ['Noor Haddad-West', 'Head optician', 'Workshop']);
  });
});
