// People of the desk by the hundred: those with given ids, and everybody who has one of many values.
import { sql } from 'kysely';
import type { Attributes } from '#domain/account.ts';
import type { DeskPeople, DeskPerson } from '#domain/ports/desk-people.ts';
import { customField } from '#domain/sync/fields.ts';
import type { Raw } from '#features/desk/resource/resource.ts';
import type { Clock } from '#lib/clock.ts';
import { own } from '#lib/own.ts';
import type { Db, Tx } from '#store/db.ts';
import { customFieldsNamed } from './custom-fields.ts';
import type { Kept } from './kept.ts';
import { type Kind, kinds } from './kinds.ts';
import { keepPhotos } from './photos.ts';

/** Of one client: that client's users alone, for agents and boards belong to the whole desk. */
export function deskPeopleOfTheHub(db: Db | Tx, clock: Clock, clientId: number | null): DeskPeople {
  return {
    find: (target, ids, fields) => find(db, kinds[target], ids, fields, clientId),
    findBy: (target, wanted, fields) => findBy(db, kinds[target], wanted, fields, clientId),
    async countAdministrators() {
      const { rows } = await sql<{ readonly count: number }>`
        select count(*)::integer as count from desk_agents
        where administrator and not disabled and not for_applications`.execute(db);
      return rows[0]?.count ?? 0;
    },
    keepPhotos: (photos) => keepPhotos(db, photos, clock()),
  };
}

/** The rows of some people, with everything their fields stand in; held for a write where that is asked. */
export async function peopleRows(
  db: Db | Tx,
  kind: Kind,
  ids: readonly number[],
  hold: boolean,
): Promise<readonly Raw[]> {
  if (ids.length === 0) return [];
  const columns = kind.columns.map((name) => `t."${name}"`).join(', ');
  const { rows } = await sql<Raw>`
    select t.id, ${sql.raw(`${columns}, ${kind.besides}`)} from ${sql.raw(kind.from)}
    where t.id = any(${[...ids]}::integer[]) order by t.id
    ${hold ? sql`for no key update of t` : sql``}`.execute(db);
  return rows;
}

async function find(
  db: Db | Tx,
  kind: Kind,
  ids: readonly number[],
  fields: readonly string[],
  clientId: number | null,
): Promise<readonly DeskPerson[]> {
  const all = await peopleRows(db, kind, ids.filter(isId), false);
  const rows = all.filter((row) => isOfClient(kind, row, clientId));
  const kept = await keptOf(db, kind, fields);
  return rows.map((row) => personOf(kind, row, kept));
}

async function findBy(
  db: Db | Tx,
  kind: Kind,
  wanted: Parameters<DeskPeople['findBy']>[1],
  fields: readonly string[],
  clientId: number | null,
): Promise<readonly DeskPerson[]> {
  const custom = await customFieldsNamed(
    db,
    kind,
    wanted.map(({ field }) => nameOfCustom(field)),
  );
  const parts = wanted.flatMap(({ field, values }) => {
    const texts = values.filter((value) => value !== '' && !value.includes('\0'));
    if (texts.length === 0) return [];
    const name = nameOfCustom(field);
    if (name === undefined) return [withField(kind, field, texts)];
    const definition = custom.get(name.toLowerCase());
    return definition === undefined || definition.isPassword
      ? []
      : [withCustomValue(kind, definition.id, texts)];
  });
  if (parts.length === 0) return [];
  const { rows } = await sql<{ readonly id: number }>`${sql.join(parts, sql` union `)}`.execute(db);
  return find(
    db,
    kind,
    rows.map(({ id }) => id),
    fields,
    clientId,
  );
}

/** Of rows as `peopleRows` gives them. */
export function isOfClient(
  { target }: Pick<Kind, 'target'>,
  row: Raw,
  clientId: number | null,
): boolean {
  return clientId === null || (target === 'user' && row.client_id === clientId);
}

function withField(kind: Kind, field: string, values: readonly string[]) {
  const how = own(kind.fields, field)?.find;
  if (how === undefined) throw new RangeError(`Nobody is found by the field ${field}.`);
  return sql`select t.id from ${sql.raw(kind.from)}
    where ${sql.raw(how.given)} and not (${sql.raw(kind.apart)})
      and lower(${sql.raw(how.text)}) = any(array(select lower(w) from unnest(${values}::text[]) w))`;
}

/** The index compares whole values: as it was given, and all of it small or large, as ids are written. */
function withCustomValue(kind: Kind, id: number, values: readonly string[]) {
  const spellings = new Set(values.flatMap((one) => [one, one.toLowerCase(), one.toUpperCase()]));
  const wanted = [...spellings].map((value) => JSON.stringify({ [id]: value.toWellFormed() }));
  return sql`select t.id from unnest(${wanted}::jsonb[]) w
    join ${sql.raw(kind.from)} on t.custom_fields @> w
    where t.custom_fields <> '{}' and not (${sql.raw(kind.apart)})`;
}

type NamedKept = readonly (readonly [field: string, kept: Kept])[];

async function keptOf(db: Db | Tx, kind: Kind, fields: readonly string[]): Promise<NamedKept> {
  const custom = await customFieldsNamed(db, kind, fields.map(nameOfCustom));
  return fields.flatMap((field): NamedKept => {
    const kept = own(kind.fields, field);
    if (kept !== undefined) return [[field, kept]];
    const definition = custom.get(nameOfCustom(field)?.toLowerCase() ?? '');
    return definition === undefined || definition.isPassword ? [] : [[field, definition.kept]];
  });
}

function personOf(kind: Kind, row: Raw, fields: NamedKept): DeskPerson {
  const values: Attributes = Object.fromEntries(
    fields
      .map(([field, kept]) => [field, kept.read(row)] as const)
      .filter(([, texts]) => texts.length > 0),
  );
  const apart = kind.apartOf(row);
  return {
    ...(apart === undefined ? {} : { apart }),
    id: Number(row.id),
    name: kind.nameOf(row),
    active: row[kind.gone] !== true,
    administrator: row.administrator === true,
    fields: values,
  };
}

export function nameOfCustom(field: string): string | undefined {
  return field.startsWith(customField) ? field.slice(customField.length).trim() : undefined;
}

export function isId(id: number): boolean {
  return Number.isInteger(id) && Math.abs(id) < 2 ** 31;
}
