// Takes every check of OpenID Connect out of the code, one at a time, and sees that somebody notices.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { OidcProviders } from '#domain/ports/oidc-providers.ts';
import { type OidcCheck, oidcChecks } from '#domain/sso/oidc-checks.ts';
import { ask } from '#test/servers/access.ts';
import { lastAttempt } from '#test/servers/sign-ons.ts';
import { without, withoutCheck } from '#test/sso/mutant.ts';
import { refusedCases } from '#test/sso/oidc-cases.ts';
import { logoutCases } from '#test/sso/oidc-logout-cases.ts';
import {
  anOidcStage,
  type OidcStage,
  prepared,
  quick,
  seen,
  signOnWith,
  toProvider,
} from '#test/sso/oidc-stage.ts';

const checks = Object.keys(oidcChecks) as OidcCheck[];

let whole: OidcStage;
before(async () => {
  whole = await anOidcStage();
});
after(() => whole[Symbol.asyncDispose]());

/** The same hub and providers, in a process that lacks the check. */
async function stageWithout(check: OidcCheck): Promise<OidcStage> {
  const { openOidcProviders } = (await withoutCheck('connectors/oidc/providers.ts', check)) as {
    openOidcProviders: (limits: typeof quick) => OidcProviders;
  };
  const { oidcRoutes } = (await withoutCheck('features/sso/oidc/routes.ts', check)) as {
    oidcRoutes: NonNullable<Parameters<typeof anOidcStage>[0]>['routes'];
  };
  return anOidcStage({
    shares: whole,
    providers: openOidcProviders(quick),
    ...(oidcRoutes === undefined ? {} : { routes: oidcRoutes }),
  });
}

/** What the check's own cases come to without it: each by its name, and whether the hub was deceived. */
async function deceived(on: OidcStage, check: OidcCheck) {
  const noticed: string[] = [];
  const through: string[] = [];
  const note = (name: string, refusedBy: string | undefined, wentThrough: boolean) => {
    if (refusedBy !== check) noticed.push(name);
    if (wentThrough) through.push(name);
  };
  for (const given of refusedCases.filter((one) => one.check === check)) {
    const application = await prepared(on, given);
    const result = await seen(on, application, await signOnWith(on, application));
    note(given.name, result.check, result.signedIn);
  }
  for (const given of logoutCases.filter((one) => one.check === check)) {
    const application = await prepared(on);
    const seconds = Math.floor(on.stage.hub.time.now.getTime() / 1000);
    const form = { logout_token: await given.token(on.op, seconds) };
    const door = `/auth/sso/${application.guid}/backchannel-logout`;
    const told = await ask(on.stage.hub, door, { form });
    const attempt = await lastAttempt(on.stage, application);
    note(given.name, attempt?.failed_check ?? undefined, told.status === 200);
  }
  if (check === 'oidc.browser') {
    const application = await prepared(on);
    const stolen = await toProvider(on, application);
    const other = await toProvider(on, application);
    const answer = await other.browser.ask(stolen.back);
    const result = await seen(on, application, { ...other, answer });
    note('the answer of another browser', result.check, result.signedIn);
  }
  if (check === 'oidc.logout-parameters') {
    const application = await prepared(on);
    const query = new URLSearchParams({ iss: 'https://elsewhere.larkfield.test', sid: 'x' });
    const door = `/auth/sso/${application.guid}/frontchannel-logout?${query}`;
    const told = await ask(on.stage.hub, door);
    note('the issuer of another', told.status === 400 ? check : undefined, told.status === 200);
  }
  return { noticed, through };
}

describe('A hub that lacks a check of OpenID Connect', () => {
  const sources = ['connectors/oidc', 'features/sso/oidc'].flatMap((folder) =>
    globSync(`${folder}/*.ts`, { cwd: import.meta.dirname })
      .filter((path) => !path.endsWith('.test.ts'))
      .map((path) => readFileSync(join(import.meta.dirname, path), 'utf8')),
  );

  for (const check of checks) {
    it(`is found out: ${check}`, async (test) => {
      const removed = sources.reduce((sum, text) => sum + without(text, check).removed, 0);
      assert.ok(removed > 0, 'the check stands in the code by its name');
      await using on = await stageWithout(check);

      const { noticed, through } = await deceived(on, check);

      assert.ok(noticed.length > 0, 'some test sees that the check is gone');
      test.diagnostic(
        `${removed} refusals taken out; noticed by ${noticed.length} cases, ${through.length} went through`,
      );
    });
  }
});
