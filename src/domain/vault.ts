// A key vault keeps secrets outside of the hub: the clouds it may stand in, who the hub is to it, and what names a secret.
import { z } from 'zod';
import type { Secret } from '#lib/secret.ts';

export type VaultCloud = {
  /** Where tokens are had; a vault that sends us anywhere else is not believed. */
  readonly logins: readonly string[];
  /** What a token is for. Every vault of the cloud lies below this host. */
  readonly resource: string;
};

/** Tokens do not cross clouds. GCC is in the public one, GCC High and DoD are in us-gov. */
export const vaultClouds = {
  public: {
    logins: ['https://login.microsoftonline.com', 'https://login.windows.net'],
    resource: 'https://vault.azure.net',
  },
  'us-gov': {
    logins: ['https://login.microsoftonline.us'],
    resource: 'https://vault.usgovcloudapi.net',
  },
  china: {
    logins: ['https://login.chinacloudapi.cn', 'https://login.partner.microsoftonline.cn'],
    resource: 'https://vault.azure.cn',
  },
} as const satisfies Readonly<Record<string, VaultCloud>>;

export const vaultCloudNames = ['public', 'us-gov', 'china'] as const;
export type VaultCloudName = (typeof vaultCloudNames)[number];

/** Who the hub is to the vault, in the order of the codes that Halo's dialect has for it. */
export const vaultCredentials = [
  'managed-identity',
  'app-service',
  'client-secret',
  'certificate',
] as const;
export type VaultCredential = (typeof vaultCredentials)[number];

export type VaultAddress = {
  /** https://NAME.vault.azure.net, without a slash at its end. */
  readonly url: string;
  readonly cloud: VaultCloudName;
  /** PEM of the authorities trusted instead of the system's. */
  readonly ca: string | null;
  /** A lab vault stands on loopback and is its own login and its own identity endpoint. */
  readonly lab: boolean;
};

export type VaultIdentity =
  | {
      readonly kind: 'managed-identity' | 'app-service';
      /** The client id or the resource id of a user-assigned identity; null takes the machine's own. */
      readonly managedIdentityId: string | null;
    }
  | {
      readonly kind: 'client-secret' | 'certificate';
      /** Null takes the tenant that the vault names. */
      readonly tenantId: string | null;
      readonly applicationId: string;
      /** The client secret, or certificate and private key as PEM. */
      readonly proof: Secret;
    };

/** Key Vault's own rule for names. */
export const secretNamePattern = /^[0-9a-zA-Z-]{1,127}$/;

/** A secret that is kept in a vault and named here, instead of being stored. */
export const SecretReference = z.strictObject({
  vault: z.int32().positive(),
  secret: z.string().regex(secretNamePattern, {
    error: 'must be the name of a secret: letters, digits and hyphens',
  }),
  /** One version of it; the newest when left out. */
  version: z
    .string()
    .regex(/^[0-9a-f]{32}$/i, { error: 'must be the 32 hexadecimal digits of a version' })
    .nullable()
    .optional()
    .transform((version) => version?.toLowerCase() ?? null),
});
export type SecretReference = z.output<typeof SecretReference>;

/** At which point reaching a vault failed, in the order in which it is tried. */
export const vaultStages = [
  'address',
  'name',
  'connect',
  'tls',
  'token',
  'permission',
  'list',
] as const;
export type VaultStage = (typeof vaultStages)[number];

/** What a test of a vault found: one sentence, and where it stopped. */
export type VaultProbe =
  | { readonly ok: true; readonly sentence: string; readonly warning: string | null }
  | {
      readonly ok: false;
      readonly stage: VaultStage;
      readonly code: string;
      readonly sentence: string;
    };
