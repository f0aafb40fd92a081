// Values between the wire and the store: read by syntax, compared as Active Directory compares.
import { guidBytes, guidText, isGuid, sidBytes, sidText } from '#lib/guid.ts';
import { Malformed, toText } from './ber.ts';
import { deny } from './refusals.ts';
import { type AttributeRule, findClass, type Syntax } from './schema.ts';

/**
 * A stored value: text; for octets hex; for a GUID or SID its text form; for a link the objectGUID
 * of what it points to, so that a rename needs no rewriting.
 */
export type Value = string;

/** Reads a value of anything but a link; one that does not fit its syntax is refused. */
export function readValue(rule: AttributeRule, wire: Buffer): Value {
  if (wire.length === 0) deny('value-malformed', { attribute: rule.name });
  const value = read(rule, wire);
  const length = rule.syntax === 'octets' ? wire.length : value.length;
  if (rule.lengthMax !== null && length > rule.lengthMax) {
    deny('value-constraint', { attribute: rule.name });
  }
  return value;
}

/** Reads the value of a filter; nothing when it cannot be one, so that it matches nothing. */
export function readAsserted(rule: AttributeRule, wire: Buffer): Value | undefined {
  try {
    return read(rule, wire);
  } catch {
    return undefined;
  }
}

/** A value of anything but a link as it goes over the wire. */
export function writeValue(syntax: Syntax, value: Value): Buffer {
  switch (syntax) {
    case 'octets':
      return Buffer.from(value, 'hex');
    case 'guid':
      return guidBytes(value);
    case 'sid':
      return sidBytes(value);
    default:
      return Buffer.from(value);
  }
}

/** One spelling for all spellings that count as equal. */
export function comparable(syntax: Syntax, value: Value): string {
  switch (syntax) {
    case 'text':
    case 'class':
      return fold(value);
    default:
      return value;
  }
}

/** Below zero, zero or above, for >= and <=. */
export function compareValues(syntax: Syntax, left: Value, right: Value): number {
  if (syntax === 'integer' || syntax === 'large-integer') {
    const difference = BigInt(left) - BigInt(right);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  const [one, other] = [comparable(syntax, left), comparable(syntax, right)];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** AD compares text without case and without marks: José is jose (MS-UCODEREF, NORM_IGNORENONSPACE). */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim().replace(/ +/g, ' ');
}

/** 100 ns steps since 1601 (MS-DTYP §2.3.3). */
export function fileTime(at: Date): string {
  return String((BigInt(at.getTime()) + 11_644_473_600_000n) * 10_000n);
}

/** A span of time, which Active Directory writes as a negative count of tenths of microseconds. */
export function millisecondsOf(interval: Value): number {
  return Number(-BigInt(interval) / 10_000n);
}

export function dateOfFileTime(value: Value): Date {
  return new Date(Number(BigInt(value) / 10_000n - 11_644_473_600_000n));
}

/** As AD writes it: `20261123150000.0Z`. */
export function generalizedTime(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace(/[-:T]/g, '')}.0Z`;
}

function read(rule: AttributeRule, wire: Buffer): Value {
  switch (rule.syntax) {
    case 'octets':
      return wire.toString('hex');
    case 'guid':
      return readGuid(wire, rule);
    case 'sid':
      return readSid(wire, rule);
    case 'integer':
    case 'large-integer':
      return readNumber(utf8(wire, rule), rule);
    case 'boolean':
      return readBoolean(utf8(wire, rule), rule);
    case 'time':
      return readTime(utf8(wire, rule), rule);
    case 'class':
      return findClass(utf8(wire, rule))?.name ?? utf8(wire, rule);
    default:
      return utf8(wire, rule);
  }
}

function utf8(wire: Buffer, rule: AttributeRule): string {
  try {
    return toText(wire);
  } catch (error) {
    if (error instanceof Malformed) deny('value-malformed', { attribute: rule.name });
    throw error;
  }
}

/** A filter may give the 16 bytes or, in AD, the text form. */
function readGuid(wire: Buffer, rule: AttributeRule): Value {
  if (wire.length === 16) return guidText(wire);
  const text = wire.toString('latin1');
  if (isGuid(text)) return text.replace(/[{}]/g, '').toLowerCase();
  return deny('value-malformed', { attribute: rule.name });
}

function readSid(wire: Buffer, rule: AttributeRule): Value {
  try {
    if (wire[0] === 0x53 || wire[0] === 0x73) return sidText(sidBytes(wire.toString('latin1')));
    return sidText(wire);
  } catch {
    return deny('value-malformed', { attribute: rule.name });
  }
}

function readNumber(text: string, rule: AttributeRule): Value {
  if (!/^-?\d{1,19}$/.test(text)) deny('value-malformed', { attribute: rule.name });
  const number = BigInt(text);
  const bits = rule.syntax === 'integer' ? 32 : 64;
  if (BigInt.asIntN(bits, number) !== number) deny('value-malformed', { attribute: rule.name });
  return number.toString();
}

function readBoolean(text: string, rule: AttributeRule): Value {
  const value = text.toUpperCase();
  return value === 'TRUE' || value === 'FALSE'
    ? value
    : deny('value-malformed', { attribute: rule.name });
}

function readTime(text: string, rule: AttributeRule): Value {
  const match = /^(\d{14})(?:\.\d+)?Z$/.exec(text);
  return match ? `${match[1]}.0Z` : deny('value-malformed', { attribute: rule.name });
}
