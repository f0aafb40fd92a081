// What the database knows of applications for those who look after them; every function takes it first.
import { sql } from 'kysely';
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import { applicationOf } from '#features/sso/queries.ts';
import type { Db, Tx } from '#store/db.ts';

export type Sealed = { readonly clientSecret: Buffer | null; readonly privateKey: Buffer | null };

export type Attempt = { readonly id: string; readonly at: Date; readonly status: string };

/** What is known beside the application's own settings. */
export type Around = {
  readonly siteName: string | null;
  /** Of a SAML provider's metadata: when it was read, and why it last was not. */
  readonly metadata: { readonly readAt: Date; readonly failure: string | null } | null;
  readonly domains: readonly string[];
  readonly lastAttempt: Attempt | null;
};

export type Shown = { readonly application: SsoApplication; readonly around: Around };

export type ApplicationPage = {
  readonly limit: number;
  readonly cursor?: number | undefined;
  readonly offset?: number;
};

export async function listShown(
  db: Db | Tx,
  { limit, cursor, offset = 0 }: ApplicationPage,
): Promise<readonly Shown[]> {
  const rows = await selection(db)
    .where('app.id', '>', cursor ?? 0)
    .orderBy('app.id')
    .limit(limit)
    .offset(offset)
    .execute();
  return rows.map(shownFrom);
}

export async function countApplications(db: Db): Promise<number> {
  const row = await db
    .selectFrom('sso_applications')
    .select((row) => row.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

export async function getShown(db: Db | Tx, id: number): Promise<Shown> {
  const row = await selection(db).where('app.id', '=', id).executeTakeFirst();
  return row === undefined ? unknown(id) : shownFrom(row);
}

/** Locks the row until the transaction ends. */
export async function lockApplication(
  tx: Tx,
  id: number,
): Promise<{ readonly application: SsoApplication; readonly sealed: Sealed }> {
  const row = await tx
    .selectFrom('sso_applications')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return unknown(id);
  return {
    application: applicationOf(row),
    sealed: { clientSecret: row.sealed_client_secret, privateKey: row.sealed_private_key },
  };
}

/** The id that the next application gets: what is sealed for it is bound to it. */
export async function nextApplicationId(tx: Tx): Promise<number> {
  const { rows } = await sql`
    select nextval(pg_get_serial_sequence('sso_applications', 'id'))::int as id`.execute(tx);
  return z.object({ id: z.int() }).parse(rows[0]).id;
}

/** False where its name or GUID is taken: of two who take one at once, one is told. */
export async function insertApplication(
  tx: Tx,
  application: SsoApplication,
  sealed: Sealed,
): Promise<boolean> {
  const { id, guid, lab, createdAt } = application;
  const row = await tx
    .insertInto('sso_applications')
    .values({ id, guid, lab, created_at: createdAt, ...columnsOf(application, sealed) })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function updateApplication(
  tx: Tx,
  application: SsoApplication,
  sealed: Sealed,
): Promise<void> {
  await tx
    .updateTable('sso_applications')
    .set(columnsOf(application, sealed))
    .where('id', '=', application.id)
    .execute();
}

export async function isNameTaken(tx: Tx, { id, name }: SsoApplication): Promise<boolean> {
  const row = await tx
    .selectFrom('sso_applications')
    .select('id')
    .where(sql<boolean>`lower(name) = lower(${name})`)
    .where('id', '<>', id)
    .executeTakeFirst();
  return row !== undefined;
}

export async function isSite(tx: Tx, id: number): Promise<boolean> {
  const site = tx.selectFrom('desk_sites').select('id').where('id', '=', id).forKeyShare();
  return (await site.executeTakeFirst()) !== undefined;
}

/** Whether somebody could come in and mend things when every provider is down. */
export async function hasBreakGlass(db: Db | Tx): Promise<boolean> {
  const agent = await db
    .selectFrom('desk_agents as agent')
    .innerJoin('credentials', (join) =>
      join.onRef('owner_id', '=', 'agent.id').on('owner_kind', '=', 'agent'),
    )
    .select('agent.id')
    .where('administrator', '=', true)
    .where('disabled', '=', false)
    .executeTakeFirst();
  return agent !== undefined;
}

/** Names of active applications that redirect, for the warnings. */
export async function redirectingApplications(db: Db | Tx) {
  const { rows } = await sql<{
    readonly name: string;
    readonly id: number;
    readonly agent: boolean;
    readonly user: boolean;
  }>`select id, name, auto_redirect_agents and allow_agents as agent,
      auto_redirect_users and allow_users as "user"
    from sso_applications
    where active and (auto_redirect_agents or auto_redirect_users) order by name`.execute(db);
  return rows;
}

/** Those whose provider's metadata was read. */
export async function applicationsWithMetadata(db: Db): Promise<ReadonlySet<number>> {
  const rows = await db
    .selectFrom('sso_metadata')
    .select('application_id')
    .where('fetched_at', 'is not', null)
    .execute();
  return new Set(rows.map(({ application_id: id }) => id));
}

function unknown(id: number): never {
  refuse('record.unknown', { kind: 'single sign-on application', id });
}

function selection(db: Db | Tx) {
  return db
    .selectFrom('sso_applications as app')
    .leftJoin('desk_sites as site', 'site.id', 'app.default_site_id')
    .leftJoin('sso_metadata as metadata', 'metadata.application_id', 'app.id')
    .selectAll('app')
    .select(['site.name as site_name', 'metadata.fetched_at', 'metadata.failure'])
    .select(
      sql<string[]>`array(select domain from sso_domains
        where application_id = app.id and proven_at is not null order by domain)`.as('domains'),
    )
    .select(
      sql<unknown>`(select json_build_object('id', id::text, 'at', at, 'status', status)
        from sso_attempts where application_id = app.id order by id desc limit 1)`.as('attempt'),
    );
}

type Row = Awaited<ReturnType<ReturnType<typeof selection>['execute']>>[number];

const Attempt = z
  .object({ id: z.string(), at: z.coerce.date(), status: z.string() })
  .nullable()
  .catch(null);

function shownFrom(row: Row): Shown {
  const { site_name: siteName, fetched_at: readAt, failure, domains, attempt } = row;
  const metadata = readAt === null ? null : { readAt, failure };
  const lastAttempt = Attempt.parse(attempt);
  return { application: applicationOf(row), around: { siteName, metadata, domains, lastAttempt } };
}

function columnsOf(application: SsoApplication, sealed: Sealed) {
  const { allows, autoRedirects, oidc, saml, matching, button, confirmed } = application;
  const { clientAuthentication, requiredAcr, maxAgeSeconds } = oidc;
  const { updatesProfile } = matching;
  const further = { clientAuthentication, requiredAcr, maxAgeSeconds, updatesProfile, ...saml };
  return {
    name: application.name,
    protocol: application.protocol,
    active: application.active,
    version: application.version,
    instance_id: application.instanceId,
    allow_agents: allows.agent,
    allow_users: allows.user,
    auto_redirect_agents: autoRedirects.agent,
    auto_redirect_users: autoRedirects.user,
    single_logout: application.singleLogout,
    preset: oidc.preset,
    issuer_url: oidc.url,
    client_id: oidc.clientId,
    sealed_client_secret: sealed.clientSecret,
    prompt: oidc.prompt,
    domain_hint: oidc.domainHint,
    scope: oidc.scope,
    allowed_tenants: [...oidc.allowedTenants],
    settings: JSON.stringify(further),
    sealed_private_key: sealed.privateKey,
    certificate: application.certificate,
    id_attribute: matching.idAttribute,
    custom_id_attribute: matching.customIdAttribute,
    matching_field: matching.field,
    domain_matching: matching.byDomain,
    provisioning: matching.provisions,
    default_site_id: matching.defaultSiteId,
    claim_rules: JSON.stringify(matching.claimRules),
    button_label: button.label,
    button_colour: button.colour,
    button_logo: button.logo,
    override_styling: button.overrides,
    app_type: button.shownTo,
    log_attempts: application.logsAttempts,
    confirmed_by: confirmed?.by ?? null,
    confirmed_at: confirmed?.at ?? null,
    updated_at: application.updatedAt,
  };
}
