// The pages of signing in: plain HTML, complete without a script.
import { type Html, html, htmlPage } from '#http/html.ts';
import { passkeyForm } from './passkey-form.ts';
import { type SignOnButton, signOnButtons, signOnStyle } from './sign-on-buttons.ts';

type Common = { readonly csrf: string; readonly back: string; readonly refusal?: string };

export function signInPage(
  nonce: string,
  page: Common & {
    readonly login: string;
    readonly passkeys: boolean;
    readonly whose?: string | undefined;
    readonly buttons: readonly SignOnButton[];
  },
): string {
  const { buttons, whose } = page;
  return htmlPage(nonce, {
    title: 'Sign in',
    style: signOnStyle(buttons),
    body: html`<h1>Sign in</h1>
${told(page.refusal)}
${signOnButtons(buttons)}
<form method="post" action="/auth/login">
${hidden(page)}
${whose !== undefined && html`<input type="hidden" name="entity" value="${whose}">`}
<label for="login">E-mail address</label>
<input id="login" name="login" type="text" inputmode="email" autocomplete="username" required
 maxlength="254" autocapitalize="none" spellcheck="false" value="${page.login}"
 ${page.login === '' && buttons.length === 0 && html`autofocus`}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required
 maxlength="1024" ${page.login !== '' && html`autofocus`}>
<button type="submit">Sign in</button>
</form>
${page.passkeys && passkeyForm(nonce, { csrf: page.csrf, back: page.back, step: 'sign-in' })}`,
  });
}

export function passwordPage(
  nonce: string,
  page: Common & { readonly name: string; readonly must: boolean; readonly charactersMin: number },
): string {
  return htmlPage(nonce, {
    title: 'Choose a password',
    body: html`<h1>Choose a password, ${page.name}</h1>
${told(page.refusal)}
<p class="quiet">${
      page.must && 'The one you signed in with was made for you; only you should know the next. '
    }At least ${page.charactersMin} characters; a few words you can remember will do.</p>
<form method="post" action="/auth/password">
${hidden(page)}
<label for="present">Present password</label>
<input id="present" name="present" type="password" autocomplete="current-password" required
 maxlength="1024" autofocus>
<label for="next">New password</label>
<input id="next" name="next" type="password" autocomplete="new-password" required maxlength="1024">
<label for="again">New password, again</label>
<input id="again" name="again" type="password" autocomplete="new-password" required maxlength="1024">
<button type="submit">Change the password</button>
</form>`,
  });
}

export function signOutPage(nonce: string, page: Common & { readonly name: string }): string {
  return htmlPage(nonce, {
    title: 'Sign out',
    body: html`<h1>Sign out, ${page.name}?</h1>
<form method="post" action="/auth/logout">
${hidden(page)}
<button type="submit">Sign out</button>
</form>
<p class="quiet"><a href="${page.back}">Stay signed in</a></p>`,
  });
}

/** The page itself, also where it goes on to a provider by itself: who signed out would be back at once. */
export const freshStart = '/auth/login?local=1';

export function signedOutPage(nonce: string): string {
  return htmlPage(nonce, {
    title: 'Signed out',
    body: html`<h1>You are signed out</h1><p><a href="${freshStart}">Sign in again</a></p>`,
  });
}

export function yourselfAgainPage(
  nonce: string,
  page: { readonly name: string; readonly back: string },
): string {
  return htmlPage(nonce, {
    title: 'You are yourself again',
    body: html`<h1>You are yourself again, ${page.name}</h1>
<p>Acting as somebody else has ended.</p>
<p><a href="${page.back}">Go on</a></p>`,
  });
}

/**
 * Goes on by itself. A redirect would not do: browsers hold the redirects after a form to the
 * form-action of its page, and an application's own address is not in ours.
 */
export function onwardPage(nonce: string, to: string): string {
  return htmlPage(nonce, {
    title: 'Signed in',
    body: html`<p>You are signed in. <a href="${to}">Go on</a></p>`,
    refreshTo: to,
  });
}

export function told(refusal: string | undefined): Html | undefined {
  return refusal === undefined ? undefined : html`<p class="bad" role="alert">${refusal}</p>`;
}

export function hidden(page: Common): Html {
  return html`<input type="hidden" name="csrf" value="${page.csrf}">
<input type="hidden" name="return" value="${page.back}">`;
}
