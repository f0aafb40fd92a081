// What single sign-on asks of SAML 2.0: messages written and signed, metadata both ways. Features see no XML.
import type {
  LogoutExpectation,
  LogoutMessage,
  LogoutResponseExpectation,
  NameId,
  ResponseExpectation,
  VerifiedLogoutRequest,
  VerifiedLogoutResponse,
  VerifiedResponse,
} from '#domain/sso/saml-messages.ts';
import type { Trace } from '#domain/sso/trace.ts';
import type { Allowance } from '#lib/connect-guard.ts';
import type { Secret } from '#lib/secret.ts';

export type SamlBinding = 'redirect' | 'post';

export type SamlEndpoint = {
  readonly binding: SamlBinding;
  readonly location: string;
  /** Where answers go, when not to the same place (SAML metadata §2.2.2). */
  readonly responseLocation?: string;
};

export type SamlCertificate = {
  readonly pem: string;
  readonly subject: string;
  /** SHA-256 in hexadecimal, with colons, as consoles of providers show it. */
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
};

/** What a provider's metadata says of it. */
export type SamlProvider = {
  readonly entityId: string;
  readonly validUntil: Date | undefined;
  /** How often it wants to be read again. */
  readonly cacheSeconds: number | undefined;
  readonly wantsRequestsSigned: boolean;
  /** At least one: a provider without any is refused, never taken for one that signs nothing. */
  readonly signing: readonly [SamlCertificate, ...SamlCertificate[]];
  readonly signOn: readonly [SamlEndpoint, ...SamlEndpoint[]];
  readonly logout: readonly SamlEndpoint[];
  readonly nameIdFormats: readonly string[];
};

export type ReadingProvider = {
  /** Which of several; null takes the only one there is. */
  readonly entityId: string | null;
  /** Of a lab: endpoints may be http on loopback. */
  readonly lab: boolean;
};

/** The hub's own key with one application: it signs what is sent and decrypts what comes. */
export type SamlKey = { readonly privateKey: Secret; readonly certificate: string };

/** The hub as a provider knows it; every application has addresses of its own. */
export type SamlSelf = {
  readonly entityId: string;
  readonly acs: string;
  readonly slo: string;
};

type Common = {
  readonly id: string;
  readonly at: Date;
  readonly destination: string;
  /** The hub's entity ID. */
  readonly issuer: string;
};

export type AuthnRequest = Common & {
  readonly kind: 'sign-on';
  readonly acs: string;
  readonly nameIdFormat: string | null;
  readonly forceAuthn: boolean;
};

export type LogoutRequest = Common & {
  readonly kind: 'logout';
  readonly nameId: NameId;
  readonly sessionIndex: string | undefined;
};

export type LogoutResponse = Common & {
  readonly kind: 'logged-out';
  readonly inResponseTo: string;
  /** `partial`: not every session could be ended (SAML core §3.2.2.2). */
  readonly status: 'success' | 'partial' | 'failed';
};

export type SamlMessage = AuthnRequest | LogoutRequest | LogoutResponse;

/** A message as a form's fields, for the POST binding. */
export type SamlForm = {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
};

export type Sending = {
  readonly relayState: string | undefined;
  readonly key: SamlKey | undefined;
};

/** Writes SAML; implemented by the connector. */
export type SamlWriter = {
  newId(): string;
  newKey(name: string, now: Date): Promise<SamlKey>;
  /** The address to send the browser to; signed where a key is given. */
  asRedirect(message: SamlMessage, sending: Sending): string;
  asForm(message: SamlMessage, sending: Sending): SamlForm;
  /** The hub's own metadata, signed with its key. */
  ownMetadata(self: SamlSelf, asked: OwnMetadata): string;
  /** Throws the problem `sso-metadata.refused`. */
  readProvider(document: string, asked: ReadingProvider): SamlProvider;
  certificate(pem: string): SamlCertificate;
};

/** Judges what comes: each check is noted in the trace, the first that fails throws its refusal. */
export type SamlVerifier = {
  verifyResponse(xml: Buffer, expected: ResponseExpectation, trace: Trace): VerifiedResponse;
  verifyLogoutRequest(
    message: LogoutMessage,
    expected: LogoutExpectation,
    trace: Trace,
  ): VerifiedLogoutRequest;
  verifyLogoutResponse(
    message: LogoutMessage,
    expected: LogoutResponseExpectation,
    trace: Trace,
  ): VerifiedLogoutResponse;
};

export type Saml = SamlWriter &
  SamlVerifier & {
    /** The text at that address; throws `sso-metadata.unreachable`. */
    fetchMetadata(url: URL, allowance: Allowance): Promise<string>;
  };

export type OwnMetadata = {
  readonly key: SamlKey;
  readonly now: Date;
  readonly signsRequests: boolean;
  readonly wantsAssertionsSigned: boolean;
  readonly nameIdFormat: string | null;
};
