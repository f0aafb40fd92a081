// What the SAML verifier is given and what it hands out: of each kind of message only what was proven.
import type { Claims } from '#domain/sso/identity.ts';
import type { Secret } from '#lib/secret.ts';

/** What is known of a provider and of us before a message comes. */
export type ProviderExpectation = {
  /** Our own entity ID. */
  readonly entityId: string;
  /** The provider's entity ID, byte for byte. */
  readonly issuer: string;
  /** PEM, any number, for keys that change; none refuses every message. */
  readonly certificates: readonly string[];
  readonly now: Date;
  /** How far the provider's clock may be from ours; `clockSkewMs` below is the usual. */
  readonly clockSkewMs: number;
};

export type ResponseExpectation = ProviderExpectation & {
  readonly acsUrl: string;
  /** The ID of our request; undefined: the provider began, which the application must allow. */
  readonly inResponseTo: string | undefined;
  readonly wantsAssertionsSigned: boolean;
  readonly wantsResponsesSigned: boolean;
  readonly wantsAssertionsEncrypted: boolean;
  /** Our private key, PEM; undefined refuses encrypted assertions. */
  readonly decryptionKey: Secret | undefined;
  /** AES-CBC, for providers that know no better; only in a response that is itself signed. */
  readonly allowsCbc: boolean;
  /** The person is known by an attribute: a subject without NameID will do. */
  readonly allowsNoNameId: boolean;
};

export type LogoutExpectation = ProviderExpectation & { readonly sloUrl: string };

export type LogoutResponseExpectation = LogoutExpectation & {
  /** The ID of the logout request we sent. */
  readonly inResponseTo: string;
};

/** 60 seconds either way. */
export const clockSkewMs = 60_000;

export type NameId = {
  readonly value: string;
  /** A URI; `unspecified` where the provider gives none. */
  readonly format: string;
  readonly qualifiers: {
    readonly nameQualifier: string | undefined;
    readonly spNameQualifier: string | undefined;
    readonly spProvidedId: string | undefined;
  };
};

export type VerifiedResponse = {
  readonly issuer: string;
  /** Undefined only where `allowsNoNameId`. */
  readonly nameId: NameId | undefined;
  readonly sessionIndex: string | undefined;
  readonly attributes: Claims;
  readonly assertionId: string;
  /** Until then the assertion would be accepted again, skew included: so long its ID is remembered. */
  readonly notOnOrAfter: Date;
  readonly authnInstant: Date;
  readonly sessionNotOnOrAfter: Date | undefined;
  /** AuthnContextClassRef. */
  readonly authnContext: string | undefined;
  readonly inResponseTo: string | undefined;
};

/**
 * How a logout message came. By POST it bears its signature; by redirect the query does, and `query` is
 * what stood after the question mark, octet for octet.
 */
export type LogoutMessage =
  | { readonly binding: 'post'; readonly xml: Buffer }
  | { readonly binding: 'redirect'; readonly query: string };

export type VerifiedLogoutRequest = {
  readonly id: string;
  readonly issuer: string;
  readonly nameId: NameId;
  /** Empty: every session of that person. */
  readonly sessionIndexes: readonly string[];
  /** Until then it would be accepted again, skew included: so long its ID is remembered. */
  readonly notOnOrAfter: Date;
};

export type VerifiedLogoutResponse = {
  readonly id: string;
  readonly issuer: string;
  readonly inResponseTo: string;
  /** Status codes, the outer first. */
  readonly status: readonly string[];
  /** Everybody's session ended; else somebody else's stays. */
  readonly complete: boolean;
};
