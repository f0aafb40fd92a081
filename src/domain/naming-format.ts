// A naming format is an ordered list of recipes for one unique name; the first free one is taken.

import { z } from 'zod';
import { spell } from '#lib/macros.ts';
import { own } from '#lib/own.ts';
import { plainLetters } from '#lib/plain-letters.ts';
import type { Cell } from './record.ts';

/** One piece of a name: where it comes from, which of its words, which of their characters, what case. */
export const NamePart = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('column'),
    column: z.string().min(1),
    words: z.enum(['first', 'last', 'all']).default('all'),
    /** The first n characters of each word; every character when left out. */
    characters: z.int().min(1).max(64).optional(),
    letters: z.enum(['as-written', 'lower', 'upper', 'capitals']).default('as-written'),
  }),
  z.object({ kind: z.literal('text'), text: z.string().min(1).max(100) }),
  /** Nothing at first; then 2, 3, 4 ... once every recipe has been tried. */
  z.object({ kind: z.literal('counter'), before: z.string().max(5).default('') }),
]);
export type NamePart = z.infer<typeof NamePart>;

export const NamingFormat = z.object({
  recipes: z.array(z.array(NamePart).min(1).max(20)).min(1).max(10),
  stripAccents: z.boolean().default(true),
  stripSpaces: z.boolean().default(false),
  maxLength: z.int().min(1).max(256).default(64),
});
export type NamingFormat = z.infer<typeof NamingFormat>;

/** The names an account is created with. Recipe n of each is tried as one set with recipe n of the others. */
export const AccountNames = z.object({
  cn: NamingFormat,
  sAMAccountName: NamingFormat,
  userPrincipalName: NamingFormat,
  mail: NamingFormat.optional(),
  displayName: NamingFormat.optional(),
});
export type AccountNames = z.infer<typeof AccountNames>;

export type NamedAttribute = keyof AccountNames;
export type NameSet = Readonly<Partial<Record<NamedAttribute, string>>>;

/** What the directory takes in a name: how long, and which characters are dropped from it. */
type Shape = {
  readonly length: number;
  readonly dropped: RegExp;
  /** Whether only what stands before the @ is cut and cleaned. */
  readonly address: boolean;
};

/** MS-ADTS §3.1.1.5.2.2, and what mail systems take in a local part (RFC 5321 without its quoting). */
const shapes: Readonly<Record<NamedAttribute, Shape>> = {
  cn: { length: 64, dropped: /\p{C}/gu, address: false },
  displayName: { length: 256, dropped: /\p{C}/gu, address: false },
  sAMAccountName: { length: 20, dropped: /[^\p{L}\p{N}._-]/gu, address: false },
  userPrincipalName: { length: 256, dropped: /[^A-Za-z0-9._-]/g, address: true },
  mail: { length: 256, dropped: /[^A-Za-z0-9._-]/g, address: true },
};

/** Tried at most: every recipe, and then the counter. */
export const attemptsMax = 100;

/** Marks where the counter stands while a name is put together. */
const counterMark = '\u0001';

/**
 * The nth set of names for a person: recipe n of every format, or its last; after them the last with a counter.
 * Nothing when there is no nth set; an empty set when one of its names comes to nothing.
 */
export function nameSet(
  names: AccountNames,
  attempt: number,
  columns: Readonly<Record<string, Cell>>,
): NameSet | undefined {
  const formats = formatsOf(names);
  const recipes = Math.max(...formats.map(([, format]) => format.recipes.length));
  const counts = formats.some(([, format]) => format.recipes.at(-1)?.some(isCounter));
  if (attempt >= attemptsMax || (attempt >= recipes && !counts)) return undefined;
  const counter = attempt < recipes ? 1 : attempt - recipes + 2;
  const set: Partial<Record<NamedAttribute, string>> = {};
  for (const [attribute, format] of formats) {
    const recipe = format.recipes[attempt] ?? format.recipes.at(-1) ?? [];
    const name = nameBy(attribute, format, recipe, counter, columns);
    if (name === undefined) return {};
    set[attribute] = name;
  }
  return set;
}

/** One name by one recipe, legal in its attribute; nothing when the person's columns leave none. */
export function nameBy(
  attribute: NamedAttribute,
  format: NamingFormat,
  recipe: readonly NamePart[],
  counter: number,
  columns: Readonly<Record<string, Cell>>,
): string | undefined {
  const shape = shapes[attribute];
  const pieces = recipe.map((part) => pieceOf(part, columns));
  if (recipe.every((part, at) => part.kind !== 'column' || pieces[at] === '')) return undefined;
  const text = pieces.join('');
  const at = shape.address ? text.lastIndexOf('@') : -1;
  const local = clean(at < 0 ? text : text.slice(0, at), format, shape);
  const domain = at < 0 ? '' : text.slice(at);
  const suffix = counter < 2 ? '' : counterText(recipe, counter);
  const [head = '', ...tail] = local.split(counterMark);
  const rest = suffix + tail.join('');
  const room = Math.min(format.maxLength, shape.length) - rest.length - domain.length;
  const name = trimEdges(cut(head, room), attribute) + rest;
  const whole = trimEdges(name, attribute);
  return whole === '' || room < 1 ? undefined : whole + domain;
}

function formatsOf(names: AccountNames): [NamedAttribute, NamingFormat][] {
  const { cn, sAMAccountName, userPrincipalName, mail, displayName } = names;
  return [
    ['sAMAccountName', sAMAccountName],
    ['userPrincipalName', userPrincipalName],
    ...(mail === undefined ? [] : [['mail', mail] satisfies [NamedAttribute, NamingFormat]]),
    ['cn', cn],
    ...(displayName === undefined
      ? []
      : [['displayName', displayName] satisfies [NamedAttribute, NamingFormat]]),
  ];
}

function pieceOf(part: NamePart, columns: Readonly<Record<string, Cell>>): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'counter':
      return counterMark;
    case 'column': {
      const words = spell(own(columns, part.column) ?? null)
        .split(/\s+/)
        .filter((word) => word !== '');
      const wanted =
        part.words === 'all' ? words : words.slice(...(part.words === 'first' ? [0, 1] : [-1]));
      return wanted
        .map((word) => withLetters(firstOf(word, part.characters), part.letters))
        .join(' ');
    }
  }
}

function firstOf(word: string, characters: number | undefined): string {
  return characters === undefined ? word : [...word].slice(0, characters).join('');
}

function withLetters(word: string, letters: 'as-written' | 'lower' | 'upper' | 'capitals'): string {
  switch (letters) {
    case 'as-written':
      return word;
    case 'lower':
      return word.toLowerCase();
    case 'upper':
      return word.toUpperCase();
    case 'capitals':
      return word.replace(/\p{L}+/gu, ([first = '', ...rest]) =>
        first.toUpperCase().concat(rest.join('').toLowerCase()),
      );
  }
}

function clean(text: string, format: NamingFormat, shape: Shape): string {
  const wellFormed = text.toWellFormed();
  const plain = format.stripAccents ? plainLetters(wellFormed) : wellFormed.normalize('NFC');
  return plain
    .split(counterMark)
    .map((piece) =>
      (format.stripSpaces ? piece.replaceAll(/\s/g, '') : piece).replace(shape.dropped, ''),
    )
    .join(counterMark);
}

/** At most so many UTF-16 units, and no half of a character. */
function cut(text: string, units: number): string {
  return text.slice(0, Math.max(units, 0)).replace(/[\ud800-\udbff]$/, '');
}

function trimEdges(name: string, attribute: NamedAttribute): string {
  const trimmed = name.trim().replace(/\s+/g, ' ');
  return attribute === 'cn' || attribute === 'displayName'
    ? trimmed
    : trimmed.replace(/\.{2,}/g, '.').replace(/^[.-]+|[.-]+$/g, '');
}

function counterText(recipe: readonly NamePart[], counter: number): string {
  const part = recipe.find(isCounter);
  return part?.kind === 'counter' ? `${part.before}${counter}` : '';
}

function isCounter(part: NamePart): boolean {
  return part.kind === 'counter';
}
