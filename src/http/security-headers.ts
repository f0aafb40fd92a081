// What every answer tells a browser: run nothing, frame nothing, guess nothing.
import { randomBytes } from 'node:crypto';

export function newNonce(): string {
  return randomBytes(16).toString('base64');
}

/** Headers of every answer; JSON needs no more. */
export function plainHeaders(https: boolean): Readonly<Record<string, string>> {
  return {
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    ...(https ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
}

/**
 * A page of our own: nothing from elsewhere, and only what carries this answer's nonce runs. `formsTo`: an
 * origin its forms may be sent to; of anything else, such as a text that holds a semicolon, it is refused.
 */
export function pagePolicy(nonce: string, formsTo?: string): string {
  const own = [`style-src 'nonce-${nonce}'`, `script-src 'nonce-${nonce}'`];
  if (formsTo === undefined) return policy(own);
  if (new URL(formsTo).origin !== formsTo) throw new RangeError(`${formsTo} is no origin`);
  return policy(own, `'self' ${formsTo}`);
}

/** The console: its own files, and style elements that carry the nonce. */
export function consolePolicy(nonce: string): string {
  return policy([
    `style-src 'self' 'nonce-${nonce}'`,
    `script-src 'self' 'nonce-${nonce}'`,
    "worker-src 'self'",
    "manifest-src 'self'",
  ]);
}

function policy(own: readonly string[], forms = "'self'"): string {
  return [
    "default-src 'none'",
    ...own,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    `form-action ${forms}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
