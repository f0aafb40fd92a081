// What commands print: tables in aligned columns, refusals as one sentence.

import { ApplicationRefusal } from '#domain/ports/application.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { Problem } from '#domain/problem.ts';

/** Rows in columns as wide as their longest cell; the last column is not padded. */
export function tableText(rows: readonly (readonly string[])[], indent = ''): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => [...(row[column] ?? '')].length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length))
        .join('  '),
    )
    .map((line) => `${indent}${line}`.trimEnd())
    .join('\n');
}

/** The sentence of a refusal; undefined for what nobody foresaw. */
export function refusalSentence(error: unknown): string | undefined {
  const foreseen =
    error instanceof Problem ||
    error instanceof DirectoryRefusal ||
    error instanceof ApplicationRefusal;
  return foreseen ? `${error.message} (${error.code})` : undefined;
}

/** Words that do not fit the command: exit code 2 and its usage. */
export class WrongUsage extends Error {}

/** The text of an option that must be given. */
export function required(given: Readonly<Record<string, unknown>>, name: string): string {
  const value = given[name];
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new WrongUsage(`--${name} is missing.`);
}

/** The text of an option that may be left out. */
export function optional(
  given: Readonly<Record<string, unknown>>,
  name: string,
): string | undefined {
  const value = given[name];
  return typeof value === 'string' ? value : undefined;
}

export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}
