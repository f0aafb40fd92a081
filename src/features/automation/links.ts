// The links of the hub: which account a source's person has in a directory, by immutable ids.
import { type Selectable, sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import type { Link } from '#domain/link.ts';
import { refuse } from '#domain/problem.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
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
  const row = linkRow(link);
  const { source_connection_id, directory_connection_id, person_key, ...what } = row;
  await db
    .insertInto('links')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['source_connection_id', 'directory_connection_id', 'person_key'])
        .doUpdateSet(what),
    )
    .execute();
}

/** Marks the people whom the plan's complete read of the source held; set-wise, for they may be many. */
export async function markSeen(tx: Tx, planId: string): Promise<void> {
  await sql`
    update links set last_seen = plans.created_at
    from plans join plan_people on plan_people.plan_id = plans.id
    where plans.id = ${planId} and plans.undoes_run_id is null
      and plan_people.situation = 'linked'
      and links.source_connection_id = plans.source_connection_id
      and links.person_key = plan_people.person_key`.execute(tx);
}

/** Forgets which account a person has, when somebody has settled by hand that it is not theirs. */
export async function forgetLink(
  db: Db,
  of: {
    readonly sourceConnectionId: string;
    readonly directoryConnectionId: string;
    readonly personKey: string;
  },
  actor: Actor,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const row = await tx
      .deleteFrom('links')
      .where('source_connection_id', '=', of.sourceConnectionId)
      .where('directory_connection_id', '=', of.directoryConnectionId)
      .where('person_key', '=', of.personKey)
      .returning(['person_name', 'account_id'])
      .executeTakeFirst();
    if (row === undefined)
      refuse('record.unknown', { kind: 'link of the person', id: of.personKey });
    const subject = { kind: 'person', id: of.personKey, name: row.person_name };
    await audit(tx, [
      { actor, action: 'link.forgotten', subject, outcome: 'done', before: row.account_id },
    ]);
  });
}

export function linkRow(link: Link) {
  return {
    source_connection_id: link.sourceConnectionId,
    directory_connection_id: link.directoryConnectionId,
    person_key: link.personKey,
    person_name: link.personName,
    account_id: link.accountId,
    origin: link.origin,
    disabled_by_us: link.disabledByUs ?? null,
    created_by_run: link.createdByRun ?? null,
    last_seen: link.lastSeen,
  };
}

export function linkOf(row: Selectable<Links>): Link {
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
