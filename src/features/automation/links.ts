// The links of the hub: which account a source's person has in a directory, by immutable ids.
import type { Selectable } from 'kysely';
import type { Link } from '#domain/link.ts';
import type { Db, Tx } from '#store/db.ts';
import type { Links } from '#store/tables.ts';

/** Every link between a source and a directory, in key order. */
export async function listLinks(
  db: Db | Tx,
  sourceConnectionId: string,
  directoryConnectionId: string,
): Promise<Link[]> {
  const rows = await db
    .selectFrom('links')
    .selectAll()
    .where('source_connection_id', '=', sourceConnectionId)
    .where('directory_connection_id', '=', directoryConnectionId)
    .orderBy('person_key')
    .execute();
  return rows.map(linkOf);
}

/** The person's link to an account, whatever source they came from. */
export async function findLinkOfAccount(
  db: Db | Tx,
  directoryConnectionId: string,
  accountId: string,
  personKey: string,
): Promise<Link | undefined> {
  const row = await db
    .selectFrom('links')
    .selectAll()
    .where('directory_connection_id', '=', directoryConnectionId)
    .where('account_id', '=', accountId)
    .where('person_key', '=', personKey)
    .executeTakeFirst();
  return row === undefined ? undefined : linkOf(row);
}

/** Remembers a link as it is now; one person of a source has one account in a directory. */
export async function saveLink(db: Db | Tx, link: Link): Promise<void> {
  const what = {
    person_name: link.personName,
    account_id: link.accountId,
    origin: link.origin,
    disabled_by_us: link.disabledByUs ?? null,
    created_by_run: link.createdByRun ?? null,
    last_seen: link.lastSeen,
  };
  await db
    .insertInto('links')
    .values({
      source_connection_id: link.sourceConnectionId,
      directory_connection_id: link.directoryConnectionId,
      person_key: link.personKey,
      ...what,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['source_connection_id', 'directory_connection_id', 'person_key'])
        .doUpdateSet(what),
    )
    .execute();
}

/** Marks the people whom a complete read of the source has just held. */
export async function markSeen(
  db: Db | Tx,
  sourceConnectionId: string,
  directoryConnectionId: string,
  personKeys: readonly string[],
  at: Date,
): Promise<void> {
  await db
    .updateTable('links')
    .set({ last_seen: at })
    .where('source_connection_id', '=', sourceConnectionId)
    .where('directory_connection_id', '=', directoryConnectionId)
    .where((where) => where('person_key', '=', where.fn.any(where.val(personKeys))))
    .execute();
}

function linkOf(row: Selectable<Links>): Link {
  return {
    sourceConnectionId: row.source_connection_id,
    personKey: row.person_key,
    personName: row.person_name,
    directoryConnectionId: row.directory_connection_id,
    accountId: row.account_id,
    origin: row.origin,
    ...(row.disabled_by_us === null ? {} : { disabledByUs: row.disabled_by_us }),
    ...(row.created_by_run === null ? {} : { createdByRun: row.created_by_run }),
    lastSeen: row.last_seen,
  };
}
