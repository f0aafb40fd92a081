// What bounds every exchange with a provider, in one place.
export type OidcLimits = {
  /** One exchange, from the connection to the last byte. */
  readonly callMs: number;
  readonly answerBytesMax: number;
  /** How long a discovery document and a set of keys are used before they are read anew. */
  readonly documentMs: number;
  /** After keys were read for a key that was not among them, none are read for another so soon. */
  readonly unknownKeyMs: number;
  readonly keysMax: number;
  /** Of providers at the same time, each with its document, keys and sockets. */
  readonly providersMax: number;
  /** Hosts of one provider: its documents, tokens and userinfo may be on different ones. */
  readonly originsMax: number;
};

export const oidcLimits: OidcLimits = {
  callMs: 10_000,
  answerBytesMax: 512 * 1024,
  documentMs: 60 * 60_000,
  unknownKeyMs: 60_000,
  keysMax: 100,
  providersMax: 200,
  originsMax: 8,
};

/** Of tokens and answers; not for tests to change. */
export const tokenLimits = {
  charactersMax: 64 * 1024,
  clockToleranceSeconds: 60,
  /** Entra dates a token five minutes back. */
  issuedAgoSecondsMax: 600,
  /** OpenID Connect Back-Channel Logout 1.0 §2.4 recommends two minutes at most. */
  logoutSecondsMax: 120,
  subjectCharactersMax: 255,
  saidCharactersMax: 300,
} as const;
