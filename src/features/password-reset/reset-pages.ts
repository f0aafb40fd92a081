// The pages of /reset: plain HTML, complete without a script, the same for whoever is named.
import { passwordLengths } from '#domain/password-strength.ts';
import { type Html, html, htmlPage } from '#http/html.ts';
import { answerLengths } from './answers.ts';
import { passwordMax } from './finish.ts';
import { codeDigits } from './limits.ts';
import { codeField, proofField, step, told } from './page-parts.ts';
import type { Question } from './questions.ts';
import type { Factor, ResetRequest } from './requests.ts';

type Common = { readonly csrf: string; readonly refusal?: string | undefined };

const steps = 3;

export function identifyPage(
  nonce: string,
  page: Common & { readonly login: string; readonly factor: Factor },
): string {
  return htmlPage(nonce, {
    title: 'Reset your password',
    body: html`${step(1, steps, 'Who you are')}
<h1>Reset your password or unlock your account</h1>
${told(page.refusal)}
<form method="post" action="/reset">
${proofField(page.csrf)}
<label for="login">Login or mail address</label>
<input id="login" name="login" type="text" required maxlength="254" autocomplete="username"
 autocapitalize="none" spellcheck="false" value="${page.login}">
<fieldset><legend>Your second factor</legend>
${choice('factor', 'app', 'The code of my authenticator app', page.factor === 'app')}
${choice('factor', 'mail', 'A code mailed to my outside address', page.factor === 'mail')}
</fieldset>
<button type="submit">Go on</button>
</form>
<p class="quiet">This works once you have <a href="/reset/enrol">set it up</a>. If you have not, call
 your service desk.</p>`,
  });
}

function choice(name: string, value: string, words: string, checked: boolean): Html {
  return html`<label class="choice"><input type="radio" name="${name}" value="${value}" required
 ${checked && html`checked`}>${words}</label>`;
}

export function provePage(
  nonce: string,
  page: Common & { readonly factor: Factor; readonly questions: readonly Question[] },
): string {
  return htmlPage(nonce, {
    title: 'Show that it is you',
    body: html`${step(2, steps, 'Show that it is you')}
<h1>Show that it is you</h1>
${told(page.refusal)}
<form method="post" action="/reset/prove" autocomplete="off">
${proofField(page.csrf)}
${page.questions.map(
  ({ id, name }) => html`<label for="answer${id}">${name}</label>
<input id="answer${id}" name="answer${id}" type="text" required maxlength="${answerLengths.max}"
 autocomplete="off" autocapitalize="none" spellcheck="false">`,
)}
${factorPart(page.factor)}
<button type="submit">Go on</button>
</form>
<p class="quiet">All of it is checked together. <a href="/reset">Begin again</a> to use the other
 second factor.</p>`,
  });
}

function factorPart(factor: Factor): Html {
  if (factor === 'app') return codeField('code', 'The code your app shows', 6);
  return html`${codeField('code', 'The code from the mail', codeDigits)}
<p class="quiet">If you have set up an outside address, a code is on its way to it now. It is good for ten
 minutes.</p>`;
}

export function choosePage(
  nonce: string,
  page: Common & { readonly wanted: 'reset' | 'unlock' },
): string {
  return htmlPage(nonce, {
    title: 'Choose a new password',
    body: html`${step(3, steps, 'Choose')}
<h1>Choose a new password</h1>
${told(page.refusal)}
<form method="post" action="/reset/choose" autocomplete="off">
${proofField(page.csrf)}
<input type="hidden" name="what" value="reset">
<ul>
<li>At least ${passwordLengths.min} characters, at most ${passwordMax}; a few words will do.</li>
<li>Not your name, and nothing that people try first.</li>
<li>Not one of your last passwords, and what else your organisation asks for.</li>
</ul>
<label for="next">New password</label>
<input id="next" name="next" type="password" required maxlength="${passwordMax}"
 autocomplete="new-password">
<label for="again">New password, again</label>
<input id="again" name="again" type="password" required maxlength="${passwordMax}"
 autocomplete="new-password">
<button type="submit">Reset my password</button>
</form>
<h2>Or unlock your account</h2>
<p>If you remember your password and were only locked out after too many tries.</p>
<form method="post" action="/reset/choose">
${proofField(page.csrf)}
<input type="hidden" name="what" value="unlock">
<button type="submit" class="second">Unlock my account</button>
</form>`,
  });
}

export function resultPage(nonce: string, request: ResetRequest): string {
  if (request.state === 'started') return workingPage(nonce);
  if (request.state === 'done') return donePage(nonce, request.wanted ?? 'reset');
  return htmlPage(nonce, {
    title: 'It was not done',
    body: html`<h1>It was not done</h1>
<p class="bad" role="alert">${request.sentence ?? 'The directory did not take it.'}</p>
<p><a href="/reset">Begin again</a>, or call your service desk.</p>`,
  });
}

function workingPage(nonce: string): string {
  return htmlPage(nonce, {
    title: 'One moment',
    refreshTo: '/reset/result',
    refreshSeconds: 2,
    body: html`<h1>One moment</h1>
<p role="status">The directory is asked. This page goes on by itself;
 <a href="/reset/result">look now</a>.</p>`,
  });
}

function donePage(nonce: string, wanted: 'reset' | 'unlock'): string {
  if (wanted === 'unlock') {
    return htmlPage(nonce, {
      title: 'Your account is unlocked',
      body: html`<h1>Your account is unlocked</h1>
<p class="good" role="status">Sign in with the password you had.</p>
<p>It may take some minutes until every office knows.</p>`,
    });
  }
  return htmlPage(nonce, {
    title: 'Your password was reset',
    body: html`<h1>Your password was reset</h1>
<p class="good" role="status">Sign in with the new one.</p>
<p>Whatever you had open in the service desk was signed out. Computers that are signed in as you keep
 their Kerberos tickets until those expire, within ten hours as a rule: lock and unlock them with the new
 password. Phones and mail programs will ask for it.</p>
<p class="quiet">You were told by mail, so that you would know if it had been somebody else.</p>`,
  });
}

export function overPage(nonce: string): string {
  return htmlPage(nonce, {
    title: 'Begin again',
    body: html`<h1>This attempt is over</h1>
<p>It was open for twenty minutes, or in another browser.</p>
<p><a href="/reset">Begin again</a></p>`,
  });
}
