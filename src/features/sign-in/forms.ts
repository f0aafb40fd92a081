// What the pages of signing in share: their cookies, their proofs and where they lead.
import { z } from 'zod';
import type { Person, PersonId } from '#domain/ports/people.ts';
import { Problem } from '#domain/problem.ts';
import { forgetCookie, readCookie, writeCookie } from '#http/cookies.ts';
import type { Answer, RequestHeaders } from '#http/route.ts';
import type { Clock } from '#lib/clock.ts';
import type { Secret } from '#lib/secret.ts';
import { isSameText, newToken } from '#lib/tokens.ts';
import type { Tx } from '#store/db.ts';
import type { Sealing } from '#store/sealing.ts';
import { browserTokenIn } from './known-browsers.ts';
import { onwardPage, signInPage } from './pages.ts';
import { passkeysWork } from './passkeys.ts';
import type { Passwords } from './passwords.ts';
import {
  type Browser,
  csrfTokenOf,
  findSignedIn,
  type SessionPorts,
  type SignedIn,
} from './sessions.ts';
import type { SignOnOptions } from './sign-on-buttons.ts';
import type { Origin } from './sso-sessions.ts';

export const Back = z.looseObject({ return: z.string().max(4_000).default('/') });

export type SignInPorts = SessionPorts & {
  readonly passwords: Passwords;
  readonly clock: Clock;
  /** Whether people reach the hub over HTTPS: then cookies travel no other way. */
  readonly secure: boolean;
  readonly endTokensOf: (tx: Tx, owner: PersonId) => Promise<void>;
  readonly publicUrl: URL;
  readonly sealing: Sealing;
  /** Told by mail, where the hub has a way to send one. */
  readonly tell: (tx: Tx, told: Told) => Promise<void>;
  readonly providerLogout: ProviderLogout;
  /** The ways in beside the password. */
  readonly signOnOptions: (entity: Whose | undefined, back: string) => Promise<SignOnOptions>;
};

/** Whose sign-in page it is: the agents' or the users'; both have the same form. */
export const Whose = z.enum(['agent', 'user']);
export type Whose = z.output<typeof Whose>;

export type Told = {
  readonly person: Pick<Person, 'name' | 'email'>;
  readonly subject: string;
  readonly sentence: string;
};

/** The page that goes on to the provider a session came from; undefined where it is to stay open there. */
export type ProviderLogout = (
  origin: Origin,
  headers: RequestHeaders,
) => Promise<Answer | undefined>;

/** `__Host-`: a browser takes it over HTTPS alone, and from no neighbour (RFC 6265bis §4.1.3.2). */
export function cookieName({ secure }: { readonly secure: boolean }): string {
  return secure ? '__Host-sundog_session' : 'sundog_session';
}

/** Where one's own session waits while one acts as somebody else. */
export function ownCookieName({ secure }: { readonly secure: boolean }): string {
  return secure ? '__Host-sundog_own_session' : 'sundog_own_session';
}

function formCookieName({ secure }: { readonly secure: boolean }): string {
  return secure ? '__Host-sundog_form' : 'sundog_form';
}

export async function whoIsSignedIn(
  ports: SignInPorts,
  headers: RequestHeaders,
): Promise<SignedIn | undefined> {
  const token = readCookie(headers, cookieName(ports));
  return token === undefined ? undefined : findSignedIn(ports, token, ports.clock());
}

/** Before there is a session, a cookie of the form's own proves that the form was ours. */
export function formProof(ports: SignInPorts, headers: RequestHeaders) {
  const name = formCookieName(ports);
  const known = readCookie(headers, name);
  const value = known !== undefined && /^[\w-]{43}$/.test(known) ? known : newToken().reveal();
  const cookie = writeCookie({ name, value, secure: ports.secure, maxAgeSeconds: 3_600 });
  return { csrf: csrfTokenOf(value), cookie };
}

/** What a passkey's challenge is bound to before there is a session. */
export function formHolder(ports: SignInPorts, headers: RequestHeaders): string {
  return `form ${readCookie(headers, formCookieName(ports)) ?? ''}`;
}

export async function freshForm(
  ports: SignInPorts,
  headers: RequestHeaders,
  form: {
    readonly status: number;
    readonly back: string;
    readonly login: string;
    readonly refusal?: string;
    readonly whose?: Whose | undefined;
    /** Known already, where the page might have gone on by itself. */
    readonly options?: SignOnOptions;
  },
): Promise<Answer> {
  const { csrf, cookie } = formProof(ports, headers);
  const { buttons } = form.options ?? (await ports.signOnOptions(form.whose, form.back));
  const page = { ...form, csrf, passkeys: passkeysWork(ports.publicUrl), buttons };
  return {
    status: form.status,
    page: (nonce) => signInPage(nonce, page),
    headers: { 'set-cookie': cookie },
  };
}

export function isOwnForm(ports: SignInPorts, headers: RequestHeaders, csrf: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const value = readCookie(headers, formCookieName(ports));
  return value !== undefined && isSameText(csrf, csrfTokenOf(value));
}

/** The refusal instead of a throw, because a form is shown again with its sentence. */
export async function refused<T>(work: () => Promise<T | undefined>): Promise<T | Problem> {
  try {
    return (await work()) ?? new Problem('sign-in.failed');
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return error;
    throw error;
  }
}

export function signedIn(
  ports: SignInPorts,
  token: Secret,
  to: string,
  more: readonly string[] = [],
): Answer {
  const headers = { 'set-cookie': [...sessionCookies(ports, token), ...more] };
  if (!to.startsWith('/auth/authorize'))
    return { ...goTo(to), headers: { location: to, ...headers } };
  return { status: 200, page: (nonce) => onwardPage(nonce, to), headers };
}

/** The session's, in the place of all that led to it. */
export function sessionCookies(ports: SignInPorts, token: Secret): readonly string[] {
  const session = { name: cookieName(ports), value: token.reveal(), secure: ports.secure };
  const forgotten = [formCookieName(ports), ownCookieName(ports)];
  return [writeCookie(session), ...forgotten.map((name) => forgetCookie(name, ports.secure))];
}

export function choose(back: string): string {
  return `/auth/password?return=${encodeURIComponent(back)}`;
}

export function goTo(location: string): Answer {
  return { status: 303, headers: { location } };
}

/** Where a try comes from: what it is counted by. */
export function placeOf(ports: SignInPorts, headers: RequestHeaders, ip: string) {
  const token = browserTokenIn(ports, headers);
  return { ip, ...(token === undefined ? {} : { browser: token }) };
}

export function browserOf(headers: RequestHeaders, ip: string): Browser {
  return { ip, userAgent: String(headers['user-agent'] ?? '') };
}
