// Custom fields: defined once by owner and name, their values kept with each record by the definition's id.
import { sql } from 'kysely';
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import type { Tx } from '#store/db.ts';
import type { CustomFieldOwner } from './custom-field-owners.ts';
import type { Raw } from './resource.ts';
import { objectOf, type Row } from './written.ts';

const nameMax = 200;
const fieldsMax = 200;

const Posted = z
  .array(
    z.object({
      id: z.int32().nullish(),
      name: z.string().trim().max(nameMax).nullish(),
      label: z.string().max(nameMax).nullish(),
      type: z.int32().nullish(),
      value: z.unknown().optional(),
    }),
  )
  .max(fieldsMax);
type Posted = z.infer<typeof Posted>[number];

/**
 * The column of values with those posted changed and the others left. A field that is posted by a new
 * name is defined by that where the actor may; one posted by an unknown id is refused.
 */
export async function mergeCustomFields(
  tx: Tx,
  {
    owner,
    mayDefine,
  }: { readonly owner: CustomFieldOwner | undefined; readonly mayDefine: boolean },
  posted: unknown,
  before?: Raw,
): Promise<Row> {
  if (owner === undefined || posted === undefined || posted === null) return {};
  const fields = Posted.safeParse(posted);
  if (!fields.success) {
    const [issue] = fields.error.issues;
    const place = issue?.path.join('.') ?? '';
    return refuse('request.invalid', { reason: `customfields.${place}: ${issue?.message}` });
  }
  const values: Record<string, unknown> = { ...objectOf(before?.custom_fields) };
  for (const field of fields.data) {
    const { id, isPassword } = await definitionOf(tx, owner, field, mayDefine);
    if (isPassword && field.value !== undefined && field.value !== null) {
      // Never in the plain beside other values: what is kept of a password is the feature's that seals it.
      return refuse('request.invalid', { reason: `customfields: field ${id} keeps passwords` });
    }
    if (field.value === null) delete values[id];
    else if (field.value !== undefined) values[id] = field.value;
  }
  return { custom_fields: JSON.stringify(values) };
}

export async function definitionNames(
  tx: Tx,
  ids: readonly number[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ readonly id: number; readonly name: string }>`
    select id, name from custom_field_definitions where id = any(${[...ids]}::integer[])`.execute(
    tx,
  );
  return new Map(rows.map(({ id, name }) => [String(id), name]));
}

type Definition = { readonly id: number; readonly isPassword: boolean };

/** CustomFieldInputType 6 (docs/halo-codes.md). */
export const passwordInput = 6;

async function definitionOf(
  tx: Tx,
  owner: CustomFieldOwner,
  field: Posted,
  mayDefine: boolean,
): Promise<Definition> {
  const isById = typeof field.id === 'number' && field.id > 0;
  const name = field.name ?? '';
  if (!isById && name === '') {
    return refuse('request.invalid', { reason: 'a custom field needs its id or its name' });
  }
  const known = isById
    ? sql`id = ${field.id} and owner = ${owner}`
    : sql`owner = ${owner} and lower(name) = lower(${name})`;
  const find = sql<Definition>`
    select id, input_type = ${passwordInput} as "isPassword"
    from custom_field_definitions where ${known}`;
  const found = (await find.execute(tx)).rows[0];
  if (found !== undefined) return found;
  if (isById || !mayDefine) {
    return refuse('record.unknown', { kind: 'custom field', id: field.id ?? name });
  }
  // Another request may define the same name at this moment: the index lets one of the two in.
  await sql`
    insert into custom_field_definitions (owner, name, label, type)
    values (${owner}, ${name}, ${field.label ?? name}, ${field.type ?? 0})
    on conflict (owner, lower(name)) do nothing`.execute(tx);
  const made = (await find.execute(tx)).rows[0];
  return made ?? refuse('record.unknown', { kind: 'custom field', id: name });
}
