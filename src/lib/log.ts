// The hub's log: one line an event, as JSON or for a person's eyes, with every secret masked.
import { inspect } from 'node:util';
import { Secret } from './secret.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];
export type LogFields = Readonly<Record<string, unknown>>;

export type Log = {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
};

export type LogOptions = {
  readonly format: 'json' | 'pretty';
  readonly level: LogLevel;
  readonly write?: (line: string) => void;
  readonly now?: () => Date;
};

/** Names whose values are never written, whatever they hold. */
const secretNames =
  /pass(word|wd|phrase)|secret|token|authori[sz]ation|cookie|api[-_]?key|private[-_]?key|master[-_]?key|credential|unicodepwd/i;

const depthMax = 6;
const listMax = 50;
const textMax = 4_000;

export function openLog(options: LogOptions): Log {
  const write = options.write ?? ((line) => void process.stderr.write(line));
  const now = options.now ?? (() => new Date());
  const render = options.format === 'json' ? asJson : asText;
  const least = logLevels.indexOf(options.level);
  function at(level: LogLevel) {
    if (logLevels.indexOf(level) < least) return () => {};
    return (message: string, fields: LogFields = {}) =>
      write(render(now(), level, message, maskFields(fields)));
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A log that says nothing, for where nobody listens. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A copy fit for a log: secrets masked, errors spelt out, size and depth limited. */
export function maskFields(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, maskNamed(name, value, 0)]),
  );
}

function maskNamed(name: string, value: unknown, depth: number): unknown {
  return secretNames.test(name) && value !== undefined && value !== null
    ? '[secret]'
    : mask(value, depth);
}

function mask(value: unknown, depth: number): unknown {
  if (value instanceof Secret) return '[secret]';
  if (typeof value === 'string') return shorten(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= depthMax) return '[deeper]';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Error) return maskError(value, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map) return mask(Object.fromEntries(value), depth);
  if (value instanceof Set) return mask([...value], depth);
  if (Array.isArray(value)) {
    const kept = value.slice(0, listMax).map((item) => mask(item, depth + 1));
    return value.length > listMax ? [...kept, `and ${value.length - listMax} more`] : kept;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, maskNamed(name, inner, depth + 1)]),
  );
}

function maskError(error: Error, depth: number): unknown {
  // An error's other members may quote what was sent (rows, requests); only these are let through.
  const members = Object.entries(error).filter(([name]) =>
    ['code', 'status', 'constraint', 'table', 'column', 'routine', 'detail'].includes(name),
  );
  // PostgreSQL's `detail` quotes the row's values; a Problem's detail is ours and wanted.
  const own = members.filter(([name]) => name !== 'detail' || error.name === 'Problem');
  return {
    name: error.name,
    message: shorten(error.message),
    ...Object.fromEntries(own.map(([name, value]) => [name, maskNamed(name, value, depth + 1)])),
    stack: shorten(error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: mask(error.cause, depth + 1) }),
  };
}

function shorten(text: string): string {
  return text.length > textMax ? `${text.slice(0, textMax)}… (${text.length} characters)` : text;
}

function asJson(at: Date, level: LogLevel, message: string, fields: LogFields): string {
  return `${JSON.stringify({ time: at.toISOString(), level, message: shorten(message), ...fields })}\n`;
}

function asText(at: Date, level: LogLevel, message: string, fields: LogFields): string {
  const { error, ...rest } = fields;
  const words = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) => `${name}=${oneLine(typeof value === 'string' ? value : inline(value))}`,
    );
  const line = [at.toISOString().slice(11, 19), level.padEnd(5), oneLine(message), ...words];
  return `${line.join(' ')}\n${error === undefined ? '' : `${spelt(error)}\n`}`;
}

function inline(value: unknown): string {
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: depthMax });
}

/** A line break could forge a second line, an escape sequence could rewrite the terminal. */
function oneLine(text: string): string {
  return shorten(text).replaceAll(/\p{Cc}+/gu, ' ');
}

function spelt(error: unknown): string {
  const text =
    typeof error === 'object' && error !== null && 'stack' in error
      ? String(error.stack)
      : inline(error);
  return text.replaceAll(/^/gm, '    ');
}
