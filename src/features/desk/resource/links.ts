// What a record is linked with beside its own row: the people of an asset, the assets of a ticket.
import { sql } from 'kysely';
import { refuse } from '#domain/problem.ts';
import { audit } from '#store/audit.ts';
import type { Sql } from './filter.ts';
import { idsOf } from './given.ts';
import type { Saving } from './resource.ts';

export type Links = {
  /** The member in which they are posted, each an object with its id. */
  readonly member: string;
  readonly table: string;
  /** The columns of the table: the record's own, and that of what is linked. */
  readonly own: string;
  readonly other: string;
  readonly record: { readonly kind: string; readonly id: number; readonly name: string };
  /** `id` and `name` of all that the actor may link with this record. */
  readonly linkable: Sql;
};

/** Those given and nothing else, each of which must be linkable; left out, they stay as they are. */
export async function setLinks({ tx, actor, given }: Saving, links: Links): Promise<void> {
  const { member, record } = links;
  const ids = idsOf(given, member);
  if (ids === undefined) return;
  const table = sql.table(links.table);
  const [own, other] = [sql.ref(links.own), sql.ref(links.other)];
  const asked = sql`${[...ids]}::integer[]`;
  const { rows: known } = await sql<{ readonly id: number; readonly name: string }>`
    select id, name from (${links.linkable}) as linkable
    where id = any(${asked}) or id in (select ${other} from ${table} where ${own} = ${record.id})
    order by lower(name), id`.execute(tx);
  const { rows: gone } = await sql<{ readonly id: number }>`
    delete from ${table} where ${own} = ${record.id} and ${other} <> all(${asked})
    returning ${other} as id`.execute(tx);
  if (ids.some((id) => known.every((one) => one.id !== id))) {
    refuse('record.refers-to-nothing', { member });
  }
  const { rows: added } = await sql<{ readonly id: number }>`
    insert into ${table} (${own}, ${other})
    select ${record.id}, unnest(${asked}) on conflict do nothing returning ${other} as id`.execute(
    tx,
  );
  if (gone.length + added.length === 0) return;
  const isIn = (rows: readonly { readonly id: number }[], id: number) =>
    rows.some((row) => row.id === id);
  const names = (were: (id: number) => boolean) =>
    known
      .filter(({ id }) => were(id))
      .map(({ name }) => name)
      .join(', ');
  await audit(tx, [
    {
      ...{ actor, action: `${record.kind}.updated`, outcome: 'done', field: member },
      subject: { kind: record.kind, id: String(record.id), name: record.name },
      before: names((id) => isIn(gone, id) || (ids.includes(id) && !isIn(added, id))),
      after: names((id) => ids.includes(id)),
    },
  ]);
}
