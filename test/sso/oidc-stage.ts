// A hub, a provider that misbehaves, and a browser between them that follows every redirect.

import type { OidcProviders } from '#domain/ports/oidc-providers.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { findSsoApplication } from '#features/sso/queries.ts';
import { secretPlace } from '#features/sso/secrets.ts';
import { startRoutes } from '#features/sso/start-routes.ts';
import type { Route } from '#http/route.ts';
import { Secret } from '#lib/secret.ts';
import { aBrowser, aUser, type BrowserOf, type Told } from '#test/servers/access.ts';
import { aMisbehavingOp, type MisbehavingOp, person } from '#test/servers/misbehaving-op.ts';
import { anSsoApplication, lastAttempt, type SignOns, signOns } from '#test/servers/sign-ons.ts';
import type { Case } from './oidc-case.ts';

export type OidcStage = AsyncDisposable & {
  readonly stage: SignOns;
  readonly op: MisbehavingOp;
  /** The same, but it wants requests pushed. */
  readonly pushing: MisbehavingOp;
};

export const quick = { callMs: 400, answerBytesMax: 128 * 1024 };

/** `providers` stands in for the hub's own: what it is given is kept apart for each. */
export async function anOidcStage(
  given: {
    readonly providers?: OidcProviders;
    readonly routes?: (ports: SsoPorts) => Route[];
    readonly shares?: OidcStage;
  } = {},
): Promise<OidcStage> {
  const { shares, routes } = given;
  const stage = await signOns({
    limits: quick,
    ...(shares === undefined ? {} : { shares: shares.stage }),
    ...(given.providers === undefined ? {} : { oidc: given.providers }),
    ...(routes === undefined
      ? {}
      : { routes: (ports: SsoPorts) => [...startRoutes(ports), ...routes(ports)] }),
  });
  const now = () => stage.hub.time.now;
  const op = shares?.op ?? (await aMisbehavingOp({ now }));
  const pushing = shares?.pushing ?? (await aMisbehavingOp({ now, pushes: true }));
  if (shares === undefined) await aUser(stage.hub, { name: person.name, email: person.email });
  return {
    stage,
    op,
    pushing,
    async [Symbol.asyncDispose]() {
      if (shares === undefined) {
        await op[Symbol.asyncDispose]();
        await pushing[Symbol.asyncDispose]();
      }
      await stage[Symbol.asyncDispose]();
    },
  };
}

export type Settings = Parameters<typeof anSsoApplication>[1];

/** Every test its own: what was read of the provider is kept for each application apart. */
export async function anOidcApplication(
  { stage }: Pick<OidcStage, 'stage'>,
  op: MisbehavingOp,
  settings: Settings = {},
): Promise<SsoApplication> {
  const application = await anSsoApplication(stage, {
    issuer_url: op.base,
    client_id: op.clientId,
    ...settings,
  });
  const { id } = application;
  const place = secretPlace('sealed_client_secret', id);
  const sealed = stage.ports.sealing.seal(place, new Secret(op.clientSecret));
  const { db } = stage.hub.database;
  await db
    .updateTable('sso_applications')
    .set({ sealed_client_secret: sealed })
    .where('id', '=', id)
    .execute();
  return (await findSsoApplication(db, { id })) ?? application;
}

/** An application at a provider that behaves as told. */
export function prepared(
  on: OidcStage,
  given: Omit<Case, 'check' | 'name'> = {},
): Promise<SsoApplication> {
  const op = given.pushes === true ? on.pushing : on.op;
  op.misbehave(given.how ?? {});
  const at = given.at === undefined ? {} : { issuer_url: `${op.base}${given.at}` };
  return anOidcApplication(on, op, { ...at, ...given.settings });
}

export type Journey = {
  readonly browser: BrowserOf;
  /** Where the provider sent the browser back to: path and query. */
  readonly back: string;
  readonly answer: Told;
};

/** To the provider; the path it then sends the browser back to is not gone yet. */
export async function toProvider(
  { stage }: Pick<OidcStage, 'stage'>,
  { guid }: SsoApplication,
  browser: BrowserOf = aBrowser(stage.hub),
): Promise<{ readonly browser: BrowserOf; readonly back: string; readonly answer: Told }> {
  const answer = await browser.ask(`/auth/sso/${guid}/start?return=${encodeURIComponent('/runs')}`);
  const location = answer.headers.get('location');
  if (answer.status !== 303 || location === null) return { browser, back: '', answer };
  const led = await fetch(location, { redirect: 'manual' });
  const to = new URL(led.headers.get('location') ?? 'http://nowhere.invalid/');
  return { browser, back: `${to.pathname}${to.search}`, answer };
}

/** The whole way; where the beginning is refused it ends there. */
export async function signOnWith(
  stage: Pick<OidcStage, 'stage'>,
  application: SsoApplication,
): Promise<Journey> {
  const gone = await toProvider(stage, application);
  if (gone.back === '') return gone;
  return { ...gone, answer: await gone.browser.ask(gone.back) };
}

export type Seen = {
  readonly signedIn: boolean;
  readonly status: number;
  /** The check that failed, by the newest attempt. */
  readonly check: string | undefined;
  readonly page: string;
};

export async function seen(
  { stage }: Pick<OidcStage, 'stage'>,
  application: SsoApplication,
  { browser, answer }: Journey,
): Promise<Seen> {
  const me = await browser.ask('/auth/me');
  const attempt = await lastAttempt(stage, application);
  return {
    signedIn: me.status === 200,
    status: answer.status,
    check: attempt?.failed_check ?? undefined,
    page: answer.text,
  };
}
