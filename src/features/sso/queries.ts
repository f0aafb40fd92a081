// The SQL of applications for single sign-on.
import { type Selectable, sql } from 'kysely';
import { z } from 'zod';
import type { Db, Tx } from '#store/db.ts';
import type { SsoApplications } from '#store/tables.ts';
import {
  idAttributes,
  matchingFields,
  type OidcSettings,
  presets,
  type SamlSettings,
  type SsoApplication,
} from './model.ts';

type Row = Selectable<SsoApplications>;

/** What stands in the column `settings`: what /v1 has beside the members of Halo's schema. */
export const FurtherSettings = z.object({
  clientAuthentication: z.enum(['basic', 'post', 'private-key-jwt', 'none']).default('basic'),
  requiredAcr: z.array(z.string()).default([]),
  maxAgeSeconds: z.int().nullable().default(null),
  metadataUrl: z.string().nullable().default(null),
  entityId: z.string().nullable().default(null),
  signsRequests: z.boolean().default(false),
  wantsAssertionsSigned: z.boolean().default(true),
  wantsResponsesSigned: z.boolean().default(false),
  wantsAssertionsEncrypted: z.boolean().default(false),
  allowsIdpInitiated: z.boolean().default(false),
  nameIdFormat: z.string().nullable().default(null),
  forceAuthn: z.boolean().default(false),
  allowsCbc: z.boolean().default(false),
  requestBinding: z.enum(['redirect', 'post']).default('redirect'),
  updatesProfile: z.boolean().default(false),
});

const IdAttribute = z.enum(idAttributes);
const MatchingField = z.enum(matchingFields);
const Preset = z.enum(presets);
const AppType = z.enum(['both', 'agents', 'users', 'nobody']);
const ClaimRules = z.array(z.object({ claim: z.string(), value: z.string().nullable() }));

export async function findSsoApplication(
  db: Db | Tx,
  by: { readonly id: number } | { readonly guid: string },
): Promise<SsoApplication | undefined> {
  const query = db.selectFrom('sso_applications').selectAll();
  const row = await ('id' in by
    ? query.where('id', '=', by.id)
    : query.where('guid', '=', by.guid)
  ).executeTakeFirst();
  return row && applicationOf(row);
}

/**
 * As it is now, and as it stays until the end of the transaction: whoever switches it off meanwhile waits,
 * and then ends the session that was begun.
 */
export async function holdSsoApplication(
  tx: Tx,
  id: number,
): Promise<Pick<SsoApplication, 'active' | 'version'> | undefined> {
  const { rows } = await sql<
    Pick<SsoApplication, 'active' | 'version'>
  >`/* kept: hold-sso-application */
    select active, version from sso_applications where id = ${id} for share`.execute(tx);
  return rows[0];
}

/** What is offered on the sign-in page, in the order of their names. */
export async function listActiveSsoApplications(db: Db): Promise<readonly SsoApplication[]> {
  const rows = await db
    .selectFrom('sso_applications')
    .selectAll()
    .where('active', '=', true)
    .orderBy('name')
    .execute();
  return rows.map(applicationOf);
}

export function applicationOf(row: Row): SsoApplication {
  const further = FurtherSettings.parse(row.settings);
  return {
    id: row.id,
    guid: row.guid,
    name: row.name,
    protocol: row.protocol === 'saml' ? 'saml' : 'oidc',
    active: row.active,
    version: row.version,
    instanceId: row.instance_id,
    allows: { agent: row.allow_agents, user: row.allow_users },
    autoRedirects: { agent: row.auto_redirect_agents, user: row.auto_redirect_users },
    singleLogout: row.single_logout,
    oidc: oidcOf(row, further),
    saml: samlOf(further),
    certificate: row.certificate,
    matching: {
      idAttribute: IdAttribute.parse(row.id_attribute),
      customIdAttribute: row.custom_id_attribute,
      field: MatchingField.parse(row.matching_field),
      byDomain: row.domain_matching,
      provisions: row.provisioning,
      defaultSiteId: row.default_site_id,
      updatesProfile: further.updatesProfile,
      claimRules: ClaimRules.parse(row.claim_rules),
    },
    button: {
      label: row.button_label,
      colour: row.button_colour,
      logo: row.button_logo,
      overrides: row.override_styling,
      shownTo: AppType.parse(row.app_type),
    },
    logsAttempts: row.log_attempts,
    lab: row.lab,
    confirmed:
      row.confirmed_by === null || row.confirmed_at === null
        ? null
        : { by: row.confirmed_by, at: row.confirmed_at },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function oidcOf(row: Row, further: z.output<typeof FurtherSettings>): OidcSettings {
  const { clientAuthentication, requiredAcr, maxAgeSeconds } = further;
  return {
    preset: Preset.parse(row.preset),
    url: row.issuer_url,
    clientId: row.client_id,
    hasClientSecret: row.sealed_client_secret !== null,
    prompt: row.prompt,
    domainHint: row.domain_hint,
    scope: row.scope,
    allowedTenants: row.allowed_tenants,
    clientAuthentication,
    requiredAcr,
    maxAgeSeconds,
  };
}

function samlOf(further: z.output<typeof FurtherSettings>): SamlSettings {
  const {
    clientAuthentication: _,
    requiredAcr: __,
    maxAgeSeconds: ___,
    updatesProfile: ____,
    ...saml
  } = further;
  return saml;
}
