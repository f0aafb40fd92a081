// The cookie that binds a sign-on under way to the browser that began it.
import { readCookie, writeCookie } from '#http/cookies.ts';
import type { RequestHeaders } from '#http/route.ts';
import type { Secret } from '#lib/secret.ts';
import { transactionMs } from './transactions.ts';

type Ports = { readonly secure: boolean };

export function browserCookie({ secure }: Ports, headers: RequestHeaders): string | undefined {
  return readCookie(headers, nameOf(secure));
}

/** Goes along with a form that another site posts: a SAML response comes that way. */
export function bindBrowser({ secure }: Ports, browser: Secret): string {
  return writeCookie({
    name: nameOf(secure),
    value: browser.reveal(),
    secure,
    crossSite: true,
    maxAgeSeconds: transactionMs / 1000,
  });
}

function nameOf(secure: boolean): string {
  return secure ? '__Host-sundog_sso' : 'sundog_sso';
}
