// The pages of the second step: a code, a passkey, or setting up an app because one is asked for.
import { type Html, html, htmlPage } from '#http/html.ts';
import { qrCode } from '#http/qr-code.ts';
import { hidden, told } from './pages.ts';
import { passkeyForm } from './passkey-form.ts';
import type { FactorsOf } from './passkey-queries.ts';

type Common = { readonly csrf: string; readonly refusal?: string };

export function provePage(
  nonce: string,
  page: Common & {
    readonly name: string;
    readonly factors: FactorsOf;
    readonly passkeysWork: boolean;
  },
): string {
  const { csrf, factors } = page;
  const passkeys = factors.passkeys > 0 && page.passkeysWork;
  const back = '/';
  return htmlPage(nonce, {
    title: 'Second factor',
    body: html`<h1>One more step, ${page.name}</h1>
${told(page.refusal)}
${passkeys && passkeyForm(nonce, { csrf, back, step: 'second-factor' })}
${(factors.app || factors.recoveryCodes > 0) && codeForm(page)}
<p class="quiet"><a href="/auth/login?local=1">Sign in as somebody else</a></p>`,
  });
}

function codeForm({ csrf, factors }: Parameters<typeof provePage>[1]): Html {
  const { app, recoveryCodes } = factors;
  const label = app ? 'The code your app shows' : 'A recovery code';
  const hint = app && recoveryCodes > 0;
  return html`<form method="post" action="/auth/second-factor">
${hidden({ csrf, back: '/' })}
<label for="code">${label}</label>
<input id="code" name="code" type="text" autocomplete="one-time-code" required maxlength="40"
 autocapitalize="none" spellcheck="false" ${hint && html`aria-describedby="lost"`} autofocus>
${hint && html`<p class="quiet" id="lost">Without your phone, type one of your recovery codes.</p>`}
<button type="submit">Sign in</button>
</form>`;
}

export function setUpPage(
  nonce: string,
  page: Common & { readonly name: string; readonly link: string; readonly letters: string },
): string {
  return htmlPage(nonce, {
    title: 'Set up a second factor',
    body: html`<h1>Set up a second factor, ${page.name}</h1>
${told(page.refusal)}
<p>Agents prove themselves with more than a password here. Scan this with Microsoft Authenticator,
 Google Authenticator, 2FAS or any other app that shows codes.</p>
${qrCode(page.link)}
<p class="quiet">Or type these letters: <code>${page.letters.replaceAll(/(.{4})/g, '$1 ').trim()}</code></p>
<form method="post" action="/auth/second-factor">
${hidden({ csrf: page.csrf, back: '/' })}
<label for="code">The code the app shows</label>
<input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" required
 maxlength="10" spellcheck="false">
<button type="submit">Set up the app and sign in</button>
</form>`,
  });
}

export function recoveryCodesPage(
  nonce: string,
  page: { readonly codes: readonly string[]; readonly to: string },
): string {
  return htmlPage(nonce, {
    title: 'Your recovery codes',
    body: html`<h1>Keep these recovery codes</h1>
<p>Each signs you in once, should you lose your phone. Print them or put them where you keep passwords:
 they are not shown again.</p>
<ul>${page.codes.map((code) => html`<li><code>${code}</code></li>`)}</ul>
<p><a href="${page.to}">I have kept them; go on</a></p>`,
  });
}
