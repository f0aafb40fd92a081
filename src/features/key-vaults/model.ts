// A key vault: how it is reached, who the hub is to it, whose it is, and what may be said of it.
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import {
  type VaultAddress,
  type VaultCredential,
  type VaultStage,
  vaultCloudNames,
  vaultClouds,
  vaultCredentials,
} from '#domain/vault.ts';
import type { Allowance } from '#lib/connect-guard.ts';

export const cacheSecondsMax = 3_600;

const oneLine = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, { error: 'must be one line' });

export const VaultName = oneLine(250);

/** What an administrator decides of a vault, apart from its name, its client and what is secret. */
export const VaultSettings = z.strictObject({
  url: oneLine(500).transform((url) => url.replace(/\/+$/, '')),
  cloud: z.enum(vaultCloudNames).default('public'),
  credential: z.enum(vaultCredentials).default('managed-identity'),
  /** The client id or the resource id of a user-assigned identity. */
  managedIdentityId: z
    .string()
    .trim()
    .max(500)
    .regex(/^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\/subscriptions\/[\w/.()-]+)$/i, {
      error: 'must be the client id (a GUID) or the resource id of a user-assigned identity',
    })
    .nullable()
    .default(null),
  /** Its id, or one of its domains. */
  tenantId: z
    .string()
    .trim()
    .max(253)
    .regex(/^[0-9a-z][0-9a-z.-]*$/i, { error: 'must be the id of a tenant or one of its domains' })
    .nullable()
    .default(null),
  applicationId: z.guid('must be the application’s client id, a GUID').nullable().default(null),
  /** PEM of the authorities trusted instead of the system's. */
  ca: z
    .string()
    .max(100_000)
    .regex(/-----BEGIN CERTIFICATE-----/, { error: 'must be a certificate in PEM' })
    .nullable()
    .default(null),
  cacheSeconds: z.int().min(0).max(cacheSecondsMax).default(300),
});
export type VaultSettings = z.output<typeof VaultSettings>;

export type VaultHealth = {
  readonly state: 'unknown' | 'healthy' | 'broken';
  readonly stage: VaultStage | null;
  readonly code: string | null;
  readonly sentence: string | null;
  readonly warning: string | null;
  readonly checkedAt: Date | null;
};

export type KeyVault = {
  readonly id: number;
  readonly name: string;
  /** The client it belongs to; null serves every client. */
  readonly clientId: number | null;
  readonly lab: boolean;
  readonly settings: VaultSettings;
  readonly hasClientSecret: boolean;
  readonly hasCertificate: boolean;
  readonly version: number;
  /** An administrator's word that it may be on a private network. */
  readonly confirmed: { readonly by: string; readonly at: Date } | null;
  readonly health: VaultHealth;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export const unknownHealth: VaultHealth = {
  state: 'unknown',
  stage: null,
  code: null,
  sentence: null,
  warning: null,
  checkedAt: null,
};

/** Settings, or a refusal that names what does not fit. A vault lies in its cloud; the lab's on this machine. */
export function parseSettings(settings: unknown, lab: boolean): VaultSettings {
  const parsed = VaultSettings.safeParse(settings);
  if (!parsed.success) {
    const reason = parsed.error.issues
      .map(({ path, message }) => `${path.join('.')}: ${message}`)
      .join('; ');
    refuse('request.invalid', { reason });
  }
  const { url, cloud } = parsed.data;
  const below = new URL(vaultClouds[cloud].resource).hostname.replaceAll('.', '\\.');
  const fits = lab
    ? /^https:\/\/(127\.0\.0\.1|localhost):\d{1,5}$/.test(url)
    : new RegExp(`^https://[a-z0-9][a-z0-9-]{1,22}[a-z0-9]\\.${below}$`, 'i').test(url);
  if (!fits) {
    const wanted = lab
      ? 'https://127.0.0.1:PORT'
      : vaultClouds[cloud].resource.replace('://', '://NAME.');
    refuse('vault.misfit', { reason: `its address in this cloud is ${wanted}, and not "${url}"` });
  }
  return parsed.data;
}

/** Which settings decide where a secret goes, and over what. A change of one clears it. */
const reachNames = ['url', 'cloud', 'ca'] as const;

export function reachChanged(before: VaultSettings, after: VaultSettings): boolean {
  return reachNames.some((name) => before[name] !== after[name]);
}

/** What stays of the two secrets under this credential: what is of no use is not kept. */
export function keeps(credential: VaultCredential): 'clientSecret' | 'certificate' | 'nothing' {
  if (credential === 'client-secret') return 'clientSecret';
  return credential === 'certificate' ? 'certificate' : 'nothing';
}

/** What must still be entered before the vault can be asked; undefined when nothing is missing. */
export function missingOf(vault: KeyVault): string | undefined {
  const { credential, applicationId } = vault.settings;
  const kept = keeps(credential);
  if (kept === 'nothing') return undefined;
  const missing = [
    ...(applicationId === null ? ['the application id (applicationId)'] : []),
    ...(kept === 'clientSecret' && !vault.hasClientSecret
      ? ['the client secret (clientSecret)']
      : []),
    ...(kept === 'certificate' && !vault.hasCertificate ? ['the certificate (certificate)'] : []),
  ];
  return missing.length === 0 ? undefined : `it lacks ${missing.join(' and ')}`;
}

export function addressOf({ settings: { url, cloud, ca }, lab }: KeyVault): VaultAddress {
  return { url, cloud, ca, lab };
}

export function hostOf({ settings }: Pick<KeyVault, 'settings'>): { host: string; port: number } {
  const { hostname, port } = new URL(settings.url);
  return { host: hostname, port: port === '' ? 443 : Number(port) };
}

/** What the hub may reach on the way to this vault. `labAllowed` is false in all but a lab's database. */
export function allowanceOf(
  vault: Pick<KeyVault, 'lab' | 'confirmed' | 'settings'>,
  rules: { readonly networks: readonly string[]; readonly labAllowed: boolean },
): Allowance {
  const confirmed = vault.confirmed === null ? [] : [hostOf(vault)];
  return { lab: vault.lab && rules.labAllowed, confirmed, networks: rules.networks };
}

/** What an administrator should know, in sentences. */
export function warningsOf(vault: KeyVault): string[] {
  const missing = missingOf(vault);
  const { state, sentence, warning } = vault.health;
  return [
    ...(missing === undefined ? [] : [`The key vault cannot be asked yet: ${missing}.`]),
    ...(state === 'broken' && sentence !== null ? [sentence] : []),
    ...(warning === null ? [] : [warning]),
  ];
}
