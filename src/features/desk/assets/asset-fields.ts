// What an asset's type asks of it: values of the type's fields, kept by the number of the field.
import { sql } from 'kysely';
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import type { Raw, Saving } from '#features/desk/resource/resource.ts';
import { objectOf } from '#features/desk/resource/written.ts';

const valueMax = 4000;
const fieldsMax = 500;

const Posted = z
  .array(
    z.looseObject({
      id: z.int32().nullish(),
      name: z.string().nullish(),
      value: z.union([z.string().max(valueMax), z.number(), z.boolean(), z.null()]).optional(),
    }),
  )
  .max(fieldsMax);

type Field = { readonly id: number; readonly name: string; readonly mandatory: boolean };

/** The values as they will be, as JSON; undefined where nothing about them is given. */
export async function mergeAssetFields(
  { tx, given }: Saving,
  asset: { readonly typeId: number; readonly isNew: boolean; readonly before?: Raw },
): Promise<string | undefined> {
  const fields = given.fields ?? undefined;
  if (fields === undefined && !asset.isNew) return undefined;
  const posted = Posted.safeParse(fields ?? []);
  if (!posted.success) {
    const [issue] = posted.error.issues;
    return refuse('request.invalid', {
      reason: `fields.${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    });
  }
  const { rows: known } = await sql<Field>`
    select id, name, mandatory from asset_fields
    where asset_type_id = ${asset.typeId}`.execute(tx);
  const values: Record<string, unknown> = { ...objectOf(asset.before?.fields) };
  for (const { id, name, value } of posted.data) {
    const field = known.find((one) =>
      typeof id === 'number' && id > 0
        ? one.id === id
        : one.name.toLowerCase() === name?.toLowerCase(),
    );
    if (field === undefined) {
      return refuse('record.unknown', { kind: 'field of this asset type', id: id ?? name ?? '' });
    }
    if (value === null || value === '') delete values[field.id];
    else if (value !== undefined) values[field.id] = value;
  }
  const empty = known.find(({ id, mandatory }) => mandatory && values[id] === undefined);
  if (empty !== undefined && given._donotvalidate !== true) {
    refuse('record.incomplete', { kind: 'asset of this type', member: `the field ${empty.name}` });
  }
  return JSON.stringify(values);
}
