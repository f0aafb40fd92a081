// The custom fields that a directory fills, by name; what is written and not there is defined on demand.
import { sql } from 'kysely';
import { passwordInput } from '#features/desk/resource/password-values.ts';
import type { Db, Tx } from '#store/db.ts';
import { customValue, type Kept } from './kept.ts';
import type { Kind } from './kinds.ts';

type Definition = {
  readonly id: number;
  readonly isPassword: boolean;
  /** How its value stands in a row. */
  readonly kept: Kept;
};

/** By the name in lower case. */
export type CustomFields = ReadonlyMap<string, Definition>;

export const customNameMax = 200;

export async function customFieldsNamed(
  db: Db | Tx,
  { customFields: owner }: Kind,
  asked: readonly (string | undefined)[],
): Promise<CustomFields> {
  const names = namesIn(asked);
  if (owner === undefined || names.length === 0) return new Map();
  const { rows } = await sql<Omit<Definition, 'kept'> & { readonly name: string }>`
    select d.id, w as name, d.input_type = ${passwordInput} as "isPassword"
    from unnest(${names}::text[]) w
    join custom_field_definitions d on d.owner = ${owner} and lower(d.name) = lower(w)`.execute(db);
  return new Map(
    rows.map(({ name, ...row }) => [name.toLowerCase(), { ...row, kept: customValue(row.id) }]),
  );
}

/** Another transaction may define the same name at this moment: the index lets one of the two in. */
export async function customFieldsMade(
  tx: Tx,
  kind: Kind,
  asked: readonly (string | undefined)[],
): Promise<CustomFields> {
  const known = await customFieldsNamed(tx, kind, asked);
  const missing = namesIn(asked).filter((name) => !known.has(name.toLowerCase()));
  if (kind.customFields === undefined || missing.length === 0) return known;
  await sql`
    insert into custom_field_definitions (owner, name, label)
    select ${kind.customFields}, w, w from unnest(${missing}::text[]) w order by lower(w)
    on conflict (owner, lower(name)) do nothing`.execute(tx);
  return customFieldsNamed(tx, kind, asked);
}

function namesIn(asked: readonly (string | undefined)[]): string[] {
  const all = asked.filter((name) => name !== undefined);
  const usable = all.filter(
    (name) => name !== '' && name.length <= customNameMax && !name.includes('\0'),
  );
  return [...new Map(usable.map((name) => [name.toLowerCase(), name.toWellFormed()])).values()];
}
