// Sends a message to the provider through the browser: by a redirect, or by a form that sends itself.
import type { SamlEndpoint, SamlMessage, Sending } from '#domain/ports/saml.ts';
import { onwardPage } from '#features/sso/onward-page.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { html, htmlPage } from '#http/html.ts';
import type { Answer } from '#http/route.ts';

type Words = { readonly title: string; readonly sentence: string };

export function send(
  { saml }: Pick<SsoPorts, 'saml'>,
  { binding }: Pick<SamlEndpoint, 'binding'>,
  given: { readonly message: SamlMessage; readonly sending: Sending; readonly words: Words },
): Answer {
  const { message, sending, words } = given;
  if (binding === 'redirect') {
    return { status: 303, headers: { location: saml.asRedirect(message, sending) } };
  }
  const { action, fields } = saml.asForm(message, sending);
  return {
    status: 200,
    page: (nonce) => formPage(nonce, { ...words, action, fields }),
    formsTo: new URL(action).origin,
  };
}

/** After a form of ours: browsers hold a redirect to the form-action of the page the form stood on. */
export function sendFromForm(
  ports: Pick<SsoPorts, 'saml'>,
  endpoint: Pick<SamlEndpoint, 'binding'>,
  given: Parameters<typeof send>[2] & { readonly name: string },
): Answer {
  if (endpoint.binding === 'post') return send(ports, endpoint, given);
  const to = ports.saml.asRedirect(given.message, given.sending);
  return { status: 200, page: (nonce) => onwardPage(nonce, given.name, to) };
}

type FormPage = Words & {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
};

/** Without script the button does it. */
function formPage(nonce: string, { title, sentence, action, fields }: FormPage): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return htmlPage(nonce, {
    title,
    body: html`<h1>${title}</h1>
<p>${sentence}</p>
<form id="onward" method="post" action="${action}">
${inputs}
<button type="submit">Go on</button>
</form>
<script nonce="${nonce}">document.getElementById("onward").submit();</script>`,
  });
}
