// Whether an entry matches a filter: three-valued, as RFC 4511 §4.5.1.7 and Active Directory have it.
import { categoryDn, read, type View } from './attributes.ts';
import type { Filter } from './filter.ts';
import { deny } from './refusals.ts';
import { type AttributeRule, findAttribute, findClass } from './schema.ts';
import { type Entry, findByDn, type Tree } from './tree.ts';
import { comparable, compareValues, fold, readAsserted, type Value } from './values.ts';

/** True, false, or undefined where the filter has no meaning for the directory. */
type Verdict = boolean | undefined;

type Test = (entry: Entry) => Verdict;

/** Reads the filter once and returns the test of an entry. */
export function matcher(view: View, filter: Filter): (entry: Entry) => boolean {
  const test = compile(view, filter);
  return (entry) => test(entry) === true;
}

function compile(view: View, filter: Filter): Test {
  switch (filter.kind) {
    case 'and':
      return every(filter.filters.map((one) => compile(view, one)));
    case 'or':
      return some(filter.filters.map((one) => compile(view, one)));
    case 'not': {
      const test = compile(view, filter.filter);
      return (entry) => opposite(test(entry));
    }
    case 'present':
      return onAttribute(view, filter.attribute, (values) => values.length > 0);
    case 'substrings':
      return substrings(view, filter);
    case 'extensible':
      return extensible(view, filter);
    default:
      return comparison(view, filter);
  }
}

function every(tests: readonly Test[]): Test {
  return (entry) => {
    let verdict: Verdict = true;
    for (const test of tests) {
      const one = test(entry);
      if (one === false) return false;
      if (one === undefined) verdict = undefined;
    }
    return verdict;
  };
}

function some(tests: readonly Test[]): Test {
  return (entry) => {
    let verdict: Verdict = false;
    for (const test of tests) {
      const one = test(entry);
      if (one === true) return true;
      if (one === undefined) verdict = undefined;
    }
    return verdict;
  };
}

function opposite(verdict: Verdict): Verdict {
  return verdict === undefined ? undefined : !verdict;
}

function onAttribute(
  view: View,
  name: string,
  judge: (values: readonly Value[], rule: AttributeRule) => Verdict,
): Test {
  const rule = findAttribute(name.replace(/;.*$/, ''));
  if (rule === undefined) return () => undefined;
  return (entry) => judge(read(view, entry, rule), rule);
}

type Comparison = Extract<
  Filter,
  { value: Buffer; kind: 'equal' | 'at-least' | 'at-most' | 'approximately' }
>;

function comparison(view: View, filter: Comparison): Test {
  const { kind, attribute, value } = filter;
  if (attribute.toLowerCase() === 'anr') return ambiguousName(view, value.toString('utf8'));
  const rule = findAttribute(attribute);
  if (rule === undefined) return () => undefined;
  const asserted = assertedValue(view.tree, rule, value);
  if (asserted === undefined) return () => undefined;
  if (kind === 'equal' || kind === 'approximately') {
    const key = comparable(rule.syntax, asserted);
    return onAttribute(view, attribute, (values) =>
      values.some((one) => comparable(rule.syntax, one) === key),
    );
  }
  const sign = kind === 'at-least' ? 1 : -1;
  return onAttribute(view, attribute, (values) =>
    values.some((one) => compareValues(rule.syntax, one, asserted) * sign >= 0),
  );
}

/** A DN stands for the entry it names; objectCategory takes the short name of a class as well. */
function assertedValue(tree: Tree, rule: AttributeRule, wire: Buffer): Value | undefined {
  if (rule.syntax === 'dn') return entryNamed(tree, wire)?.id;
  const value = readAsserted(rule, wire);
  if (rule.name !== 'objectCategory' || value === undefined || value.includes('=')) return value;
  const className = fold(value) === 'person' ? 'user' : value;
  return findClass(className) === undefined ? undefined : categoryDn(tree, className);
}

function entryNamed(tree: Tree, wire: Buffer): Entry | undefined {
  const name = wire.toString('utf8');
  const guid = /^<GUID=([\da-f-]{36})>$/i.exec(name)?.[1];
  if (guid !== undefined) return tree.entries.get(guid.toLowerCase());
  try {
    return findByDn(tree, name);
  } catch {
    return undefined;
  }
}

function substrings(view: View, filter: Extract<Filter, { kind: 'substrings' }>): Test {
  const rule = findAttribute(filter.attribute);
  if (rule === undefined || rule.syntax !== 'text') return () => undefined;
  const text = (bytes: Buffer) => foldPiece(bytes.toString('utf8'));
  const initial = filter.initial === null ? '' : text(filter.initial);
  const final = filter.final === null ? '' : text(filter.final);
  const any = filter.any.map(text);
  return onAttribute(view, filter.attribute, (values) =>
    values.some((value) => holds(foldPiece(value), initial, any, final)),
  );
}

/** As fold, with the spaces at the edges kept: they count within a piece of a value. */
function foldPiece(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

function holds(value: string, initial: string, any: readonly string[], final: string): boolean {
  if (!value.startsWith(initial)) return false;
  let at = initial.length;
  for (const piece of any) {
    const found = value.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return value.endsWith(final) && value.length - final.length >= at;
}

const bitAnd = '1.2.840.113556.1.4.803';
const bitOr = '1.2.840.113556.1.4.804';
const inChain = '1.2.840.113556.1.4.1941';

function extensible(view: View, filter: Extract<Filter, { kind: 'extensible' }>): Test {
  const { rule: matching, attribute, value } = filter;
  if (attribute === null) return () => undefined;
  if (matching === null) return comparison(view, { kind: 'equal', attribute, value });
  const rule = findAttribute(attribute);
  if (rule === undefined) return () => undefined;
  if (matching === inChain) return chain(view, rule, value);
  if (matching !== bitAnd && matching !== bitOr) deny('rule-unknown');
  const bits = readBits(value);
  if (bits === undefined) return () => undefined;
  return onAttribute(view, attribute, (values) =>
    values.some((one) => {
      const common = (readBits(Buffer.from(one)) ?? 0n) & bits;
      return matching === bitAnd ? common === bits : common !== 0n;
    }),
  );
}

function readBits(value: Buffer): bigint | undefined {
  const text = value.toString('latin1');
  return /^-?\d{1,19}$/.test(text) ? BigInt.asUintN(64, BigInt(text)) : undefined;
}

/** Whether following the link again and again leads to the entry named (MS-ADTS §3.1.1.3.4.4.3). */
function chain(view: View, rule: AttributeRule, value: Buffer): Test {
  const wanted = rule.syntax === 'dn' ? entryNamed(view.tree, value)?.id : undefined;
  if (wanted === undefined) return () => undefined;
  return (entry) => {
    const seen = new Set<string>();
    const open = [...read(view, entry, rule)];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (id === wanted) return true;
      const next = view.tree.entries.get(id);
      if (next === undefined || seen.has(id)) continue;
      seen.add(id);
      open.push(...read(view, next, rule));
    }
    return false;
  };
}

const ambiguous = [
  'displayName',
  'givenName',
  'sn',
  'name',
  'sAMAccountName',
  'mail',
  'physicalDeliveryOfficeName',
  'proxyAddresses',
];

/** (anr=marlow): the beginning of any of the usual names (MS-ADTS §3.1.1.3.1.3.3). */
function ambiguousName(view: View, text: string): Test {
  const start = foldPiece(text.trim());
  const rules = ambiguous.flatMap((name) => findAttribute(name) ?? []);
  return (entry) =>
    rules.some((rule) => read(view, entry, rule).some((one) => foldPiece(one).startsWith(start)));
}
