// What the pages of self-service share: hidden proof, refusals, a QR code, fields for codes and passwords.
import { encode } from 'uqr';
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

/** One path of dark squares on white, in whichever colours the page is: cameras want it so. */
export function qrCode(text: string): Html {
  const { size, data } = encode(text, { border: 2 });
  const squares = data.flatMap((row, y) =>
    row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])),
  );
  return html`<svg viewBox="0 0 ${size} ${size}" width="220" height="220" role="img"
 aria-label="The QR code for your app" shape-rendering="crispEdges">
<rect width="${size}" height="${size}" fill="#fff"/><path d="${squares.join('')}" fill="#000"/></svg>`;
}

export function step(number: number, of: number, what: string): Html {
  return html`<p class="quiet">Step ${number} of ${of} · ${what}</p>`;
}
