// The page's nonce, for the styles made at run time; zod is told not to compile code (strict CSP).
import { z } from 'zod';

declare global {
  var __webpack_nonce__: string | undefined;
}

z.config({ jitless: true });

const nonce = document.querySelector('meta[name="csp-nonce"]')?.getAttribute('content') ?? '';
globalThis.__webpack_nonce__ = nonce;

export function styleNonce(): string {
  return nonce;
}
