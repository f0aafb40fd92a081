// What the pages of self-service share: hidden proof, refusals, fields for codes and passwords.
import { type Html, html } from '#http/html.ts';

export function proofField(csrf: string): Html {
  return html`<input type="hidden" name="csrf" value="${csrf}">`;
}

export function told(refusal: string | undefined): Html | undefined {
  return refusal === undefined ? undefined : html`<p class="bad" role="alert">${refusal}</p>`;
}

export function codeField(id: string, label: string, digits: number): Html {
  return html`<label for="${id}">${label}</label>
<input id="${id}" name="${id}" type="text" inputmode="numeric" autocomplete="one-time-code" required
 maxlength="${digits + 4}" spellcheck="false">`;
}

export function step(number: number, of: number, what: string): Html {
  return html`<p class="quiet">Step ${number} of ${of} · ${what}</p>`;
}
