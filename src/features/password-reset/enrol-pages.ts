// The pages of enrolment: plain HTML, complete without a script.
import { type Html, html, htmlPage } from '#http/html.ts';
import { qrCode } from '#http/qr-code.ts';
import { answerLengths, answersMax, answersMin } from './answers.ts';
import type { Enrolling } from './enrolments.ts';
import { maskedAddress } from './outside-address.ts';
import { codeField, proofField, step, told } from './page-parts.ts';
import type { Question } from './questions.ts';

type Common = { readonly csrf: string; readonly refusal?: string | undefined };

const title = 'Set up resetting your password';

export function linkPage(nonce: string, page: Common & { readonly user?: string }): string {
  const mine =
    page.user === undefined
      ? undefined
      : html`<form method="post" action="/reset/enrol/me">${proofField(page.csrf)}
<p>You are signed in as ${page.user}.</p>
<button type="submit">Set it up for ${page.user}</button></form>
<h2>Or with the code of a mail</h2>`;
  return htmlPage(nonce, {
    title,
    body: html`<h1>${title}</h1>
${told(page.refusal)}
${mine}
<p>Your service desk has mailed you a link with a code. It opens once.</p>
<form method="post" action="/reset/enrol">
${proofField(page.csrf)}
<label for="link">Code from the mail</label>
<input id="link" name="link" type="text" required maxlength="60" autocomplete="off"
 autocapitalize="none" spellcheck="false">
<button type="submit">Begin</button>
</form>
${fillIn(nonce)}`,
  });
}

/** The code stands behind the # of the link, where only a script of the page can read it. */
function fillIn(nonce: string): Html {
  return html`<script nonce="${nonce}">${script}</script>`;
}

const script: Html = {
  markup: `
const code = location.hash.slice(1);
if (/^[a-z0-9-]{20,60}$/i.test(code)) {
  document.getElementById('link').value = code;
  history.replaceState(null, '', location.pathname);
}
`,
};

export type Row = { readonly questionId: number | undefined; readonly answer: string };

export function questionsPage(
  nonce: string,
  page: Common & {
    readonly name: string;
    readonly offered: readonly Question[];
    readonly rows: readonly Row[];
  },
): string {
  return htmlPage(nonce, {
    title: 'Your questions',
    body: html`${step(1, 2, title)}
<h1>Choose your questions, ${page.name}</h1>
${told(page.refusal)}
<p>At least ${answersMin}, better ${answersMax}. Some of them are asked each time, always together with a
 second factor. Nobody can read your answers, here or at the service desk.</p>
<p class="quiet">An answer needs ${answerLengths.min} letters or digits or more. Capitals, spaces and
 punctuation do not matter. It need not be true; it needs to be yours alone.</p>
<form method="post" action="/reset/enrol/questions" autocomplete="off">
${proofField(page.csrf)}
${Array.from({ length: answersMax }, (_, index) => row(index, page.offered, page.rows[index]))}
<button type="submit">Keep my answers</button>
</form>`,
  });
}

function row(index: number, offered: readonly Question[], given: Row | undefined): Html {
  const number = index + 1;
  const needed = index < answersMin && html`required`;
  const chosen = given?.questionId ?? (index < answersMin ? offered[index]?.id : undefined);
  return html`<fieldset><legend>Question ${number}${index >= answersMin && ', if you like'}</legend>
<label for="question${number}">Question</label>
<select id="question${number}" name="question${number}" ${needed}>
${index >= answersMin && html`<option value="">None</option>`}
${offered.map(
  ({ id, name }) => html`<option value="${id}" ${id === chosen && html`selected`}>${name}</option>`,
)}
</select>
<label for="answer${number}">Answer</label>
<input id="answer${number}" name="answer${number}" type="text" maxlength="${answerLengths.max}"
 autocomplete="off" spellcheck="false" value="${given?.answer ?? ''}" ${needed}>
</fieldset>`;
}

export function factorPage(
  nonce: string,
  page: Common & {
    readonly enrolling: Enrolling;
    readonly app: { readonly link: string; readonly letters: string } | undefined;
    /** What was refused: the app's code, the address or its code. */
    readonly at?: 'app' | 'address' | 'code' | undefined;
  },
): string {
  const { enrolling } = page;
  const ready = enrolling.hasApp || enrolling.outside !== undefined;
  return htmlPage(nonce, {
    title: 'Your second factor',
    body: html`${step(2, 2, title)}
<h1>Choose a second factor</h1>
<p>Answers alone never reset a password. One of these is enough; with both you are safe should you
 lose your phone.</p>
<h2>An app that shows codes</h2>
${page.at === 'app' && told(page.refusal)}
${appPart(page)}
<h2>An address outside</h2>
${page.at !== 'app' && told(page.refusal)}
${addressPart(page)}
${
  ready &&
  html`<form method="post" action="/reset/enrol/done">${proofField(page.csrf)}
<button type="submit">Finish</button></form>`
}`,
  });
}

function appPart({ enrolling, app, csrf }: Parameters<typeof factorPage>[1]): Html {
  if (app === undefined) return html`<p class="good">✓ Your app is set up.</p>`;
  return html`${enrolling.hasApp && html`<p class="quiet">A new app takes the place of the old one.</p>`}
<p>Scan this with Microsoft Authenticator, Google Authenticator, 2FAS or any other.</p>
${qrCode(app.link)}
<p class="quiet">Or type these letters: <code>${app.letters.replaceAll(/(.{4})/g, '$1 ').trim()}</code></p>
<form method="post" action="/reset/enrol/app" autocomplete="off">${proofField(csrf)}
${codeField('code', 'The code the app shows', 6)}
<button type="submit">Set up the app</button></form>`;
}

function addressPart({ enrolling, csrf }: Parameters<typeof factorPage>[1]): Html {
  const { outside, waiting } = enrolling;
  const now =
    outside === undefined
      ? undefined
      : html`<p class="good">✓ ${maskedAddress(outside)} is yours. It gets codes once it has stood for 72 hours.</p>`;
  if (waiting !== undefined) {
    return html`${now}<p>A code is on its way to ${waiting}.</p>
<form method="post" action="/reset/enrol/address/code" autocomplete="off">${proofField(csrf)}
${codeField('mailed', 'The code from the mail', 8)}
<button type="submit">This address is mine</button></form>`;
  }
  return html`${now}<p>A private mailbox that you can read while your account is locked, not one of your
 organisation.</p>
<form method="post" action="/reset/enrol/address">${proofField(csrf)}
<label for="address">Mail address</label>
<input id="address" name="address" type="email" required maxlength="254" autocomplete="email">
<button type="submit">Mail me a code</button></form>`;
}

export function enrolledPage(nonce: string, page: { readonly name: string }): string {
  return htmlPage(nonce, {
    title: 'All set',
    body: html`<h1>All set, ${page.name}</h1>
<p>If you ever forget your password or are locked out, open <a href="/reset">the page to reset it</a> from
 any browser, also of a colleague. Remember that address, or ask the service desk for it.</p>
<p class="quiet">Whenever somebody tries to reset your password, you are told by mail.</p>`,
  });
}

export function enrolOverPage(nonce: string): string {
  return htmlPage(nonce, {
    title: 'This link is over',
    body: html`<h1>This enrolment is over</h1>
<p>It was open for an hour, or the link was used already. Whatever you have set up so far is kept.</p>
<p>Ask your service desk for a new link.</p>`,
  });
}
