// Why the hub would not, or could not, connect: a code, the stage it failed at, and a sentence with the cure.

export type Endpoint = { readonly host: string; readonly port: number };

export type ConnectStage = 'address' | 'name' | 'connect' | 'tls';

export type ConnectRefusalCode =
  | 'address.malformed'
  | 'address.forbidden'
  | 'address.not-allowed'
  | 'address.unconfirmed'
  | 'name.unknown'
  | 'connect.failed'
  | 'tls.untrusted'
  | 'tls.failed';

/** Why the hub would not, or could not, connect: a sentence for people and the stage it failed at. */
export class ConnectRefusal extends Error {
  readonly code: ConnectRefusalCode;
  readonly stage: ConnectStage;
  readonly detail: unknown;
  override readonly name = 'ConnectRefusal';

  constructor(code: ConnectRefusalCode, sentence: string, detail?: unknown) {
    super(sentence);
    this.code = code;
    this.stage = stages[code];
    this.detail = detail;
  }
}

const stages = {
  'address.malformed': 'address',
  'address.forbidden': 'address',
  'address.not-allowed': 'address',
  'address.unconfirmed': 'address',
  'name.unknown': 'name',
  'connect.failed': 'connect',
  'tls.untrusted': 'tls',
  'tls.failed': 'tls',
} as const satisfies Record<ConnectRefusalCode, ConnectStage>;

/** Turns what a TLS handshake threw into the sentence that names the cure. */
export function tlsRefusal({ host, port }: Endpoint, error: unknown): ConnectRefusal {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const cure = untrusted[code];
  return cure === undefined
    ? new ConnectRefusal('tls.failed', `TLS with ${host}:${port} failed: ${reason(error)}.`, error)
    : new ConnectRefusal('tls.untrusted', `The certificate of ${host}:${port} ${cure}.`, error);
}

/** Whether a code of Node's says that a certificate does not stand. */
export function isTrustCode(code: string): boolean {
  return Object.hasOwn(untrusted, code);
}

const unknownIssuer =
  'is not signed by an authority the hub trusts; add the authority’s certificate (PEM) to the connection';

/** Node's names for a certificate that does not stand (OpenSSL's X509_V_ERR_*). */
const untrusted: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownIssuer,
  SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  CERT_UNTRUSTED: unknownIssuer,
  CERT_SIGNATURE_FAILURE: unknownIssuer,
  CERT_HAS_EXPIRED: 'has expired; renew it on that server',
  CERT_NOT_YET_VALID: 'is not valid yet; check the clocks of both machines',
  CERT_REVOKED: 'was revoked; install a new one on that server',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'names another host; use a host name that stands in it, or have it issued for this one',
  INVALID_PURPOSE: 'is not meant for servers; have it issued with the server purpose',
};

export function unknownName(host: string, detail?: unknown): ConnectRefusal {
  return new ConnectRefusal(
    'name.unknown',
    `The name ${host} has no address in DNS; check its spelling and the DNS server of this machine.`,
    detail,
  );
}

export function unreachable(
  { host, port }: Endpoint,
  why: string,
  detail?: unknown,
): ConnectRefusal {
  return new ConnectRefusal(
    'connect.failed',
    `${host}:${port} does not answer (${why}); check that it runs and that no firewall stands between.`,
    detail,
  );
}

export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
