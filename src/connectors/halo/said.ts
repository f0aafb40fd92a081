// The sentence in one of Halo's error answers, which come in half a dozen shapes (halo-api.md 1.5).
import { z } from 'zod';

const words = z.string().trim().min(1);

const shapes = z.union([
  z.object({ errorMessage: words }).transform(({ errorMessage }) => errorMessage),
  z.object({ Message: words }).transform(({ Message }) => Message),
  z.object({ message: words }).transform(({ message }) => message),
  z.object({ error_description: words }).transform((error) => error.error_description),
  z.object({ error: words }).transform(({ error }) => error),
  z
    .object({ errors: z.record(z.string(), z.array(words)) })
    .transform(({ errors }) => list(errors)),
  z.object({ detail: words }).transform(({ detail }) => detail),
  z.record(z.string(), z.array(words)).transform(list),
  words,
]);

const lettersMax = 300;

/** What the answer says, on one line and not too long; empty when it says nothing or is a web page. */
export function saidBy(text: string): string {
  if (/^\s*</.test(text)) return '';
  const parsed = shapes.safeParse(jsonOrText(text));
  const said = parsed.success ? parsed.data : '';
  const line = said
    .replace(/\s+/g, ' ')
    .replace(/[.\s]+$/, '')
    .trim();
  return line.length > lettersMax ? `${line.slice(0, lettersMax)}…` : line;
}

function list(errors: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(errors)
    .map(([path, messages]) => `${path}: ${messages.join(', ')}`)
    .join('; ');
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
