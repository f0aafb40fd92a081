// Reading a resource: one round trip for a page and its record count, one for a single record.
import { sql } from 'kysely';
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { type List, type Page, pageOf, unpaged, unpagedMax } from '#http/halo/list.ts';
import type { Given } from '#http/halo/model.ts';
import type { Db, Tx } from '#store/db.ts';
import { advancedSearch } from './advanced-search.ts';
import { contains, type Sql } from './filter.ts';
import { orderOf } from './order.ts';
import type { Raw, Resource } from './resource.ts';
import { columnsOf, customFieldsSql, selectionOf, toWire, type Wire } from './select.ts';

type Asked = { readonly actor: Actor; readonly now: Date; readonly query: Given };

/** The rows the actor may see that the query asks for. */
export async function listRecords(
  db: Db | Tx,
  resource: Resource,
  asked: Asked,
): Promise<List<Wire>> {
  const page = pageAsked(resource, asked.query);
  const only = onlyMembers(resource, asked.query);
  const selection = selectionOf(resource, 'list');
  const columns = only === undefined ? selection.columns : columnsOf(resource, only);
  const matching = sql`from ${sql.raw(resource.readFrom ?? resource.from)} where ${conditions(resource, asked)}`;
  const counted =
    page.limit <= unpagedMax
      ? sql`, (select count(*)::integer ${matching}) as record_count`
      : sql``;
  const { rows } = await sql<Raw>`
    select ${sql.raw(columns)}${customFields(resource, asked)}${counted} ${matching}
    order by ${sql.raw(orderOf(resource, asked.query))}
    limit ${page.limit} offset ${page.offset}`.execute(db);
  if (rows.length > unpagedMax) refuse('list.too-long', { kind: resource.path, max: unpagedMax });
  const counts = rows[0]?.record_count;
  const recordCount =
    typeof counts === 'number' ? counts : page.offset > 0 ? await count(db, matching) : rows.length;
  return {
    rows: rows.map((row) => toWire(row, selection)),
    recordCount,
    pageNo: page.pageNo,
    pageSize: page.pageSize ?? recordCount,
  };
}

/** One record with everything, or nothing where there is none that the actor may see. */
export async function findRecord(
  db: Db | Tx,
  resource: Resource,
  asked: { readonly actor: Actor; readonly keys: Given },
): Promise<Wire | undefined> {
  const selection = selectionOf(resource, 'single');
  const fields =
    resource.customFields === undefined
      ? sql``
      : sql`, ${sql.raw(`${customFieldsSql(resource.customFields, asked.actor)}) as customfields`)}`;
  const { rows } = await sql<Raw>`
    select ${sql.raw(selection.columns)}${fields} from ${sql.raw(resource.readFrom ?? resource.from)}
    where ${byKeys(resource, asked.keys)} and ${visible(resource, asked.actor)}`.execute(db);
  return rows[0] === undefined ? undefined : toWire(rows[0], selection);
}

/** The condition that names one record. */
export function byKeys(resource: Resource, keys: Given): Sql {
  return sql.join(
    resource.keys.map((name) => {
      const kept = resource.members[name]?.kept;
      const column = kept?.in === 'managed' || kept?.in === 'column' ? kept.column : undefined;
      if (column === undefined || keys[name] === undefined || keys[name] === null) {
        return refuse('request.invalid', {
          reason: `${name} is needed to name one ${resource.kind}`,
        });
      }
      return sql`${sql.ref(`t.${column}`)} = ${keys[name]}`;
    }),
    sql` and `,
  );
}

export function visible(resource: Resource, actor: Actor): Sql {
  return resource.visibleTo(actor) ?? sql`true`;
}

async function count(db: Db | Tx, matching: Sql): Promise<number> {
  const { rows } = await sql<{ readonly total: number }>`
    select count(*)::integer as total ${matching}`.execute(db);
  return rows[0]?.total ?? 0;
}

function conditions(resource: Resource, { actor, now, query }: Asked): Sql {
  const asking = { actor, now };
  const filtered = Object.entries(resource.filters).flatMap(([name, filter]) =>
    query[name] === undefined ? [] : [filter.where(query[name], asking)],
  );
  const all = [
    resource.visibleTo(actor),
    ...(resource.always?.(query, asking) ?? []),
    ...filtered,
    searched(resource, query),
    advancedSearch(resource, query.advanced_search),
  ].filter((condition) => condition !== undefined);
  return all.length === 0 ? sql`true` : sql.join(all, sql` and `);
}

/** `search` in the fields meant for it; `search_phonenumbers` in the numbers, whatever divides their digits. */
function searched(resource: Resource, query: Given): Sql | undefined {
  const { search } = query;
  if (typeof search !== 'string' || search === '') return undefined;
  const inTexts = resource.search.map((expression) => contains(expression, search));
  const digits = search.replace(/\D/g, '');
  const inPhones =
    query.search_phonenumbers === true && digits !== ''
      ? (resource.searchPhones ?? []).map((expression) =>
          contains(`regexp_replace(${expression}, '\\D', '', 'g')`, digits),
        )
      : [];
  const either = [...inTexts, ...inPhones];
  return either.length === 0 ? undefined : sql`(${sql.join(either, sql` or `)})`;
}

function onlyMembers(resource: Resource, query: Given): readonly string[] | undefined {
  return resource.idOnly !== undefined && query[resource.idOnly.parameter] === true
    ? resource.idOnly.members
    : undefined;
}

/** Ids alone come without pages, as in Halo. */
function pageAsked(resource: Resource, query: Given): Page {
  return onlyMembers(resource, query) === undefined ? pageOf(query) : unpaged(query);
}

/** `include_custom_fields=1,2`: only those, and none where it was not asked for. */
function customFields(resource: Resource, { actor, query }: Asked): Sql {
  const ids = z.array(z.int()).safeParse(query.include_custom_fields);
  if (resource.customFields === undefined || !ids.success) return sql``;
  return sql`, ${sql.raw(customFieldsSql(resource.customFields, actor))}
    and f.id = any(${[...ids.data]}::integer[])) as customfields`;
}
