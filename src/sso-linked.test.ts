// Later sign-ons: claim validation, and a link that counts while its person and application may.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
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
} from '#test/servers/sign-ons.ts';

let stage: SignOns;
let here: { clientId: number; siteId: number };

before(async () => {
  stage = await signOns();
  here = await aClient(stage.hub);
});

after(() => stage[Symbol.asyncDispose]());

const set = (id: number, columns: object) =>
  stage.hub.database.db.updateTable('desk_users').set(columns).where('id', '=', id).execute();

const mail = (person: { email: string }) => ({ email: person.email });

describe('Claim validation', () => {
  const rules = JSON.stringify([
    { claim: 'groups', value: 'staff' },
    { claim: 'groups', value: 'desk' },
    { claim: 'amr', value: null },
  ]);

  for (const [what, claims, fits] of [
    ['every rule holds', { groups: ['staff', 'desk', 'other'], amr: 'mfa' }, true],
    ['one does not', { groups: ['staff'], amr: 'mfa' }, false],
    ['a value is near', { groups: ['Staff', 'desk'], amr: 'mfa' }, false],
    ['a claim must be there and is not', { groups: ['staff', 'desk'] }, false],
    ['a claim must be there and is empty', { groups: ['staff', 'desk'], amr: '' }, false],
  ] as const)
    it(`${fits ? 'lets in' : 'refuses'} where ${what}`, async () => {
      const application = await anSsoApplication(stage, { claim_rules: rules });
      const user = await aUser(stage.hub, { at: here });
      const identity = anIdentity('c', { ...claims, ...mail(user) });

      if (fits) assert.equal((await signOn(stage, application, identity)).status, 303);
      else assert.equal(await refusedBy(stage, application, identity), 'claims.rules');
    });

  it('holds at every sign-on, not at the first alone', async () => {
    const application = await anSsoApplication(stage, { claim_rules: rules });
    const user = await aUser(stage.hub, { at: here });
    const claims = { ...mail(user), groups: ['staff', 'desk'], amr: 'mfa' };
    await signOn(stage, application, anIdentity('c', claims));

    const lost = anIdentity('c', { ...claims, groups: ['staff'] });
    assert.equal(await refusedBy(stage, application, lost), 'claims.rules');
  });
});

describe('A linked person', () => {
  async function linked(given: object = {}) {
    const application = await anSsoApplication(stage, given);
    const user = await aUser(stage.hub, { at: here });
    await signOn(stage, application, anIdentity('l', mail(user)));
    return { application, user };
  }
  const change = async (id: number, columns: object) => {
    await stage.hub.database.db
      .updateTable('sso_applications')
      .set(columns)
      .where('id', '=', id)
      .execute();
  };

  it('is refused once they are inactive, and a service account always', async () => {
    const { application, user } = await linked();
    await set(user.id, { inactive: true });
    const inactive = await refusedBy(stage, application, anIdentity('l'));
    await set(user.id, { inactive: false, service_account: true });

    assert.equal(inactive, 'person.enabled');
    assert.equal(await refusedBy(stage, application, anIdentity('l')), 'person.enabled');
  });

  it('is refused at the page of agents', async () => {
    const { application } = await linked();
    const at = aTransaction(application, { entity: 'agent' });

    assert.equal(await refusedBy(stage, application, anIdentity('l'), at), 'person.entity');
  });

  it('is refused once the application is for agents alone', async () => {
    const { application } = await linked();
    await change(application.id, { allow_users: false });
    const now = { ...application, allows: { agent: true, user: false } };

    assert.equal(await refusedBy(stage, now, anIdentity('l')), 'person.entity');
  });

  it('is refused once the application is inactive or changed, whatever the request still holds', async () => {
    const { application } = await linked();
    await change(application.id, { active: false });
    const inactive = await refusedBy(stage, application, anIdentity('l'));
    await change(application.id, { active: true, version: application.version + 1 });

    assert.equal(inactive, 'application.active');
    assert.equal(await refusedBy(stage, application, anIdentity('l')), 'application.unchanged');
  });

  it('is refused where the link is being taken away at that moment', async () => {
    const { application } = await linked();
    const statement = 'delete from sso_links where application_id = $1';

    assert.equal(await refusedDuring(application, statement), 'person.linked');
  });

  it('is refused where the application is being switched off at that moment', async () => {
    const { application } = await linked();
    const statement = 'update sso_applications set active = false where id = $1';

    assert.equal(await refusedDuring(application, statement), 'application.active');
  });

  it('is refused where the application is another instance’s', async () => {
    const { application } = await linked();

    const other = { ...application, instanceId: 2 };
    assert.equal(await refusedBy(stage, other, anIdentity('l')), 'application.instance');
  });

  it('has no session where the audit trail cannot be written', async () => {
    const { application } = await linked();
    const sessions = () => stage.hub.database.db.selectFrom('sessions').select('id').execute();
    const earlier = (await sessions()).length;
    await using _failing = await failingAudit(stage.hub.database, '^session.started$');

    const answer = await signOn(stage, application, anIdentity('l'));

    assert.equal(answer.status, 500);
    assert.equal((await sessions()).length, earlier);
    assert.equal((await lastAttempt(stage, application))?.status, 'failed');
  });
});

/** What refuses a sign-on that comes while somebody else's change is made and not yet kept. */
async function refusedDuring(
  application: Parameters<typeof refusedBy>[1],
  statement: string,
): Promise<string | null | undefined> {
  const other = await stage.hub.database.pool.connect();
  await other.query('begin');
  await other.query(statement, [application.id]);
  const refused = refusedBy(stage, application, anIdentity('l'));
  await Promise.race([Promise.allSettled([refused]), somebodyWaits()]);
  await other.query('commit');
  other.release();
  return refused;
}

/** Until a query waits for a row that another transaction holds. */
async function somebodyWaits(): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const { rowCount } = await stage.hub.database.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rowCount !== 0) return;
    await sleep(25);
  }
}
