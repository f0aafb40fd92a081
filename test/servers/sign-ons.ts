// A hub with single sign-on and an identity to sign on with: everything but the protocol that proves it.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Insertable } from 'kysely';
import { openOidcProviders } from '#connectors/oidc/providers.ts';
import { newKey } from '#connectors/saml/own-key.ts';
import { saml } from '#connectors/saml/saml.ts';
import type { OidcProviders } from '#domain/ports/oidc-providers.ts';
import type { ProvenIdentity } from '#domain/sso/identity.ts';
import { openTrace } from '#domain/sso/trace.ts';
import { agentsOfTheHub } from '#features/desk/agents-port.ts';
import { deskOfSignOns } from '#features/desk/sso-desk.ts';
import { usersOfTheHub } from '#features/desk/users-port.ts';
import { notify } from '#features/notifications/deliver.ts';
import { concludeSignOn } from '#features/sso/conclude.ts';
import { providerLogout } from '#features/sso/logout.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { findSsoApplication } from '#features/sso/queries.ts';
import { ssoRoutes } from '#features/sso/routes.ts';
import type { Transaction } from '#features/sso/transactions.ts';
import type { Answer, Route } from '#http/route.ts';
import { silentLog } from '#lib/log.ts';
import type { Tables } from '#store/tables.ts';
import { type AccessHub, anAccessHub, ask } from './access.ts';

export type SignOns = AsyncDisposable & {
  readonly hub: AccessHub;
  readonly ports: SsoPorts;
};

export async function signOns(
  given: {
    readonly shares?: SignOns;
    readonly publicUrl?: URL;
    readonly port?: number;
    readonly limits?: Parameters<typeof openOidcProviders>[0];
    readonly oidc?: OidcProviders;
    /** Instead of the routes of single sign-on. */
    readonly routes?: (ports: SsoPorts) => Route[];
  } = {},
): Promise<SignOns> {
  let ports: SsoPorts | undefined;
  const oidc = given.oidc ?? openOidcProviders(given.limits);
  const hub = await anAccessHub({
    ...(given.shares === undefined ? {} : { shares: given.shares.hub }),
    ...(given.publicUrl === undefined ? {} : { publicUrl: given.publicUrl }),
    ...(given.port === undefined ? {} : { port: given.port }),
    providerLogout: async (origin, headers) => ports && providerLogout(ports, origin, headers),
    more: async ({ access, clock, database: { db }, publicUrl, sealing }) => {
      ports = {
        ...{ db, clock, sealing, publicUrl },
        agents: agentsOfTheHub(db, clock),
        users: usersOfTheHub(db),
        log: silentLog,
        secure: false,
        rules: { networks: [], labAllowed: true },
        sessions: access.ssoSessions,
        oidc,
        desk: deskOfSignOns(clock),
        newKey,
        saml,
        notify: (tx, notice) => notify(tx, notice, clock()),
      };
      return (given.routes ?? ssoRoutes)(ports);
    },
  });
  if (ports === undefined) throw new Error('The hub has no ports.');
  return {
    hub,
    ports,
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await oidc[Symbol.asyncDispose]();
    },
  };
}

/** Active, for agents and users, matched by the address; with the domain larkfield.test, unless it says otherwise. */
export async function anSsoApplication(
  { hub }: SignOns,
  given: Partial<Insertable<Tables['sso_applications']>> = {},
  domains: readonly string[] = ['larkfield.test'],
): Promise<SsoApplication> {
  const { db } = hub.database;
  const guid = randomUUID();
  const now = hub.time.now;
  const { id } = await db
    .insertInto('sso_applications')
    .values({
      guid,
      name: `Larkfield ID ${guid.slice(0, 8)}`,
      protocol: 'oidc',
      active: true,
      allow_agents: true,
      allow_users: true,
      id_attribute: 'email',
      lab: true,
      created_at: now,
      updated_at: now,
      ...given,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (const domain of domains)
    await db
      .insertInto('sso_domains')
      .values({
        application_id: id,
        domain,
        challenge: 'x',
        proven_by: 'administrator',
        proven_at: now,
      })
      .execute();
  const application = await findSsoApplication(db, { id });
  if (application === undefined) throw new Error('The application just made is gone.');
  return application;
}

export const issuer = 'https://id.larkfield.test';

/** `claims`: with one value each, or several. */
export function anIdentity(
  subject: string,
  claims: Readonly<Record<string, string | readonly string[]>> = {},
  from = issuer,
): ProvenIdentity {
  const all = Object.entries(claims).map(([name, value]) => [name, [value].flat()] as const);
  return {
    issuer: from,
    subject,
    claims: Object.fromEntries(all),
    providerSession: undefined,
    logoutHint: undefined,
  };
}

export function aTransaction(
  application: SsoApplication,
  given: Partial<Transaction> = {},
): Transaction {
  return {
    applicationId: application.id,
    applicationVersion: application.version,
    purpose: 'sign-in',
    entity: undefined,
    back: '/',
    steps: [],
    beganAt: new Date(),
    ...given,
  };
}

/** Signs on as a protocol does that has proven the identity. */
export async function signOn(
  { ports }: SignOns,
  application: SsoApplication,
  identity: ProvenIdentity | (() => Promise<ProvenIdentity>),
  begun: Transaction | 'by nobody' = aTransaction(application),
  ip = '192.0.2.7',
): Promise<Answer> {
  const transaction = begun === 'by nobody' ? undefined : begun;
  const browser = { ip, userAgent: 'a browser' };
  const context = { application, transaction, browser, trace: openTrace(transaction?.steps) };
  const prove = typeof identity === 'function' ? identity : async () => identity;
  return concludeSignOn(ports, context, prove);
}

/** Who the session of the answer is, as the hub says; nobody where there is none. */
export async function whoIs({ hub }: SignOns, answer: Answer) {
  const cookies = [answer.headers?.['set-cookie'] ?? []].flat();
  const cookie = cookies.map((one) => one.split(';', 1)[0] ?? '').join('; ');
  const { status, json } = await ask(hub, '/auth/me', { headers: { cookie } });
  return status === 200 ? { kind: json.kind, id: Number(json.id) } : undefined;
}

/** The newest attempt of the application. */
export async function lastAttempt({ hub }: SignOns, { id }: SsoApplication) {
  return hub.database.db
    .selectFrom('sso_attempts')
    .selectAll()
    .where('application_id', '=', id)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** The name of the check that refused the sign-on; nobody has a session of it. */
export async function refusedBy(
  stage: SignOns,
  application: SsoApplication,
  identity: ProvenIdentity,
  transaction?: Transaction | 'by nobody',
): Promise<string | null | undefined> {
  const answer = await signOn(stage, application, identity, transaction);
  assert.equal(answer.status, 403);
  assert.equal(await whoIs(stage, answer), undefined);
  const attempt = await lastAttempt(stage, application);
  assert.equal(attempt?.status, 'refused');
  return attempt?.failed_check;
}
