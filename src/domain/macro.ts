// The words that macros know: columns of the record, ad., env., act. and fx.; and how a fault reads.

import {
  type Macro,
  type MacroValue,
  macrosOf,
  macroValue,
  parseTemplate,
  spell,
  type Template,
  TemplateFault,
  textOf,
} from '#lib/macros.ts';
import { own } from '#lib/own.ts';
import { type Place, renderTemplate } from '#lib/places.ts';
import { plainLetters } from '#lib/plain-letters.ts';
import type { Attributes } from './account.ts';
import { valuesOf } from './apply.ts';
import { refuse } from './problem.ts';
import type { Cell } from './record.ts';

/** What macros are filled in from. Every part may be left out; then its macros are empty. */
export type MacroScope = {
  readonly now: Date;
  /** %department%: the record's columns. */
  readonly columns?: Readonly<Record<string, Cell>>;
  /** %ad.sAMAccountName%: the account's attributes. */
  readonly account?: Attributes;
  /** %env.domain%: the administrator's environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
  /** %act.automation%: details of what is being done. */
  readonly action?: Readonly<Record<string, string>>;
  /** {Host-Name}, {tenantname} and {id} of a request; an {id} may be a number, as JSON wants it. */
  readonly braces?: Readonly<Record<string, string | number>>;
};

const dayMs = 86_400_000;
const intervals: Readonly<Record<string, number>> = {
  Days: dayMs,
  Hours: dayMs / 24,
  Minutes: dayMs / 24 / 60,
};

/** Functions by name; an argument is found by its name, or by its place in this list. */
const functions: Readonly<
  Record<string, { readonly takes: readonly string[]; run(...args: string[]): string }>
> = {
  findAndReplace: {
    takes: ['input', 'find', 'replace'],
    run: (input = '', find = '', replace = '') =>
      find === '' ? input : input.replaceAll(find, () => replace),
  },
  encodeURIComponent: { takes: ['input'], run: (input = '') => encodeURIComponent(input) },
  decodeURIComponent: { takes: ['input'], run: (input = '') => decoded(input) },
  lower: { takes: ['input'], run: (input = '') => input.toLowerCase() },
  upper: { takes: ['input'], run: (input = '') => input.toUpperCase() },
  trim: { takes: ['input'], run: (input = '') => input.trim() },
  plain: { takes: ['input'], run: (input = '') => plainLetters(input) },
  first: {
    takes: ['input', 'count'],
    run: (input = '', count = '1') => [...input].slice(0, Number(count)).join(''),
  },
};

/** Reads a template or refuses it with a sentence. */
export function readTemplate(text: string, options: { readonly braces?: boolean } = {}): Template {
  return refusing(text, () => parseTemplate(text, options));
}

/** Fills a template in for the place it stands in, or refuses: an empty macro, one that does not fit. */
export function fillTemplate(template: Template, place: Place, scope: MacroScope): string {
  return refusing('', () => renderTemplate(template, place, (macro) => resolve(macro, scope)));
}

/** Reads and fills in at once, for a template that is used but once. */
export function fillIn(text: string, place: Place, scope: MacroScope): string {
  return fillTemplate(readTemplate(text, { braces: place !== 'plain' }), place, scope);
}

/**
 * The values that a mapping's template comes to: a list when it is one macro of a list, else one text.
 * Nothing when it is empty, which is refused unless `emptyIsFine`.
 */
export function valuesOfTemplate(
  template: Template,
  scope: MacroScope,
  emptyIsFine: boolean,
): readonly string[] {
  return refusing('', () => {
    const look = (macro: Macro) =>
      emptyIsFine ? valueOrNothing(macro, scope) : macroValue(macro, lookIn(scope));
    const [only, ...more] = template;
    if (only?.kind === 'macro' && more.length === 0) {
      const value = look(only);
      return (Array.isArray(value) ? value : [value]).map(spell).map(trim).filter(isSomething);
    }
    const texts = template.map((part) => (part.kind === 'text' ? part.text : spell(look(part))));
    return [texts.join('').trim()].filter(isSomething);
  });
}

/** The columns a template speaks of, so that an automation is checked when it is saved. */
export function columnsOf(template: Template): string[] {
  return macrosOf(template)
    .filter((macro) => macro.prefix === undefined && !macro.braced)
    .map((macro) => macro.name);
}

function lookIn(scope: MacroScope): (macro: Macro) => MacroValue {
  return (macro) => resolve(macro, scope);
}

function valueOrNothing(macro: Macro, scope: MacroScope): MacroValue {
  const value = resolve(macro, scope);
  return value === null && macro.otherwise !== undefined
    ? textOf(macro.otherwise, lookIn(scope))
    : value;
}

function trim(text: string): string {
  return text.trim();
}

function isSomething(text: string): boolean {
  return text !== '';
}

function resolve(macro: Macro, scope: MacroScope): MacroValue {
  if (macro.braced) return own(scope.braces, macro.name) ?? null;
  switch (macro.prefix) {
    case undefined:
      return unprefixed(macro.name, scope);
    case 'ad':
      return attribute(macro.name, scope);
    case 'env':
      return own(scope.environment, macro.name) ?? null;
    case 'act':
      return macro.name.startsWith('timestamp_')
        ? timestamp(macro, scope.now)
        : (own(scope.action, macro.name) ?? null);
    case 'fx':
      return run(macro, scope);
    case 'm365':
      throw new TemplateFault(
        'unknown',
        macro.written,
        'Microsoft 365 attributes are not read yet',
      );
    default:
      throw new TemplateFault('unknown', macro.written, `no macro begins with ${macro.prefix}.`);
  }
}

/** Without prefix: the record's column, else ADManager Plus's order, environment before directory. */
function unprefixed(name: string, scope: MacroScope): MacroValue {
  const column = own(scope.columns, name);
  if (column !== undefined) return column;
  return own(scope.environment, name) ?? attribute(name, scope);
}

function attribute(name: string, { account }: MacroScope): MacroValue {
  const values = account === undefined ? [] : valuesOf(account, name);
  return values.length > 1 ? values : (values[0] ?? null);
}

function run(macro: Macro, scope: MacroScope): string {
  const called = own(functions, macro.name);
  if (called === undefined) {
    throw new TemplateFault('unknown', macro.written, 'there is no function of that name');
  }
  const unnamed = macro.args.filter(({ name }) => name === undefined);
  const args = called.takes.map((word, at) => {
    const arg = macro.args.find(({ name }) => name === word) ?? unnamed[at];
    return arg === undefined ? '' : textOf(arg.value, lookIn(scope));
  });
  return called.run(...args);
}

/** %act.timestamp_dd-MM-yyyy_afterNDays_2%, in UTC. */
function timestamp(macro: Macro, now: Date): string {
  const [, format = 'yyyy-MM-dd', interval, count = '0'] = macro.name.split('_');
  const [, direction, unit] = /^(after|before)N(Days|Hours|Minutes)$/.exec(interval ?? '') ?? [];
  if ((interval !== undefined && unit === undefined) || !/^\d{1,6}$/.test(count)) {
    throw new TemplateFault(
      'unknown',
      macro.written,
      'the interval is not known, as afterNDays is',
    );
  }
  const distance = Number(count) * (intervals[unit ?? ''] ?? 0) * (direction === 'before' ? -1 : 1);
  const iso = new Date(now.getTime() + distance).toISOString();
  const pieces: Readonly<Record<string, string>> = {
    yyyy: iso.slice(0, 4),
    yy: iso.slice(2, 4),
    MM: iso.slice(5, 7),
    dd: iso.slice(8, 10),
    HH: iso.slice(11, 13),
    mm: iso.slice(14, 16),
    ss: iso.slice(17, 19),
  };
  return format.replace(/yyyy|yy|MM|dd|HH|mm|ss/g, (piece) => pieces[piece] ?? piece);
}

function decoded(input: string): string {
  try {
    return decodeURIComponent(input);
  } catch {
    throw new TemplateFault('unfit', input, 'it is not percent-encoded text');
  }
}

function refusing<T>(text: string, work: () => T): T {
  try {
    return work();
  } catch (fault) {
    if (!(fault instanceof TemplateFault)) throw fault;
    return refuse(`macro.${fault.kind}`, {
      macro: fault.written === '' ? text.slice(0, 60) : fault.written,
      reason: fault.message,
    });
  }
}
