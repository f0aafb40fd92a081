// What single sign-on forgets, on a real database.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openLog } from '#lib/log.ts';
import { aDatabase } from '#test/servers/database.ts';
import { attemptsKeptMs, housekeeping } from './housekeeping.ts';

const noon = new Date('2026-11-21T12:00:00Z');
const log = openLog({ format: 'json', level: 'error', write: () => {} });

it('Single sign-on forgets what nobody finished, what is too old to be used again, and old attempts', async () => {
  await using database = await aDatabase();
  const { db } = database;
  const { id: application_id } = await db
    .insertInto('sso_applications')
    .values({
      guid: '0198c0de-0000-7000-8000-000000000002',
      name: 'Larkfield',
      protocol: 'saml',
      created_at: noon,
      updated_at: noon,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const before = new Date(noon.getTime() - 1);
  const row = {
    browser_hash: Buffer.from('browser'),
    application_id,
    application_version: 1,
    purpose: 'sign-in' as const,
    back: '/',
    began_at: before,
  };
  const oldAttempt = new Date(noon.getTime() - attemptsKeptMs - 1);
  const attempt = {
    application_id,
    purpose: 'sign-in' as const,
    status: 'refused' as const,
    result: 'no',
    steps: '[]',
  };
  await db
    .insertInto('sso_transactions')
    .values([
      { ...row, state_hash: Buffer.from('over'), expires_at: before },
      { ...row, state_hash: Buffer.from('open'), expires_at: noon },
    ])
    .execute();
  await db
    .insertInto('sso_used')
    // More than are forgotten at once.
    .values(
      Array.from({ length: 2_100 }, (_, at) => ({ key: Buffer.from(`${at}`), until: before })),
    )
    .execute();
  await db
    .insertInto('sso_used')
    .values({ key: Buffer.from('kept'), until: noon })
    .execute();
  await db
    .insertInto('sso_attempts')
    .values([
      { ...attempt, at: oldAttempt, user_info: 'old' },
      { ...attempt, at: before, user_info: 'young' },
    ])
    .execute();

  await housekeeping({ db, clock: () => noon }).run(
    {},
    { signal: AbortSignal.timeout(60_000), log, attempt: 1, attemptsMax: 1 },
  );

  const left = await db.selectFrom('sso_transactions').select('state_hash').execute();
  assert.deepEqual(
    left.map(({ state_hash }) => String(state_hash)),
    ['open'],
  );
  const used = await db.selectFrom('sso_used').select('key').execute();
  assert.deepEqual(
    used.map(({ key }) => String(key)),
    ['kept'],
  );
  const attempts = await db.selectFrom('sso_attempts').select('user_info').execute();
  assert.deepEqual(attempts, [{ user_info: 'young' }]);
});
