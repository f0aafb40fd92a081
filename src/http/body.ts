// Reads a request's body within limits: JSON and its relatives, or a form.
import type { IncomingMessage } from 'node:http';
import { refuse } from '#domain/problem.ts';

const limits = {
  /** An over-long body is read to its end and thrown away, so that the sender hears why; up to here. */
  drainBytesMax: 64 * 1024 * 1024,
  drainMsMax: 10_000,
  jsonDepthMax: 64,
  formFieldsMax: 200,
} as const;

export type BodyKind = 'json' | 'form';

const jsonType = /^(?:application|text)\/(?:[\w.!#$&^-]+\+)?json$/;
const formType = 'application/x-www-form-urlencoded';

/** The parsed body, or undefined when there is none. Refuses what is too large, strange or broken. */
export async function readBody(
  request: IncomingMessage,
  options: {
    readonly kind: BodyKind;
    readonly bytesMax: number;
    /** Whole numbers that were written with a point or an exponent arrive boxed: see parseJson. */
    readonly marksPoints?: boolean;
  },
): Promise<unknown> {
  const bytes = await readBytes(request, options.bytesMax);
  if (bytes.length === 0) return undefined;
  const type = mediaType(request.headers['content-type']);
  const wanted = options.kind === 'json' ? 'application/json' : formType;
  const fits = options.kind === 'json' ? jsonType.test(type) : type === formType;
  if (!fits) refuse('media-type.unknown', { type: type || 'unknown', wanted });
  const text = decode(bytes);
  return options.kind === 'json' ? parseJson(text, options.marksPoints) : parseForm(text);
}

function mediaType(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]?.trim().toLowerCase().slice(0, 100) ?? '';
}

async function readBytes(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0);
  const chunks: Buffer[] = [];
  let received = 0;
  const deadline = Date.now() + limits.drainMsMax;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    received += chunk.length;
    if (received > bytesMax) chunks.length = 0;
    else chunks.push(chunk);
    const tooLong = received > bytesMax || declared > limits.drainBytesMax;
    if (tooLong && (received > limits.drainBytesMax || Date.now() > deadline)) break;
  }
  if (received > bytesMax) refuse('request.too-large', { limit: inWords(bytesMax) });
  return Buffer.concat(chunks);
}

function inWords(bytes: number): string {
  const mega = bytes / (1024 * 1024);
  return mega >= 1 ? `${Math.round(mega * 10) / 10} MB` : `${Math.round(bytes / 1024)} kB`;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('request.malformed', { reason: 'it is not UTF-8' });
  }
}

/**
 * The value of a JSON text. JavaScript cannot tell 95.0 from 95, and Halo takes only the second for an
 * id (halo-api.md 1.5): where points are marked, the first arrives as a Number object.
 */
export function parseJson(text: string, marksPoints = false): unknown {
  const value = parsed(text, marksPoints && mayHavePoints.test(text) ? markPoints : undefined);
  checkDeep(value);
  return value;
}

/** Cheap, and at worst true for the text of a string: then the slower way gives the same value. */
const mayHavePoints = /\d(?:\.0|[eE])/;

function markPoints(
  _name: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  const isWhole = typeof value === 'number' && Number.isInteger(value);
  return isWhole && !/^-?\d+$/.test(context?.source ?? '0') ? Object(value) : value;
}

function parsed(text: string, reviver?: typeof markPoints): unknown {
  try {
    return JSON.parse(text, reviver);
  } catch (error) {
    // V8 quotes the text around the fault, which may be a secret: only the position is told.
    const position = /position (\d+)/.exec(String(error))?.[1];
    const where = position === undefined ? '' : ` at character ${position}`;
    return refuse('request.malformed', { reason: `it is not JSON${where}` });
  }
}

/** Takes away keys that reach into prototypes; refuses depth and text that no database can keep. */
function checkDeep(root: unknown): void {
  const waiting: { readonly value: unknown; readonly depth: number }[] = [
    { value: root, depth: 1 },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next;
    if (typeof value === 'string') checkText(value);
    if (typeof value !== 'object' || value === null) continue;
    if (depth > limits.jsonDepthMax) {
      refuse('request.malformed', { reason: `it is nested deeper than ${limits.jsonDepthMax}` });
    }
    if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__');
    if (Object.hasOwn(value, 'constructor')) Reflect.deleteProperty(value, 'constructor');
    for (const [name, inner] of Object.entries(value)) {
      checkText(name);
      if (typeof inner === 'string') checkText(inner);
      else waiting.push({ value: inner, depth: depth + 1 });
    }
  }
}

/** PostgreSQL keeps neither NUL nor half a surrogate pair. */
export function checkText(text: string): void {
  if (text.includes('\0')) refuse('request.malformed', { reason: 'it holds a NUL character' });
  if (!text.isWellFormed()) refuse('request.malformed', { reason: 'it holds half a character' });
}

function parseForm(text: string): Record<string, string | string[]> {
  const form: Record<string, string | string[]> = Object.create(null);
  const fields = [...new URLSearchParams(text)];
  if (fields.length > limits.formFieldsMax) {
    refuse('request.malformed', { reason: `it has more than ${limits.formFieldsMax} fields` });
  }
  for (const [name, value] of fields) {
    checkText(name);
    checkText(value);
    const known = form[name];
    form[name] = known === undefined ? value : [known, value].flat();
  }
  return form;
}
