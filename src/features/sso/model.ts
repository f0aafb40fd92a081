// An application for single sign-on: another system that says who somebody is.
import type { SsoProtocol } from '#domain/sso/identity.ts';

/** What a provider is, beyond its protocol; the codes are in domain/halo-codes.ts (SsoOidcType). */
export const presets = ['generic', 'entra', 'entra-multi', 'google', 'okta'] as const;
export type Preset = (typeof presets)[number];

export const entities = ['agent', 'user'] as const;
export type Entity = (typeof entities)[number];

/** What a sign-on is for. */
export const purposes = ['sign-in', 'test', 'logout', 'link'] as const;
export type Purpose = (typeof purposes)[number];

export const attemptStatuses = [
  'signed-in',
  'linked',
  'tested',
  'refused',
  'failed',
  'signed-out',
] as const;
export type AttemptStatus = (typeof attemptStatuses)[number];

/** The hub is one instance of the desk; Halo numbers them from 1. */
export const ownInstance = 1;

export type SsoApplication = {
  readonly id: number;
  readonly guid: string;
  readonly name: string;
  readonly protocol: SsoProtocol;
  readonly active: boolean;
  /** Raised at every change. */
  readonly version: number;
  readonly instanceId: number | null;
  readonly allows: Readonly<Record<Entity, boolean>>;
  readonly autoRedirects: Readonly<Record<Entity, boolean>>;
  readonly singleLogout: boolean;
  readonly oidc: OidcSettings;
  readonly saml: SamlSettings;
  /** PEM; none: there is no key of its own. */
  readonly certificate: string | null;
  readonly matching: MatchingSettings;
  readonly button: ButtonSettings;
  readonly logsAttempts: boolean;
  readonly lab: boolean;
  readonly confirmed: { readonly by: string; readonly at: Date } | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type OidcSettings = {
  readonly preset: Preset;
  /** The issuer or its discovery document. */
  readonly url: string | null;
  readonly clientId: string | null;
  readonly hasClientSecret: boolean;
  readonly clientAuthentication: 'basic' | 'post' | 'private-key-jwt' | 'none';
  readonly prompt: string | null;
  readonly domainHint: string | null;
  readonly scope: string | null;
  /** Entra tenants (GUIDs) that may sign on through a multi-tenant application; empty refuses all. */
  readonly allowedTenants: readonly string[];
  /** Any of these must be the `acr` of the ID token; empty asks nothing. */
  readonly requiredAcr: readonly string[];
  /** The oldest sign-in at the provider that will do, in seconds; null asks nothing. */
  readonly maxAgeSeconds: number | null;
};

export type SamlSettings = {
  readonly metadataUrl: string | null;
  /** The entity ID that the metadata must bear; null takes the one it has. */
  readonly entityId: string | null;
  readonly signsRequests: boolean;
  readonly wantsAssertionsSigned: boolean;
  readonly wantsResponsesSigned: boolean;
  readonly wantsAssertionsEncrypted: boolean;
  readonly allowsIdpInitiated: boolean;
  readonly nameIdFormat: string | null;
  readonly forceAuthn: boolean;
  /** AES-CBC too, of providers that know no better: only inside a signed response (decision 0176). */
  readonly allowsCbc: boolean;
  readonly requestBinding: 'redirect' | 'post';
};

export const idAttributes = [
  'subject',
  'email',
  'preferred-username',
  'upn',
  'oid',
  'custom',
] as const;
export const matchingFields = ['email', 'login', 'employee-id', 'none'] as const;

export type MatchingSettings = {
  /** The claim that is compared, the first time, with the field of the desk. */
  readonly idAttribute: (typeof idAttributes)[number];
  readonly customIdAttribute: string | null;
  readonly field: (typeof matchingFields)[number];
  /** A new user's site is found by the domain of their address. */
  readonly byDomain: boolean;
  readonly provisions: boolean;
  readonly defaultSiteId: number | null;
  /** Later sign-ons of a user renew what the provider tells of them; never their address. */
  readonly updatesProfile: boolean;
  readonly claimRules: readonly ClaimRule[];
};

/** A claim that must be there; with a value, or any of a list, compared byte for byte. */
export type ClaimRule = { readonly claim: string; readonly value: string | null };

export type ButtonSettings = {
  readonly label: string | null;
  readonly colour: string | null;
  /** A data: URL of an image. */
  readonly logo: string | null;
  readonly overrides: boolean;
  /** On which sign-in pages it stands: Halo's app_type. */
  readonly shownTo: 'both' | 'agents' | 'users' | 'nobody';
};
