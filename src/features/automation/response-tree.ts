// An answer as a tree with a data type for each field, as administrators choose columns from it; secrets masked.
import type { z } from 'zod';

export type TreeNode = {
  readonly name: string;
  /** RFC 9535, from the whole answer; [*] for the members of an array. */
  readonly path: string;
  readonly type: 'text' | 'number' | 'timestamp' | 'array' | 'object' | 'empty';
  /** The first value seen, shortened. */
  readonly sample: string | null;
  readonly children: readonly TreeNode[];
};

export const treeLimits = { depth: 12, members: 300, rows: 20, sampleLength: 120 } as const;

const secretNames =
  /pass(word|wd|phrase)|secret|token|authori[sz]ation|cookie|api[-_]?key|private[-_]?key|credential/i;
const mask = '[secret]';

/** The tree of an answer's text; nothing when it is not JSON. */
export function treeOf(text: string): TreeNode | null {
  const body = parsed(text);
  return body === undefined ? null : nodeOf('$', '$', [body], 0);
}

/** The answer's text with the values of secret-looking members masked, and not longer than is read. */
export function maskedText(text: string, lengthMax = 100_000): string {
  const body = parsed(text);
  const shown = body === undefined ? text : JSON.stringify(masked(body, 0), null, 2);
  return shown.length > lengthMax ? `${shown.slice(0, lengthMax)}…` : shown;
}

type Json = z.core.util.JSONType;

function parsed(text: string): Json | undefined {
  try {
    const body: Json = JSON.parse(text);
    return body;
  } catch {
    return undefined;
  }
}

/** One node for all values that stand at the same path, so that the rows of a list become one. */
function nodeOf(name: string, path: string, values: readonly Json[], depth: number): TreeNode {
  const present = values.filter((value) => value !== null);
  const [first] = present;
  const isSecret = secretNames.test(name) && typeof first !== 'object';
  const type = typeOf(present);
  const sample = isSecret ? mask : sampleOf(first);
  const children = depth < treeLimits.depth ? childrenOf(path, present, depth) : [];
  return { name, path, type, sample, children };
}

function childrenOf(path: string, values: readonly Json[], depth: number): TreeNode[] {
  const members = values.filter(Array.isArray).flatMap((list) => list.slice(0, treeLimits.rows));
  if (members.length > 0) {
    const inner = members.filter(isObject);
    return inner.length === 0 ? [] : objectNodes(`${path}[*]`, inner, depth);
  }
  return objectNodes(path, values.filter(isObject), depth);
}

function objectNodes(
  path: string,
  objects: readonly { readonly [name: string]: Json }[],
  depth: number,
): TreeNode[] {
  const names = [...new Set(objects.flatMap((one) => Object.keys(one)))];
  return names.slice(0, treeLimits.members).map((name) => {
    const values = objects
      .filter((one) => Object.hasOwn(one, name))
      .map((one) => one[name] ?? null);
    return nodeOf(name, `${path}${step(name)}`, values, depth + 1);
  });
}

/** A member's step in a path: short where the grammar allows it (RFC 9535 §2.5.1). */
function step(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return `.${name}`;
  return `['${name.replace(/[\\']/g, (one) => `\\${one}`)}']`;
}

function typeOf([first]: readonly Json[]): TreeNode['type'] {
  if (first === undefined || first === null) return 'empty';
  if (Array.isArray(first)) return 'array';
  if (typeof first === 'object') return 'object';
  if (typeof first === 'number') return 'number';
  const isTime = typeof first === 'string' && /^\d{4}-\d{2}-\d{2}([T ]|$)/.test(first);
  return isTime ? 'timestamp' : 'text';
}

function sampleOf(value: Json | undefined): string | null {
  if (value === undefined || value === null || typeof value === 'object') return null;
  const text = String(value);
  const { sampleLength } = treeLimits;
  return text.length > sampleLength ? `${text.slice(0, sampleLength)}…` : text;
}

function masked(value: Json, depth: number): Json {
  if (depth > treeLimits.depth || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => masked(one, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      secretNames.test(name) && typeof inner !== 'object' && inner !== null
        ? mask
        : masked(inner, depth + 1),
    ]),
  );
}

function isObject(value: Json): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
