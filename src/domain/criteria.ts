// Criteria are a tree of conditions on typed columns: whom an automation looks at, who has left.

import { z } from 'zod';
import { own } from '#lib/own.ts';
import type { Cell } from './record.ts';

/** What the operators compare: the column's cell and the value an administrator wrote. */
type Operator = {
  readonly on: readonly ColumnType[];
  /** How many values it takes: none ("is empty"), one, or a list. */
  readonly values: 'none' | 'one' | 'many';
  readonly words: string;
  holds(cell: Cell, values: readonly string[], now: Date): boolean;
};

export const columnTypes = ['text', 'number', 'timestamp', 'array'] as const;
export type ColumnType = (typeof columnTypes)[number];

const everything = columnTypes;
const dayMs = 86_400_000;

/** Every operator, what it works on and how a sentence spells it. Text is compared without letter case. */
export const operators = {
  'is-empty': { on: everything, values: 'none', words: 'is empty', holds: isEmpty },
  'is-not-empty': {
    on: everything,
    values: 'none',
    words: 'is not empty',
    holds: (cell) => !isEmpty(cell),
  },
  is: {
    on: ['text', 'number'],
    values: 'one',
    words: 'is',
    holds: (cell, [value]) => same(cell, value),
  },
  'is-not': {
    on: ['text', 'number'],
    values: 'one',
    words: 'is not',
    holds: (cell, [value]) => !same(cell, value),
  },
  'is-one-of': {
    on: ['text', 'number'],
    values: 'many',
    words: 'is one of',
    holds: (cell, values) => values.some((value) => same(cell, value)),
  },
  contains: {
    on: ['text', 'array'],
    values: 'one',
    words: 'contains',
    holds: (cell, [value]) => contains(cell, value),
  },
  'does-not-contain': {
    on: ['text', 'array'],
    values: 'one',
    words: 'does not contain',
    holds: (cell, [value]) => !contains(cell, value),
  },
  'starts-with': {
    on: ['text'],
    values: 'one',
    words: 'starts with',
    holds: (cell, [value]) => value !== undefined && fold(cell).startsWith(fold(value)),
  },
  'ends-with': {
    on: ['text'],
    values: 'one',
    words: 'ends with',
    holds: (cell, [value]) => value !== undefined && fold(cell).endsWith(fold(value)),
  },
  'greater-than': {
    on: ['number'],
    values: 'one',
    words: 'is greater than',
    holds: (cell, [value]) => numberOf(cell) > numberOf(value),
  },
  'less-than': {
    on: ['number'],
    values: 'one',
    words: 'is less than',
    holds: (cell, [value]) => numberOf(cell) < numberOf(value),
  },
  before: {
    on: ['timestamp'],
    values: 'one',
    words: 'is before',
    holds: (cell, [value]) => timeOf(cell) < timeOf(value),
  },
  after: {
    on: ['timestamp'],
    values: 'one',
    words: 'is after',
    holds: (cell, [value]) => timeOf(cell) > timeOf(value),
  },
  'in-the-last-days': {
    on: ['timestamp'],
    values: 'one',
    words: 'lies in the last days:',
    holds: (cell, [days], now) => isWithin(now.getTime() - timeOf(cell), days),
  },
  'in-the-next-days': {
    on: ['timestamp'],
    values: 'one',
    words: 'lies in the next days:',
    holds: (cell, [days], now) => isWithin(timeOf(cell) - now.getTime(), days),
  },
} as const satisfies Record<string, Operator>;

export type OperatorName = keyof typeof operators;

export const Condition = z
  .object({
    column: z.string().min(1),
    operator: z.literal(Object.keys(operators).filter(isOperatorName)),
    values: z.array(z.string().max(1000)).max(1000).default([]),
  })
  .refine(({ operator, values }) => fits(operators[operator].values, values.length), {
    error: 'the operator takes another number of values',
  });
export type Condition = z.infer<typeof Condition>;

export type Criteria =
  | Condition
  | { readonly all: readonly Criteria[] }
  | { readonly any: readonly Criteria[] }
  | { readonly not: Criteria };

/** `all: []` holds for everybody, `any: []` for nobody. */
export const Criteria: z.ZodType<Criteria> = z.lazy(() =>
  z.union([
    Condition,
    z.strictObject({ all: z.array(Criteria).max(100) }),
    z.strictObject({ any: z.array(Criteria).max(100) }),
    z.strictObject({ not: Criteria }),
  ]),
);

export const everybody: Criteria = { all: [] };

/** Whether the criteria hold for the columns of one record. A column that is not there is empty. */
export function holds(
  criteria: Criteria,
  columns: Readonly<Record<string, Cell>>,
  now: Date,
): boolean {
  if ('all' in criteria) return criteria.all.every((each) => holds(each, columns, now));
  if ('any' in criteria) return criteria.any.some((each) => holds(each, columns, now));
  if ('not' in criteria) return !holds(criteria.not, columns, now);
  return operators[criteria.operator].holds(
    own(columns, criteria.column) ?? null,
    criteria.values,
    now,
  );
}

/** The criteria in words: "inactive is true and not (site is Porto)". */
export function criteriaSentence(criteria: Criteria): string {
  if ('all' in criteria) return listed(criteria.all, 'and', 'everybody');
  if ('any' in criteria) return listed(criteria.any, 'or', 'nobody');
  if ('not' in criteria) return `not (${criteriaSentence(criteria.not)})`;
  const words = operators[criteria.operator].words;
  return [criteria.column, words, criteria.values.join(', ')].filter(Boolean).join(' ');
}

/** Every condition of the tree, for checking it against the columns there are. */
export function conditionsOf(criteria: Criteria): Condition[] {
  if ('all' in criteria) return criteria.all.flatMap(conditionsOf);
  if ('any' in criteria) return criteria.any.flatMap(conditionsOf);
  if ('not' in criteria) return conditionsOf(criteria.not);
  return [criteria];
}

function listed(parts: readonly Criteria[], word: string, none: string): string {
  const sentences = parts.map((part) =>
    'all' in part || 'any' in part ? `(${criteriaSentence(part)})` : criteriaSentence(part),
  );
  return sentences.length === 0 ? none : sentences.join(` ${word} `);
}

function isOperatorName(name: string): name is OperatorName {
  return Object.hasOwn(operators, name);
}

function fits(values: Operator['values'], count: number): boolean {
  if (values === 'many') return count > 0;
  return count === (values === 'none' ? 0 : 1);
}

function isEmpty(cell: Cell): boolean {
  return cell === null || (Array.isArray(cell) ? cell.length === 0 : fold(cell) === '');
}

function same(cell: Cell, value: string | undefined): boolean {
  if (value === undefined) return false;
  if (typeof cell === 'number') return cell === numberOf(value);
  return fold(cell) === fold(value);
}

function contains(cell: Cell, value: string | undefined): boolean {
  if (value === undefined) return false;
  if (Array.isArray(cell)) return cell.some((member) => same(member, value));
  return fold(cell).includes(fold(value));
}

function fold(cell: Cell): string {
  return cell === null ? '' : String(cell).trim().normalize('NFC').toLowerCase();
}

/** NaN compares false with everything, so an empty cell is neither greater nor less. */
function numberOf(cell: Cell | undefined): number {
  if (typeof cell === 'number') return cell;
  return typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : Number.NaN;
}

function timeOf(cell: Cell | undefined): number {
  return typeof cell === 'string' ? Date.parse(cell) : Number.NaN;
}

function isWithin(distanceMs: number, days: string | undefined): boolean {
  return distanceMs >= 0 && distanceMs <= numberOf(days) * dayMs;
}
