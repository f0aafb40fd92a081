// Reads and writes cookies (RFC 6265), as far as the hub needs them.
import type { RequestHeaders } from './route.ts';

const cookiesMax = 50;

export function readCookie(headers: RequestHeaders, name: string): string | undefined {
  const header = headers.cookie;
  if (typeof header !== 'string') return undefined;
  for (const pair of header.split(';', cookiesMax)) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

export type Cookie = {
  readonly name: string;
  /** Letters, digits, - and _ only, as our tokens are. */
  readonly value: string;
  readonly secure: boolean;
  readonly maxAgeSeconds?: number;
  /** Also along with a form that another site posts; over HTTPS alone, as browsers ask (RFC 6265bis §5.7). */
  readonly crossSite?: boolean;
};

/** HttpOnly always: no script of ours needs a cookie. Lax, so that links from mails stay signed in. */
export function writeCookie(cookie: Cookie): string {
  return [
    `${cookie.name}=${cookie.value}`,
    'Path=/',
    'HttpOnly',
    cookie.secure && cookie.crossSite === true ? 'SameSite=None' : 'SameSite=Lax',
    ...(cookie.secure ? ['Secure'] : []),
    ...(cookie.maxAgeSeconds === undefined ? [] : [`Max-Age=${cookie.maxAgeSeconds}`]),
  ].join('; ');
}

export function forgetCookie(name: string, secure: boolean): string {
  return writeCookie({ name, value: '', secure, maxAgeSeconds: 0 });
}
