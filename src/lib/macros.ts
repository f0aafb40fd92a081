// Templates with macros: %prefix.name(arg, word:arg)|default%, nested in arguments as #%...%#, %% for a percent sign.
// The syntax is ADManager Plus's; the default is ours. What a macro means is not known here.

export type MacroValue = string | number | boolean | null | readonly MacroValue[];

export type Macro = {
  readonly kind: 'macro';
  readonly prefix: string | undefined;
  readonly name: string;
  readonly args: readonly { readonly name: string | undefined; readonly value: Template }[];
  /** What stands in when the macro comes to nothing. Without one that is a fault. */
  readonly otherwise: Template | undefined;
  /** As it is written, for sentences. */
  readonly written: string;
  /** A word in braces, {Host-Name}, that the request's owner fills in: it may stand where a host does. */
  readonly braced: boolean;
};
export type TemplatePart = { readonly kind: 'text'; readonly text: string } | Macro;
export type Template = readonly TemplatePart[];

export const macroLimits = { templateLength: 100_000, depth: 5, macros: 500 } as const;

/** A template that cannot be read or filled in; `reason` ends the sentence "... because ...". */
export class TemplateFault extends Error {
  readonly kind: 'malformed' | 'empty' | 'unknown' | 'unfit';
  readonly written: string;
  override readonly name = 'TemplateFault';

  constructor(kind: TemplateFault['kind'], written: string, reason: string) {
    super(reason);
    this.kind = kind;
    this.written = written;
  }
}

/** Words in braces that are macros too; any other brace is text. */
const bracedWords = ['Host-Name', 'tenantname', 'id'] as const;

const nameShape = /[A-Za-z][\w./:-]*/y;
const argumentName = /\s*([A-Za-z]\w*):/y;

/** What a reader of templates stops at: the end of the text, of a default or of an argument. */
type Until = 'end' | 'default' | 'argument';
type Reader = { readonly text: string; readonly braces: boolean; at: number; macros: number };

export function parseTemplate(text: string, options: { readonly braces?: boolean } = {}): Template {
  if (text.length > macroLimits.templateLength) {
    throw new TemplateFault('malformed', '', `it is longer than ${macroLimits.templateLength}`);
  }
  return readParts({ text, braces: options.braces ?? false, at: 0, macros: 0 }, 'end', 0);
}

/** Every macro of a template, those in arguments and defaults included. */
export function macrosOf(template: Template): Macro[] {
  return template.flatMap((part) =>
    part.kind === 'text'
      ? []
      : [
          part,
          ...part.args.flatMap(({ value }) => macrosOf(value)),
          ...(part.otherwise === undefined ? [] : macrosOf(part.otherwise)),
        ],
  );
}

/** The value of a macro, or of its default. `resolve` gives null for what is empty. */
export function macroValue(macro: Macro, resolve: (macro: Macro) => MacroValue): MacroValue {
  const value = resolve(macro);
  if (!isNothing(value)) return value;
  if (macro.otherwise === undefined) {
    throw new TemplateFault('empty', macro.written, 'it is empty and has no default');
  }
  return textOf(macro.otherwise, resolve);
}

/** A template as plain text. */
export function textOf(template: Template, resolve: (macro: Macro) => MacroValue): string {
  return template
    .map((part) => (part.kind === 'text' ? part.text : spell(macroValue(part, resolve))))
    .join('');
}

/** How a value reads as text: a list is its members with commas. */
export function spell(value: MacroValue): string {
  if (value === null) return '';
  return Array.isArray(value) ? value.map(spell).join(', ') : String(value);
}

export function isNothing(value: MacroValue): boolean {
  if (Array.isArray(value)) return value.every(isNothing);
  return value === null || (typeof value === 'string' && value.trim() === '');
}

function readParts(reader: Reader, until: Until, depth: number): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let text = '';
  const flush = () => {
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
  };
  while (reader.at < reader.text.length && !isStop(reader, until)) {
    const macro = readMacro(reader, until, depth);
    if (macro === undefined) {
      text += readText(reader, until);
    } else {
      flush();
      parts.push(macro);
    }
  }
  flush();
  return parts;
}

function isStop(reader: Reader, until: Until): boolean {
  const one = reader.text[reader.at];
  if (until === 'argument') return one === ',' || one === ')';
  return until === 'default' && one === '%';
}

function readMacro(reader: Reader, until: Until, depth: number): Macro | undefined {
  const { text, at } = reader;
  if (until === 'end') {
    const braced = reader.braces ? readBraced(reader) : undefined;
    if (braced !== undefined) return braced;
    if (text[at] !== '%' || text[at + 1] === '%') return undefined;
    return readMacroBody(reader, '%', depth);
  }
  return text.startsWith('#%', at) ? readMacroBody(reader, '#%', depth) : undefined;
}

function readBraced(reader: Reader): Macro | undefined {
  const name = bracedWords.find((word) => reader.text.startsWith(`{${word}}`, reader.at));
  if (name === undefined) return undefined;
  const written = `{${name}}`;
  reader.at += written.length;
  return macro({ name, written, braced: true });
}

function readMacroBody(reader: Reader, opening: '%' | '#%', depth: number): Macro {
  const from = reader.at;
  reader.at += opening.length;
  nameShape.lastIndex = reader.at;
  const name = nameShape.exec(reader.text)?.[0];
  if (name === undefined) throw malformed(reader, from, 'write %% for a percent sign');
  reader.macros += 1;
  if (depth >= macroLimits.depth) throw malformed(reader, from, 'it is nested too deeply');
  if (reader.macros > macroLimits.macros) throw malformed(reader, from, 'there are too many');
  reader.at += name.length;
  const args = reader.text[reader.at] === '(' ? readArguments(reader, from, depth) : [];
  const hasDefault = reader.text[reader.at] === '|';
  if (hasDefault) reader.at += 1;
  const otherwise = hasDefault ? readParts(reader, 'default', depth + 1) : undefined;
  const closing = opening === '%' ? '%' : '%#';
  if (!reader.text.startsWith(closing, reader.at)) {
    throw malformed(reader, from, `it does not end with ${closing}`);
  }
  reader.at += closing.length;
  const written = reader.text.slice(from, reader.at);
  return macro({ name, written, braced: false, args, otherwise });
}

function readArguments(reader: Reader, from: number, depth: number): Macro['args'] {
  const args: { name: string | undefined; value: Template }[] = [];
  while (reader.text[reader.at] !== ')' || args.length === 0) {
    reader.at += 1;
    argumentName.lastIndex = reader.at;
    const word = argumentName.exec(reader.text);
    reader.at += word?.[0].length ?? 0;
    args.push({ name: word?.[1], value: trimmed(readParts(reader, 'argument', depth + 1)) });
    if (reader.at >= reader.text.length) throw malformed(reader, from, 'a ) is missing');
  }
  reader.at += 1;
  return args;
}

/** One character, or two that stand for one. */
function readText(reader: Reader, until: Until): string {
  const { text, at } = reader;
  const one = text.charAt(at);
  const next = text.charAt(at + 1);
  const doubled = until === 'end' && one === '%' && next === '%';
  const escaped = until !== 'end' && one === '\\' && next !== '' && ',)%#|'.includes(next);
  reader.at += doubled || escaped ? 2 : 1;
  return escaped ? next : one;
}

function macro(
  given: Pick<Macro, 'name' | 'written' | 'braced'> & Partial<Pick<Macro, 'args' | 'otherwise'>>,
): Macro {
  const dot = given.name.indexOf('.');
  return {
    kind: 'macro',
    prefix: dot < 0 ? undefined : given.name.slice(0, dot),
    name: given.name.slice(dot + 1),
    args: given.args ?? [],
    otherwise: given.otherwise,
    written: given.written,
    braced: given.braced,
  };
}

/** Arguments are separated by a comma and a space; the space is not part of the next one. */
function trimmed(parts: readonly TemplatePart[]): Template {
  const [first, ...rest] = parts;
  if (first === undefined || first.kind === 'macro') return parts;
  return [{ kind: 'text', text: first.text.trimStart() }, ...rest];
}

function malformed(reader: Reader, from: number, reason: string): TemplateFault {
  return new TemplateFault('malformed', reader.text.slice(from, from + 40), reason);
}
