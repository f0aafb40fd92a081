// Fills the audit trail of a database with millions of entries in a minute or two, for the pages of it to be timed.
import pg from 'pg';
import type { TestDatabase } from '#test/servers/database.ts';

const firstMs = Date.UTC(2024, 0, 1);
/** About 8,600 entries a day: five million are a year and a half. */
const everyMs = 10_000;

/** When that entry was written; the first is number 1. */
export function timeOf(number: number): Date {
  return new Date(firstMs + number * everyMs);
}

/**
 * Rows as they stand after years, by the owner and not through the hub: no trigger runs, indexes are made
 * afterwards, and the hashes are of nothing. What is read of them costs what it costs of true ones;
 * verifying them would fail, and is measured elsewhere.
 */
export async function fillTrail(database: TestDatabase, entries: number): Promise<void> {
  const [one, other] = [await anOwner(database), await anOwner(database)];
  const { rows: rules } = await one.query<{ table: string; name: string; says: string }>(
    `select conrelid::regclass::text as table, quote_ident(conname) as name,
       pg_get_constraintdef(oid) as says
     from pg_constraint where conrelid = any('{audit_entries,audit_texts,audit_chain}'::regclass[])
       and contype <> 'n' order by contype = 'f' desc, contype = 'c' desc`,
  );
  const { rows: indexes } = await one.query<{ name: string; made: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as made
     from pg_index where indrelid = any('{audit_entries,audit_texts,audit_chain}'::regclass[])
       and not exists (select from pg_constraint where conindid = indexrelid)`,
  );
  for (const { table, name } of rules) {
    await one.query(`alter table ${table} drop constraint ${name}`);
  }
  for (const { name } of indexes) await one.query(`drop index ${name}`);
  await Promise.all([
    one.query(entriesSql(entries)),
    other.query(textsSql(entries)).then(() => other.query(chainSql(entries))),
  ]);
  const again = [
    ...rules.toReversed().map(({ table, name, says }) => {
      // Of rows that keep to them: to look at each again would take longer than to write it.
      const late = /^(CHECK|FOREIGN)/.test(says) ? ' not valid' : '';
      return `alter table ${table} add constraint ${name} ${says}${late}`;
    }),
    ...indexes.map(({ made }) => made),
  ];
  for (const statement of again) await one.query(statement);
  await one.query('vacuum analyze audit_entries, audit_texts, audit_chain');
  await Promise.all([one.end(), other.end()]);
}

async function anOwner({ ownerConnectionString }: TestDatabase): Promise<pg.Client> {
  const owner = new pg.Client({ connectionString: ownerConnectionString.reveal() });
  await owner.connect();
  await owner.query(`set session_replication_role = replica; set maintenance_work_mem = '256MB'`);
  return owner;
}

/** As RFC 9562 §5.7 has it: the time first, so that ids and times go together. */
const id = `(lpad(to_hex(${firstMs} + n * ${everyMs}), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid`;

function entriesSql(entries: number): string {
  return `insert into audit_entries (id, at, actor_kind, actor_id, actor_name, address, action,
      subject_kind, subject_id, field, outcome, ticket_id, agent_id, client_id, text_digest)
    select ${id}, to_timestamp((${firstMs} + n * ${everyMs}) / 1000.0), 'agent', (n % 40)::text,
      'Rosa Hale', '192.0.2.7', 'ticket.updated', 'ticket', (n % 500)::text, 'summary', 'done',
      n % 500, n % 40, n % 20, sha256(int8send(n))
    from generate_series(1::int8, ${entries}) as n`;
}

function textsSql(entries: number): string {
  return `insert into audit_texts (entry_id, before, after, because, subject_name, salt)
    select ${id}, 'from ' || n, 'to ' || n, null, 'Ines Marlow', sha256(int8send(n))
    from generate_series(1::int8, ${entries}) as n`;
}

function chainSql(entries: number): string {
  return `insert into audit_chain (seq, format, entry_id, previous, hash)
    select n, 1, ${id}, sha256(int8send(n)), sha256(int8send(n))
    from generate_series(1::int8, ${entries}) as n`;
}
