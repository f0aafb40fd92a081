// What the pages of passwords ask of the desk: fields, records that have one, reveals. Never a password.
import { queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { get, post } from '#console/api.ts';

/** How each kind of record is asked for: its path, its rows' name, what names it, and its two numbers. */
export const kinds = {
  user: { label: 'People', path: 'Users', rows: 'users', name: 'name', usage: 4, type: 4 },
  ticket: {
    label: 'Tickets',
    path: 'Tickets',
    rows: 'tickets',
    name: 'summary',
    usage: 1,
    type: 0,
  },
  client: { label: 'Clients', path: 'Client', rows: 'clients', name: 'name', usage: 2, type: 1 },
  site: { label: 'Sites', path: 'Site', rows: 'sites', name: 'name', usage: 3, type: 2 },
  asset: {
    label: 'Assets',
    path: 'Asset',
    rows: 'assets',
    name: 'inventory_number',
    usage: 5,
    type: 3,
  },
} as const;
export type Kind = keyof typeof kinds;

const FieldRow = z.looseObject({ id: z.number(), label: z.string().nullish(), name: z.string() });
const Value = z.looseObject({
  id: z.number(),
  name: z.string(),
  label: z.string().nullish(),
  value: z.unknown(),
  value_is_password_id: z.boolean().nullish(),
});

export type Protected = {
  readonly record: { readonly id: number; readonly name: string };
  readonly field: { readonly id: number; readonly name: string };
  readonly objectType: number;
};

const rowsAtOnce = 25;

/** The records of a kind that have a password, as far as the reader sees them. */
export function protectedQuery(kind: Kind, find: string) {
  return queryOptions({
    queryKey: ['passwords', kind, find],
    queryFn: async (): Promise<readonly Protected[]> => {
      const { path, rows, name, usage, type } = kinds[kind];
      const fields = await get(`/api/CustomField?usage=${usage}&inputtype=6`, z.array(FieldRow));
      if (fields.length === 0) return [];
      const ids = fields.map(({ id }) => id).join(',');
      const search = `search=${encodeURIComponent(find)}&include_custom_fields=${ids}`;
      const Row = z.looseObject({ id: z.number(), customfields: z.array(Value).default([]) });
      const answer = await get(
        `/api/${path}?${search}&pageinate=true&page_size=${rowsAtOnce}`,
        z.looseObject({ [rows]: z.array(Row) }),
      );
      return z
        .array(Row)
        .parse(answer[rows])
        .flatMap((row) =>
          row.customfields
            .filter((field) => field.value_is_password_id === true && field.value !== null)
            .map((field) => ({
              record: { id: row.id, name: String(row[name] ?? row.id) },
              field: { id: field.id, name: field.label ?? field.name },
              objectType: type,
            })),
        );
    },
  });
}

const RevealRow = z.looseObject({
  id: z.number(),
  object_type: z.number(),
  object_name: z.string(),
  field_name: z.string(),
  date: z.string(),
  who: z.string(),
});
export type RevealRow = z.output<typeof RevealRow>;

export const revealsQuery = queryOptions({
  queryKey: ['reveals'],
  queryFn: () =>
    get(
      '/api/PasswordField?pageinate=true&page_size=25',
      z.looseObject({ record_count: z.number(), results: z.array(RevealRow) }),
    ),
});

const Shown = z.looseObject({ value: z.string() });

export async function reveal({ record, field, objectType }: Protected): Promise<string> {
  const asked = { object_type: objectType, object_id: record.id, field_id: field.id };
  return (await post('/api/PasswordField', asked, Shown)).value;
}
