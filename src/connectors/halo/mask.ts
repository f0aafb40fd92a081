// Takes secrets out of texts that people will see: what a call asked and what came back.
import type { Secret } from '#lib/secret.ts';

const stars = '••••••';

/** JSON members and form fields whose value is a secret, whoever sent it. */
const tellingNames =
  /("(?:access_token|refresh_token|id_token|client_secret|api_?key|(?:new_)?[a-z_]*password|new_[a-z_]*secret[a-z_]*|passphrase)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi;

/** The text without the given secrets (plain, URL-encoded or Base64) and without what is named like one. */
export function masked(text: string, secrets: readonly Secret[]): string {
  return secrets
    .map((secret) => secret.reveal())
    .filter((plain) => plain.length >= 4)
    .flatMap((plain) => [plain, encodeURIComponent(plain), Buffer.from(plain).toString('base64')])
    .reduce((left, plain) => left.replaceAll(plain, stars), text)
    .replace(tellingNames, `$1"${stars}"`);
}
