// What sign-on asks of OpenID Connect providers: where to send somebody, who came back, who left.
import type { ProvenIdentity } from '#domain/sso/identity.ts';
import type { Trace } from '#domain/sso/trace.ts';
import type { Allowance } from '#lib/connect-guard.ts';
import type { Secret } from '#lib/secret.ts';

export const oidcPresets = ['generic', 'entra', 'entra-multi', 'google', 'okta'] as const;
export type OidcPreset = (typeof oidcPresets)[number];

/** We, as the client of one provider. */
export type OidcClient = {
  /** What is read of the provider is remembered under this name until the version changes. */
  readonly key: string;
  readonly version: number;
  readonly preset: OidcPreset;
  /** The issuer, or its discovery document; some presets know their own. */
  readonly url: string | null;
  readonly clientId: string | null;
  readonly authentication: 'basic' | 'post' | 'private-key-jwt' | 'none';
  readonly clientSecret: Secret | undefined;
  /** PEM (PKCS #8), and the certificate that belongs to it. */
  readonly privateKey: Secret | undefined;
  readonly certificate: string | null;
  readonly redirectUri: string;
  readonly scope: string;
  readonly prompt: string | null;
  readonly domainHint: string | null;
  readonly allowedTenants: readonly string[];
  readonly requiredAcr: readonly string[];
  readonly maxAgeSeconds: number | null;
  /** What the ID token may lack and userinfo then must give. */
  readonly neededClaims: readonly string[];
  readonly lab: boolean;
  /** Where an address may be, given one. */
  readonly allowance: (url: URL) => Allowance;
};

export type AuthorizationRequest = {
  /** Keeps the sign-on and gives back its state: asked once all that can be checked beforehand was. */
  readonly begin: () => Promise<Secret>;
  readonly nonce: string;
  readonly verifier: Secret;
  readonly loginHint?: string;
};

export type AuthorizationAnswer = {
  /** The address the browser came back to, with everything in its query. */
  readonly url: URL;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: Secret;
};

/** A logout token that was verified in full, but for its having been used before. */
export type LogoutOrder = {
  readonly issuer: string;
  readonly subject: string | undefined;
  readonly providerSession: string | undefined;
  readonly jti: string;
  /** From then on it would be refused for its age. */
  readonly until: Date;
};

/** Every refusal is a row of oidc-checks.ts, noted in the trace and thrown as an SsoRefusal. */
export type OidcProviders = AsyncDisposable & {
  /** Where the browser goes. */
  authorize(client: OidcClient, asked: AuthorizationRequest, trace: Trace, now: Date): Promise<URL>;
  /** Who came back with this answer. */
  identify(
    client: OidcClient,
    answer: AuthorizationAnswer,
    trace: Trace,
    now: Date,
  ): Promise<ProvenIdentity>;
  /** Where the browser goes to end the provider's session; undefined where it has no such address. */
  endSession(
    client: OidcClient,
    asked: { readonly hint: Secret | undefined; readonly back: string; readonly state: Secret },
    trace: Trace,
    now: Date,
  ): Promise<URL | undefined>;
  logoutOrder(client: OidcClient, token: string, trace: Trace, now: Date): Promise<LogoutOrder>;
  /** The issuer itself; of a provider of many tenants the template, with `{tenantid}`. */
  issuer(client: OidcClient, trace: Trace, now: Date): Promise<string>;
};
