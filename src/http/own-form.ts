// Forms of pages that need no sign-in: each carries a proof that follows from its browser's cookie.
import { createHash } from 'node:crypto';
import { isSameText, newToken } from '#lib/tokens.ts';
import { readCookie, writeCookie } from './cookies.ts';
import type { RequestHeaders } from './route.ts';

export type FormCookie = {
  readonly name: string;
  readonly secure: boolean;
  readonly maxAgeSeconds: number;
};

/** The cookie's value where the browser has one of ours; nothing else is taken for one. */
export function tokenIn(headers: RequestHeaders, cookie: FormCookie): string | undefined {
  const value = readCookie(headers, spelt(cookie));
  return value !== undefined && /^[\w-]{43,64}$/.test(value) ? value : undefined;
}

export function freshToken(): string {
  return newToken().reveal();
}

/** For the header set-cookie. */
export function keepToken(cookie: FormCookie, value: string): string {
  const { secure, maxAgeSeconds } = cookie;
  return writeCookie({ name: spelt(cookie), value, secure, maxAgeSeconds });
}

/** What the field `csrf` of the browser's forms must hold: nobody can make it who has not the cookie. */
export function proofOf(token: string): string {
  return createHash('sha256').update(`form\0${token}`).digest('base64url');
}

export function isOwnForm(
  headers: RequestHeaders,
  token: string | undefined,
  proof: string,
): token is string {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return token !== undefined && isSameText(proof, proofOf(token));
}

/** `__Host-`: a browser takes it over HTTPS alone, and from no neighbour (RFC 6265bis §4.1.3.2). */
function spelt({ name, secure }: FormCookie): string {
  return secure ? `__Host-${name}` : name;
}
