// A sign-on under way and what may be used once, on a real database.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Secret } from '#lib/secret.ts';
import { openSealing } from '#store/sealing.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { forgetUsed, takeOnce } from './once.ts';
import {
  beginTransaction,
  type NewTransaction,
  takeTransaction,
  transactionMs,
} from './transactions.ts';

const noon = new Date('2026-11-21T12:00:00Z');
const sealing = openSealing([{ id: '0011223344556677', key: Buffer.alloc(32, 7) }]);

describe('A sign-on under way', () => {
  let database: TestDatabase;
  let given: NewTransaction;
  before(async () => {
    database = await aDatabase();
    const { id } = await database.db
      .insertInto('sso_applications')
      .values({
        guid: '0198c0de-0000-7000-8000-000000000001',
        name: 'Larkfield',
        protocol: 'oidc',
        created_at: noon,
        updated_at: noon,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    given = {
      applicationId: id,
      applicationVersion: 3,
      purpose: 'sign-in',
      entity: 'agent',
      back: '/runs?page=2',
      nonce: 'a nonce',
      verifier: new Secret('a verifier'),
      steps: [{ check: 'oidc.discovery', verdict: 'passed', facts: { seconds: 1 } }],
    };
  });
  after(() => database[Symbol.asyncDispose]());
  const begin = (browser?: string) =>
    beginTransaction({ db: database.db, sealing }, given, browser, noon);
  const take = (
    state: Secret,
    browser: Secret | undefined,
    now = noon,
    id = given.applicationId,
  ) => {
    const asked = { applicationId: id, state: state.reveal(), browser: browser?.reveal() };
    return takeTransaction({ db: database.db, sealing }, asked, now);
  };

  it('comes back whole to the browser that began it', async () => {
    const { state, browser } = await begin();

    const taken = await take(state, browser);

    assert.equal(taken?.mine, true);
    const { verifier, beganAt, ...rest } = taken.transaction;
    assert.equal(verifier?.reveal(), 'a verifier');
    assert.deepEqual(beganAt, noon);
    const { verifier: _, ...wanted } = given;
    assert.deepEqual(rest, wanted);
  });

  it('keeps neither state nor cookie nor verifier as they are', async () => {
    const { state, browser } = await begin();

    const { rows } = await database.pool.query('select t::text as row from sso_transactions t');

    const text = JSON.stringify(rows);
    for (const secret of [state.reveal(), browser.reveal(), 'a verifier']) {
      assert.ok(!text.includes(secret));
      assert.ok(!text.includes(Buffer.from(secret).toString('hex')));
    }
  });

  it('is used up by being shown, also by another browser, by none, and by many at once', async () => {
    const one = await begin();
    const two = await begin();
    const three = await begin();

    assert.equal((await take(one.state, two.browser))?.mine, false);
    assert.equal(await take(one.state, one.browser), undefined);
    assert.equal((await take(two.state, undefined))?.mine, false);
    const many = await Promise.all(
      Array.from({ length: 20 }, () => take(three.state, three.browser)),
    );
    assert.equal(many.filter((taken) => taken !== undefined).length, 1);
  });

  it('is over in time, and is not another application’s', async () => {
    const { state, browser } = await begin();
    const late = new Date(noon.getTime() + transactionMs);

    assert.equal(await take(state, browser, late), undefined);
    assert.equal(await take(state, browser, noon, given.applicationId + 1), undefined);
    assert.equal((await take(state, browser))?.mine, true);
  });

  it('shares the cookie of one browser, and believes no other value', async () => {
    const { browser } = await begin();

    const same = await begin(browser.reveal());
    const strange = await begin('chosen-by-somebody');

    assert.equal(same.browser.reveal(), browser.reveal());
    assert.notEqual(strange.browser.reveal(), 'chosen-by-somebody');
  });

  it('ends when its application is switched off', async () => {
    const { state, browser } = await begin();
    const set = (active: boolean) =>
      database.db.updateTable('sso_applications').set({ active }).execute();
    await set(true);

    await set(false);

    assert.equal(await take(state, browser), undefined);
  });

  it('is the only one of many that takes what may be used once, until it is too old', async () => {
    const until = new Date(noon.getTime() + 60_000);
    const use = (id: string, applicationId = given.applicationId) =>
      takeOnce(database.db, { applicationId, kind: 'assertion', id, until });

    const tries = await Promise.all(Array.from({ length: 50 }, () => use('_a')));

    assert.equal(tries.filter(Boolean).length, 1);
    assert.equal(await use('_a', given.applicationId + 1), true);
    assert.equal(await use('_b'), true);
    await forgetUsed(database.db, noon, 10);
    assert.equal(await use('_a'), false);
    await forgetUsed(database.db, new Date(until.getTime() + 1), 10);
    assert.equal(await use('_a'), true);
  });
});
