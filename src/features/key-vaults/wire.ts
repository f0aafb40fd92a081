// A key vault's spelling in /v1, both ways, and in Halo's dialect. Secrets come in and never go out.
import { z } from 'zod';
import { type VaultProbe, vaultCloudNames, vaultCredentials, vaultStages } from '#domain/vault.ts';
import { coded, halo, warning } from '#http/halo/members.ts';
import { haloModel } from '#http/halo/model.ts';
import type { Kept } from './commands.ts';
import { type KeyVault, VaultName, VaultSettings, warningsOf } from './model.ts';

const Instant = z.iso.datetime();
/** Whatever people paste; a line break at its end is not part of it. */
const SecretText = z
  .string()
  .max(4_096)
  .transform((text) => text.replace(/[\r\n]+$/, ''))
  .pipe(z.string().min(1));
const CertificateText = z
  .string()
  .min(1)
  .max(20_000)
  .describe('Certificate and private key of the application, both in PEM');

const settingShape = VaultSettings.shape;

export const KeyVaultWire = z.object({
  id: z.int(),
  name: z.string(),
  clientId: z.int().nullable(),
  lab: z.boolean(),
  url: z.string(),
  cloud: z.enum(vaultCloudNames),
  credential: z.enum(vaultCredentials),
  managedIdentityId: z.string().nullable(),
  tenantId: z.string().nullable(),
  applicationId: z.string().nullable(),
  ca: z.string().nullable(),
  cacheSeconds: z.int(),
  hasClientSecret: z.boolean(),
  hasCertificate: z.boolean(),
  confirmedBy: z.string().nullable(),
  confirmedAt: Instant.nullable(),
  /** What is kept in it. */
  keeps: z.array(
    z.object({
      connectionId: z.uuid(),
      connection: z.string(),
      secret: z.string(),
      version: z.string().nullable(),
    }),
  ),
  health: z.object({
    state: z.enum(['unknown', 'healthy', 'broken']),
    stage: z.enum(vaultStages).nullable(),
    code: z.string().nullable(),
    sentence: z.string().nullable(),
    warning: z.string().nullable(),
    checkedAt: Instant.nullable(),
  }),
  warnings: z.array(z.string()),
  version: z.int(),
  createdAt: Instant,
  updatedAt: Instant,
});
export type KeyVaultWire = z.output<typeof KeyVaultWire>;

export const KeyVaultsWire = z.object({
  items: z.array(KeyVaultWire),
  next: z.string().nullable(),
});

const secretShape = {
  clientSecret: SecretText.nullable().optional(),
  certificate: CertificateText.nullable().optional(),
};

export const NewKeyVaultWire = z.strictObject({
  name: VaultName,
  clientId: z.int().positive().nullable().default(null),
  lab: z.boolean().default(false),
  ...settingShape,
  ...secretShape,
});

/** Nothing that is left out changes: a default would reset it. */
export const KeyVaultChangeWire = z.strictObject({
  name: VaultName.optional(),
  clientId: z.int().positive().nullable().optional(),
  url: settingShape.url.optional(),
  cloud: settingShape.cloud.unwrap().optional(),
  credential: settingShape.credential.unwrap().optional(),
  managedIdentityId: settingShape.managedIdentityId.unwrap().optional(),
  tenantId: settingShape.tenantId.unwrap().optional(),
  applicationId: settingShape.applicationId.unwrap().optional(),
  ca: settingShape.ca.unwrap().optional(),
  cacheSeconds: settingShape.cacheSeconds.unwrap().optional(),
  ...secretShape,
});

export const VaultTestedWire = z.object({
  ok: z.boolean(),
  /** The first stage that failed; null when all is well. */
  stage: z.enum(vaultStages).nullable(),
  code: z.string().nullable(),
  sentence: z.string(),
  warning: z.string().nullable(),
  /** Every stage in order, with what came of it. */
  stages: z.array(
    z.object({ stage: z.enum(vaultStages), state: z.enum(['passed', 'failed', 'untried']) }),
  ),
  checkedAt: Instant,
});

export type VaultTestedWire = z.output<typeof VaultTestedWire>;

export const VaultSecretsWire = z.object({
  items: z.array(
    z.object({ name: z.string(), enabled: z.boolean(), expiresAt: Instant.nullable() }),
  ),
  next: z.string().nullable(),
});

export function vaultToWire(vault: KeyVault, kept: readonly Kept[]): z.input<typeof KeyVaultWire> {
  const { settings, health, confirmed } = vault;
  return {
    id: vault.id,
    name: vault.name,
    clientId: vault.clientId,
    lab: vault.lab,
    ...settings,
    hasClientSecret: vault.hasClientSecret,
    hasCertificate: vault.hasCertificate,
    confirmedBy: confirmed?.by ?? null,
    confirmedAt: confirmed?.at.toISOString() ?? null,
    keeps: kept.map(({ id, name, secret, version }) => ({
      connectionId: id,
      connection: name,
      secret,
      version,
    })),
    health: { ...health, checkedAt: health.checkedAt?.toISOString() ?? null },
    warnings: warningsOf(vault),
    version: vault.version,
    createdAt: vault.createdAt.toISOString(),
    updatedAt: vault.updatedAt.toISOString(),
  };
}

export function testedToWire(result: VaultProbe, checkedAt: Date): z.input<typeof VaultTestedWire> {
  const failedAt = result.ok ? vaultStages.length : vaultStages.indexOf(result.stage);
  return {
    ok: result.ok,
    stage: result.ok ? null : result.stage,
    code: result.ok ? null : result.code,
    sentence: result.sentence,
    warning: result.ok ? result.warning : null,
    stages: vaultStages.map((stage, at) => ({
      stage,
      state: at < failedAt ? 'passed' : at === failedAt ? 'failed' : 'untried',
    })),
    checkedAt: checkedAt.toISOString(),
  };
}

/** Halo's model; tenant, application, secrets and cloud stand under /v1/key-vaults alone. */
export const HaloKeyVault = haloModel('KeyVault', {
  id: halo.int,
  name: halo.text.nullable(),
  url: halo.text.nullable(),
  connection_type: coded('KeyVaultConnectionType').nullable(),
  managed_identity_id: halo.text.nullable(),
  _warning: warning,
});

export function vaultToHalo(vault: KeyVault): z.input<typeof HaloKeyVault> {
  const { url, credential, managedIdentityId } = vault.settings;
  const warnings = warningsOf(vault);
  return {
    id: vault.id,
    name: vault.name,
    url,
    connection_type: vaultCredentials.indexOf(credential),
    managed_identity_id: managedIdentityId,
    _warning: warnings.length === 0 ? null : warnings.join(' '),
  };
}
