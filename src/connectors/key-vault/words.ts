// What Azure's error answers say, on one line, not too long, and without anything that is secret.
import { z } from 'zod';
import type { Secret } from '#lib/secret.ts';

const VaultError = z.object({
  error: z.object({
    code: z.string(),
    message: z.string().default(''),
    innererror: z.object({ code: z.string() }).nullish().catch(null),
  }),
});

/** Code, message and the innermost reason of a vault's refusal; empty where it is none. */
export function vaultError(text: string): {
  readonly code: string;
  readonly reason: string;
  readonly said: string;
} {
  const parsed = VaultError.safeParse(jsonOf(text));
  if (!parsed.success) return { code: '', reason: '', said: '' };
  const { code, message, innererror } = parsed.data.error;
  return { code, reason: innererror?.code ?? '', said: message };
}

const LoginError = z.object({
  error: z.string(),
  error_description: z.string().nullish(),
  error_codes: z.array(z.number()).nullish().catch(null),
});

/** Entra's code (AADSTS...) and first line; undefined where the answer is not Entra's. */
export function loginError(
  text: string,
): { readonly error: string; readonly aadsts: number; readonly said: string } | undefined {
  const parsed = LoginError.safeParse(jsonOf(text));
  if (!parsed.success) return undefined;
  const { error, error_description, error_codes } = parsed.data;
  const said = error_description?.split(/\r?\n/)[0] ?? '';
  const code = error_codes?.[0] ?? Number(/AADSTS(\d+)/.exec(said)?.[1] ?? 0);
  return { error, aadsts: code, said };
}

const lettersMax = 200;

/** In brackets behind a sentence, or nothing. */
export function quoted(said: string, secrets: readonly Secret[]): string {
  const hidden = secrets
    .map((secret) => secret.reveal())
    .filter((plain) => plain.length >= 4)
    .flatMap((plain) => [plain, encodeURIComponent(plain)])
    .reduce((left, plain) => left.replaceAll(plain, '••••••'), said);
  const line = hidden
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .replace(/[.\s]+$/, '');
  if (line === '') return '';
  return ` (${line.length > lettersMax ? `${line.slice(0, lettersMax)}…` : line})`;
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isPage({
  headers,
  text,
}: {
  headers: Readonly<Record<string, string>>;
  text: string;
}) {
  return /\bhtml\b/i.test(headers['content-type'] ?? '') || /^\s*<(!doctype|html)/i.test(text);
}
