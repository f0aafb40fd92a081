// Halo's own OpenAPI document of 2024-09 as a judge of answers. It stays where it lies and is never copied.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

const file = join(import.meta.dirname, '../../../shared/reference/data/halo-openapi-2024-09.json');

/** Why answers cannot be judged here, or false: for `skip`. */
export const withoutHalosWord: string | false = existsSync(file)
  ? false
  : `Halo's OpenAPI document is not at ${file}`;

/** Members that live clients use or SW25 has, and that the document of 2024-09 lacks (halo-api.md 4). */
const younger: Readonly<Record<string, readonly string[]>> = {
  Actions: ['who'],
  Faults: ['emailaddress', 'team_id', 'priority'],
};

export type Judge = (value: unknown) => readonly string[];

/** Says what in a value does not fit the schema: types, nullability, formats, and members it does not know. */
export function judgeOf(schema: string): Judge {
  const validate = ajv().getSchema(`halo#/components/schemas/${schema}`);
  if (validate === undefined) throw new Error(`Halo has no schema ${schema}.`);
  return (value) => complaints(validate, without(value, younger[schema] ?? []));
}

let made: Ajv | undefined;

function ajv(): Ajv {
  if (made !== undefined) return made;
  const judge = new Ajv({ strict: false, allErrors: true });
  formats.default(judge);
  // Halo's times have no offset (halo-api.md 1.5), whatever RFC 3339 asks of date-time.
  judge.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/);
  judge.addFormat('int32', { type: 'number', validate: isInt32 });
  judge.addFormat('double', { type: 'number', validate: Number.isFinite });
  judge.addFormat('date-span', true);
  judge.addSchema(withNull(JSON.parse(readFileSync(file, 'utf8'))), 'halo');
  made = judge;
  return judge;
}

function isInt32(value: number): boolean {
  return value === (value | 0);
}

/**
 * OpenAPI 3.0 as ajv reads it: a reference may be null without saying so, as Halo's are, and `nullable`
 * stands only beside a type.
 */
function withNull(document: object): object {
  return JSON.parse(JSON.stringify(document), (_name, value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    if ('$ref' in value && !('anyOf' in value)) return { anyOf: [{ type: 'null' }, value] };
    if (!('nullable' in value) || 'type' in value) return value;
    const { nullable: _, ...rest } = value;
    return rest;
  });
}

function complaints(validate: ValidateFunction, value: unknown): readonly string[] {
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

function without(value: unknown, names: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}
