// The logo of a button: an image within the page itself, for a sign-in page fetches nothing from elsewhere.
import { createHash } from 'node:crypto';
import { z } from 'zod';

export const logoBytesMax = 64 * 1024;

/** Of each kind how its bytes begin, in hexadecimal. */
const beginnings: Readonly<Record<string, RegExp>> = {
  'image/png': /^89504e470d0a1a0a/,
  'image/jpeg': /^ffd8ff/,
  'image/gif': /^47494638(37|39)61/,
  'image/webp': /^52494646.{8}57454250/,
  // "<svg" is somewhere in it. An image alone: no browser runs its scripts or fetches anything for it.
  'image/svg+xml': /3c737667/,
};

/** `data:image/png;base64,…`, whose bytes are what they say they are. */
export const Logo = z
  .string()
  .trim()
  .max(Math.ceil((logoBytesMax * 4) / 3) + 100, 'is larger than 64 KiB')
  .superRefine((text, context) => {
    const [, type = '', base64 = ''] =
      /^data:(image\/[a-z+]+);base64,([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
    const beginning = beginnings[type];
    if (beginning === undefined) {
      const types = Object.keys(beginnings).map((one) => one.replace('image/', ''));
      context.addIssue(`must be data:image/…;base64,… of ${types.join(', ')}`);
      return;
    }
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length > logoBytesMax) context.addIssue('is larger than 64 KiB');
    if (!beginning.test(bytes.toString('hex'))) context.addIssue(`is no ${type}`);
  });

/** For the audit trail: what it is, without its bytes. */
export function logoInWords(logo: string): string {
  const [head = '', base64 = ''] = logo.split(',', 2);
  const type = /image\/[a-z+]+/.exec(head)?.[0] ?? 'image';
  const bytes = Buffer.from(base64, 'base64');
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  return `${type}, ${bytes.length} bytes, SHA-256 ${hash}…`;
}
