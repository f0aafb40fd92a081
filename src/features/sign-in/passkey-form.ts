// The button that asks for a passkey: a form that a small script fills in; without one it is not shown.
import { type Html, html } from '#http/html.ts';

export type PasskeyStep = 'sign-in' | 'second-factor';

export function passkeyForm(
  nonce: string,
  form: { readonly csrf: string; readonly back: string; readonly step: PasskeyStep },
): Html {
  const words = form.step === 'sign-in' ? 'Sign in with a passkey' : 'Use a passkey';
  return html`<form method="post" action="/auth/passkey" id="passkey" hidden>
<input type="hidden" name="csrf" value="${form.csrf}">
<input type="hidden" name="return" value="${form.back}">
<input type="hidden" name="step" value="${form.step}">
<input type="hidden" name="credential">
<button type="submit" class="second">${words}</button>
<p class="bad" role="alert" id="passkey-refusal" hidden></p>
</form>
<script nonce="${nonce}">${script}</script>`;
}

/** Plain enough for every browser that has passkeys. */
const script: Html = {
  markup: `
const form = document.getElementById('passkey');
const refusal = document.getElementById('passkey-refusal');
const bytes = (text) => {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
};
const letters = (buffer) => {
  const signs = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('');
  return btoa(signs).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
};
async function optionsOf({ csrf, step }) {
  const told = await fetch('/auth/passkey/options', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ csrf: csrf.value, step: step.value }),
  });
  const answer = await told.json();
  if (!told.ok) throw new Error(answer.detail);
  const known = answer.allowCredentials || [];
  return {
    ...answer,
    challenge: bytes(answer.challenge),
    allowCredentials: known.map((one) => ({ ...one, id: bytes(one.id) })),
  };
}
async function ask() {
  const publicKey = await optionsOf(form.elements);
  const { id, rawId, type, response } = await navigator.credentials.get({ publicKey });
  const { clientDataJSON, authenticatorData, signature, userHandle } = response;
  form.elements.credential.value = JSON.stringify({
    id,
    rawId: letters(rawId),
    type,
    response: {
      clientDataJSON: letters(clientDataJSON),
      authenticatorData: letters(authenticatorData),
      signature: letters(signature),
      ...(userHandle ? { userHandle: letters(userHandle) } : {}),
    },
    clientExtensionResults: {},
  });
  form.submit();
}
function tell(error) {
  const gaveUp = error.name === 'NotAllowedError' || error.name === 'AbortError';
  refusal.textContent = gaveUp ? 'No passkey was used. Try again, or use another way.' : error.message;
  refusal.hidden = false;
}
if (window.PublicKeyCredential) form.hidden = false;
form.addEventListener('submit', (event) => {
  event.preventDefault();
  refusal.hidden = true;
  ask().catch(tell);
});
`,
};
