// Custom fields: defined once by owner and name, their values kept with each record by the definition's id.
import { sql } from 'kysely';
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import type { Tx } from '#store/db.ts';
import type { CustomFieldOwner } from './custom-field-owners.ts';
import {
  nextPasswordId,
  type PasswordChange,
  passwordInput,
  passwordOwners,
  wantedPassword,
} from './password-values.ts';
import type { Raw } from './resource.ts';
import { forAgentsAlone } from './select.ts';
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
      inputtype: z.int32().nullish(),
      value: z.unknown().optional(),
      value_is_password_id: z.boolean().nullish(),
    }),
  )
  .max(fieldsMax);
type Posted = z.infer<typeof Posted>[number];

/** What is written into the record, and what beside it. */
export type Merged = { readonly row: Row; readonly passwords: readonly PasswordChange[] };

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
): Promise<Merged> {
  const passwords: PasswordChange[] = [];
  if (owner === undefined || posted === undefined || posted === null) return { row: {}, passwords };
  const fields = Posted.safeParse(posted);
  if (!fields.success) {
    const [issue] = fields.error.issues;
    const place = issue?.path.join('.') ?? '';
    return refuse('request.invalid', { reason: `customfields.${place}: ${issue?.message}` });
  }
  const values: Record<string, unknown> = { ...objectOf(before?.custom_fields) };
  for (const field of fields.data) {
    const { id, isPassword, name } = await definitionOf(tx, owner, field, mayDefine);
    if (isPassword) {
      const wanted = wantedPassword(field, name, values[id]);
      if (wanted === 'same' || (wanted === 'none' && values[id] === undefined)) continue;
      // Beside other values stands only the id of the sealed one.
      const put = wanted === 'none' ? undefined : { id: await nextPasswordId(tx), secret: wanted };
      values[id] = put?.id;
      passwords.push({ definitionId: id, ...(put === undefined ? {} : { put }) });
    } else if (field.inputtype === passwordInput) {
      // Who thinks that it keeps a password would have it stand in the open.
      return refuse('password-field.open', { field: name });
    } else if (field.value === null) delete values[id];
    else if (field.value !== undefined) values[id] = field.value;
  }
  return { row: { custom_fields: JSON.stringify(values) }, passwords };
}

export async function definitionsOf(
  tx: Tx,
  ids: readonly number[],
): Promise<ReadonlyMap<string, Definition>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<Definition>`
    select id, name, input_type = ${passwordInput} as "isPassword" from custom_field_definitions where id = any(${[...ids]}::integer[])`.execute(
    tx,
  );
  return new Map(rows.map((row) => [String(row.id), row]));
}

type Definition = { readonly id: number; readonly name: string; readonly isPassword: boolean };

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
  // Users fill in what is theirs to see; they define nothing.
  const own = mayDefine ? sql`` : sql`and not ${sql.raw(forAgentsAlone('f'))}`;
  const find = sql<Definition>`
    select id, name, input_type = ${passwordInput} as "isPassword"
    from custom_field_definitions f where ${known} ${own}`;
  const found = (await find.execute(tx)).rows[0];
  if (found !== undefined) return found;
  if (isById || !mayDefine) {
    return refuse('record.unknown', { kind: 'custom field', id: field.id ?? name });
  }
  // A program may bring a password field of its own, where such may be; nothing else decides how it is kept.
  const isPassword = field.inputtype === passwordInput;
  if (isPassword && !passwordOwners.includes(owner)) refuse('password-field.owner');
  // Another request may define the same name at this moment: the index lets one of the two in.
  await sql`
    insert into custom_field_definitions (owner, name, label, type, input_type, encrypted)
    values (${owner}, ${name}, ${field.label ?? name}, ${field.type ?? 0},
      ${isPassword ? passwordInput : 0}, ${isPassword})
    on conflict (owner, lower(name)) do nothing`.execute(tx);
  const made = (await find.execute(tx)).rows[0];
  return made ?? refuse('record.unknown', { kind: 'custom field', id: name });
}
