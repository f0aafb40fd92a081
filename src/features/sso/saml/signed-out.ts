// The end of a logout.
import { html, htmlPage } from '#http/html.ts';
import type { Answer } from '#http/route.ts';

export const signedOutAnswer: Answer = {
  status: 200,
  page: (nonce) => page(nonce, 'Your session has ended.'),
};

/** The session here has ended whatever the provider says. */
export function signedOutOf(name: string, complete: boolean): Answer {
  const sentence = complete
    ? `Your session has ended here and at ${name}.`
    : `Your session has ended here. ${name} could not end all of yours there: close the browser.`;
  return { status: 200, page: (nonce) => page(nonce, sentence) };
}

function page(nonce: string, sentence: string): string {
  return htmlPage(nonce, {
    title: 'Signed out',
    body: html`<h1>You are signed out</h1>
<p>${sentence}</p>
<p><a href="/auth/login">Sign in again</a></p>`,
  });
}
