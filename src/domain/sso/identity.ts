// What comes of a sign-on that was verified in full: who the other system says it is.
import type { Secret } from '#lib/secret.ts';

export type SsoProtocol = 'oidc' | 'saml';

/** Every value of every claim or attribute, as text; of an object its JSON. */
export type Claims = Readonly<Record<string, readonly string[]>>;

export type ProvenIdentity = {
  /** The issuer of the ID token, or the entity ID of the SAML provider, byte for byte. */
  readonly issuer: string;
  /** Never changes for one person: `sub`; for Entra `tid` and `oid`; a persistent NameID. */
  readonly subject: string;
  readonly claims: Claims;
  /** The provider's own name for the browser's session with it: `sid` or SessionIndex. */
  readonly providerSession: string | undefined;
  /** What asks the provider to end it: an ID token, or the NameID with all it bears, as JSON. */
  readonly logoutHint: Secret | undefined;
  /** When the provider's own session is over, where it says so, by our clock: ours is over by then too. */
  readonly sessionEndsAt?: Date | undefined;
};
