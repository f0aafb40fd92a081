// An API application: a program that calls the hub with credentials of its own.
import { z } from 'zod';
import { allows, haloScopes, hubRights, type Permission } from '#domain/permission.ts';
import { refuse } from '#domain/problem.ts';

/** Halo's "Authentication Method", in the same order as its own list (halo-api.md 1.2). */
export const applicationKinds = [
  'client-secret',
  'username-password',
  'authorization-code',
  'api-key',
] as const;
export type ApplicationKind = (typeof applicationKinds)[number];

export const Scope = z.enum([...haloScopes, ...hubRights]);

export type Application = {
  readonly id: string;
  readonly name: string;
  readonly kind: ApplicationKind;
  readonly clientId: string;
  /** False: a public client, such as a native program, that keeps no secret. */
  readonly hasSecret: boolean;
  /** The agent it logs in as; it may do what both may. */
  readonly agentId: number | undefined;
  /** The client whose things alone it sees; undefined sees every client's. */
  readonly boundClientId: number | undefined;
  /** Whether agents may sign in to it. */
  readonly allowAgents: boolean;
  readonly scopes: readonly Permission[];
  readonly redirectUris: readonly string[];
  readonly enabled: boolean;
  /** Told by /api/SecurityQuestionValidate who is enrolled; to all others everybody is. */
  readonly trustedForReset: boolean;
  readonly createdAt: Date;
  readonly changedAt: Date;
};

export type Grant = 'client_credentials' | 'password' | 'authorization_code' | 'refresh_token';

/** Each kind gets tokens in its own way alone: the password grant is off but for its own kind. */
export const grantsOf: Readonly<Record<ApplicationKind, readonly Grant[]>> = {
  'client-secret': ['client_credentials'],
  'username-password': ['password', 'refresh_token'],
  'authorization-code': ['authorization_code', 'refresh_token'],
  'api-key': [],
};

/** The scopes asked for, all of them when none is named; refuses what was not granted. */
export function grantScopes(
  asked: string | undefined,
  granted: readonly Permission[],
): readonly Permission[] {
  const words = (asked ?? '').split(' ').filter((word) => word !== '');
  if (words.length === 0) return granted;
  const held = new Set(granted);
  return [...new Set(words)].map((word) => {
    const scope = Scope.safeParse(word);
    if (!scope.success) return refuse('oauth.invalid-scope', { scope: word.slice(0, 60) });
    if (!allows(held, scope.data)) refuse('oauth.invalid-scope', { scope: scope.data });
    return scope.data;
  });
}

/** RFC 9700 §4.1.3 and RFC 8252: exact addresses, over TLS but for this very machine. */
export function checkRedirectUri(uri: string): void {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const reason = url === undefined ? 'it is not an absolute address' : faultOf(url);
  if (reason !== undefined) refuse('application.redirect', { uri: uri.slice(0, 200), reason });
}

const loopback = ['127.0.0.1', '[::1]', 'localhost'];

function faultOf(url: URL): string | undefined {
  if (url.hash !== '') return 'it must not have a fragment';
  if (url.username !== '' || url.password !== '') return 'it must not hold credentials';
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:') {
    return loopback.includes(url.hostname) ? undefined : 'http is for this machine alone';
  }
  // RFC 8252 §7.1: a scheme of the program's own is a reversed domain name.
  return url.protocol.includes('.') ? undefined : 'its scheme is not a reversed domain name';
}
