// What people see whose sign-on was refused: that it was, and what to tell an administrator; never why.
import { html, htmlPage } from '#http/html.ts';

/** `attempt`: its number, where it could be kept. */
export function refusalPage(
  nonce: string,
  { attempt, failed }: { readonly attempt: number | undefined; readonly failed: boolean },
): string {
  return htmlPage(nonce, {
    title: 'Not signed in',
    body: html`<h1>You are not signed in</h1>
<p>${
      failed
        ? 'Something went wrong on our side. Try again in a minute.'
        : 'Signing in this way did not work.'
    }</p>
${
  attempt !== undefined &&
  html`<p>If it keeps happening, tell your service desk this number:</p>
<p class="number">Attempt ${attempt}</p>`
}
<p><a href="/auth/login?local=1">Back to sign-in</a></p>`,
  });
}
