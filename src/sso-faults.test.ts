// A database that fails at any one question of a sign-on: it is refused, and nothing half made stays.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { KyselyPlugin } from 'kysely';
import { aClient, anAgent } from '#test/servers/access.ts';
import {
  anIdentity,
  anSsoApplication,
  aTransaction,
  lastAttempt,
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

/** The same hub, but that its database fails at the questions named; counts how many it was asked. */
function failingAt(fails: (question: number) => boolean) {
  const asked = { count: 0 };
  const failing: KyselyPlugin = {
    transformQuery: ({ node }) => {
      asked.count += 1;
      if (fails(asked.count)) throw new Error('The database is gone.');
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  const db = stage.ports.db.withPlugin(failing);
  return { asked, on: { ...stage, ports: { ...stage.ports, db } } };
}

describe('A sign-on whose database fails', () => {
  const questionsMax = 60;
  const rows = async () => {
    const { db } = stage.hub.database;
    return Promise.all([
      db.selectFrom('desk_users').select('id').execute(),
      db.selectFrom('sso_links').select('id').execute(),
      db.selectFrom('sessions').select('id').execute(),
      db.selectFrom('sso_sessions').select('session_hash').execute(),
    ]).then((tables) => tables.map(({ length }) => length));
  };

  for (const [what, prepare] of [
    [
      'makes a user',
      async () => {
        const application = await anSsoApplication(stage, {
          ...{ provisioning: true, default_site_id: here.siteId },
        });
        const claims = { email: `${application.guid}@larkfield.test`, name: 'Noor Haddad' };
        return {
          application,
          identity: anIdentity('faulty', claims),
          purpose: 'sign-in' as const,
          by: undefined,
        };
      },
    ],
    [
      'links an identity to whom it is',
      async () => {
        const application = await anSsoApplication(stage);
        const agent = await anAgent(stage.hub, { name: 'Faulty Link' });
        const by = { kind: 'agent', id: agent.id } as const;
        return { application, identity: anIdentity('faulty'), purpose: 'link' as const, by };
      },
    ],
  ] as const) {
    it(`at any one question while it ${what} is refused, and nothing of it stays`, async () => {
      const { application, identity, purpose, by } = await prepare();
      const begun = aTransaction(application, { purpose, ...(by === undefined ? {} : { by }) });
      const earlier = await rows();
      let failed = 0;

      for (let at = 1; at <= questionsMax; at += 1) {
        const { asked, on } = failingAt((question) => question === at);
        const answer = await signOn(on, application, identity, begun);
        if (asked.count < at) {
          assert.equal(answer.status, 303);
          break;
        }
        assert.equal(answer.status, 500, `question ${at}`);
        assert.equal(await whoIs(stage, answer), undefined);
        assert.deepEqual(await rows(), earlier, `question ${at}`);
        assert.equal((await lastAttempt(stage, application))?.failed_check, 'hub.works');
        failed += 1;
      }

      assert.ok(failed > 5 && failed < questionsMax, `${failed} questions`);
    });
  }

  it('for good is a page without a number', async () => {
    const application = await anSsoApplication(stage);
    const { on } = failingAt(() => true);

    const answer = await signOn(on, application, anIdentity('gone'));

    assert.equal(answer.status, 500);
    assert.doesNotMatch(answer.page?.('nonce') ?? '', /Attempt/);
    assert.equal(await lastAttempt(stage, application), undefined);
  });
});
