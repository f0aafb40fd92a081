// The pages of linking an identity to oneself.
import { html, htmlPage } from '#http/html.ts';
import type { Answer } from '#http/route.ts';

export function linkPage(
  nonce: string,
  page: {
    readonly guid: string;
    readonly application: string;
    readonly person: string;
    readonly csrf: string;
    readonly back: string;
  },
): string {
  return htmlPage(nonce, {
    title: 'Link a sign-in',
    body: html`<h1>Link ${page.application} to you, ${page.person}?</h1>
<p>Whoever signs in at ${page.application} next, in this browser, signs in here as you from then on.
Go on only if that is you.</p>
<form method="post" action="/auth/sso/${page.guid}/link">
<input type="hidden" name="csrf" value="${page.csrf}">
<input type="hidden" name="return" value="${page.back}">
<button type="submit">Link ${page.application}</button>
</form>
<p class="quiet"><a href="${page.back}">Do not link it</a></p>`,
  });
}

export function provePage(
  nonce: string,
  page: { readonly guid: string; readonly application: string; readonly back: string },
): string {
  const here = `/auth/sso/${page.guid}/start?link=1&return=${encodeURIComponent(page.back)}`;
  return htmlPage(nonce, {
    title: 'Link a sign-in',
    body: html`<h1>Prove that it is you</h1>
<p>To link ${page.application} to yourself, sign in with your password first, and go on within five minutes.</p>
<p><a href="/auth/login?local=1&return=${encodeURIComponent(here)}">Sign in with the password</a></p>`,
  });
}

/**
 * Goes on by itself to where the protocol begins. A redirect would not do: browsers hold the redirects after
 * a form to the form-action of its page, and the other system's address is not in ours.
 */
export function onwards(answer: Answer): Answer {
  const { location, ...headers } = answer.headers ?? {};
  if (answer.status !== 303 || typeof location !== 'string') return answer;
  return {
    status: 200,
    headers,
    page: (nonce) =>
      htmlPage(nonce, {
        title: 'Link a sign-in',
        body: html`<p><a href="${location}">Go on</a></p>`,
        refreshTo: location,
      }),
  };
}
