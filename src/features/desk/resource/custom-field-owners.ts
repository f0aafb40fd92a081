// What custom fields belong to: our word for each, and Halo's number for its table (TableEnum).
import { haloCodes } from '#domain/halo-codes.ts';

export type CustomFieldOwner = (typeof haloCodes.TableEnum.codes)[number]['name'];

const rows: readonly { readonly code: number; readonly name: CustomFieldOwner }[] =
  haloCodes.TableEnum.codes;

export function ownerOfUsage(usage: unknown): CustomFieldOwner | undefined {
  return rows.find(({ code }) => code === usage)?.name;
}

/** The SQL of Halo's number for the table in column `owner`. */
export function usageSql(column: string): string {
  const cases = rows.map(({ code, name }) => `when '${name}' then ${code}`);
  return `(case ${column} ${cases.join(' ')} end)`;
}
