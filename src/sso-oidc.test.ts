// Signing on with OpenID Connect over real HTTP, at a provider that misbehaves in every way there is a check for.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { refusedCases } from '#test/sso/oidc-cases.ts';
import { passingCases } from '#test/sso/oidc-cases-tenants.ts';
import { anOidcStage, type OidcStage, prepared, seen, signOnWith } from '#test/sso/oidc-stage.ts';

let on: OidcStage;
before(async () => {
  on = await anOidcStage();
});
after(() => on[Symbol.asyncDispose]());

describe('Signing on with OpenID Connect', () => {
  for (const given of passingCases) {
    it(`works with ${given.name}`, async () => {
      const application = await prepared(on, given);

      const journey = await signOnWith(on, application);

      const { signedIn, status, check } = await seen(on, application, journey);
      assert.deepEqual(
        { signedIn, status, check },
        { signedIn: true, status: 303, check: undefined },
      );
      assert.equal(journey.answer.headers.get('location'), '/runs');
    });
  }

  for (const given of refusedCases) {
    it(`is refused by ${given.check}: ${given.name}`, async () => {
      const application = await prepared(on, given);

      const journey = await signOnWith(on, application);

      const { signedIn, status, check, page } = await seen(on, application, journey);
      assert.deepEqual(
        { signedIn, status, check },
        { signedIn: false, status: 403, check: given.check },
      );
      assert.doesNotMatch(page, /\bat .*\.ts|Error:|oidc\./);
    });
  }
});
