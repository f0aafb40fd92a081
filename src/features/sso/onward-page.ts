// The page between signing out here and at the provider: it goes on by itself.
import { html, htmlPage } from '#http/html.ts';

/** A redirect would not do: browsers hold those after a form to the form-action of its page. */
export function onwardPage(nonce: string, name: string, to: string): string {
  return htmlPage(nonce, {
    title: 'Signed out',
    body: html`<h1>You are signed out here</h1>
<p>Now of ${name} too. <a href="${to}">Go on</a></p>`,
    refreshTo: to,
  });
}
