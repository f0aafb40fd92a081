// The SQL of attempts, the newest first.
import { type Selectable, sql } from 'kysely';
import { z } from 'zod';
import type { PersonId } from '#domain/ports/people.ts';
import type { Step } from '#domain/sso/trace.ts';
import {
  type AttemptStatus,
  attemptStatuses,
  entities,
  type Purpose,
  purposes,
} from '#features/sso/model.ts';
import { Steps } from '#features/sso/transactions.ts';
import type { Db, Tx } from '#store/db.ts';
import type { SsoAttempts } from '#store/tables.ts';

export type Attempt = {
  readonly id: number;
  readonly application: { readonly id: number; readonly guid: string; readonly name: string };
  readonly at: Date;
  readonly address: string | null;
  readonly purpose: Purpose;
  readonly status: AttemptStatus;
  /** Who it was proven to be: what a link is made of. Never shown whole. */
  readonly identity: { readonly issuer: string; readonly subject: string } | undefined;
  readonly owner: (PersonId & { readonly name: string | null }) | undefined;
  readonly userInfo: string | null;
  readonly failedCheck: string | null;
  readonly result: string;
  readonly steps: readonly Step[];
};

export type AttemptFilter = {
  readonly applicationId?: number | undefined;
  readonly status?: AttemptStatus | undefined;
  readonly from?: Date | undefined;
  /** Not included. */
  readonly until?: Date | undefined;
  readonly below?: number | undefined;
};

export async function listAttempts(
  db: Db,
  filter: AttemptFilter,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<readonly Attempt[]> {
  const rows = await filtered(selection(db), filter)
    .orderBy('t.id', 'desc')
    .limit(limit)
    .offset(offset)
    .execute();
  return rows.map(attemptOf);
}

export async function countAttempts(db: Db, filter: AttemptFilter): Promise<number> {
  const { count } = await filtered(selection(db), filter)
    .clearSelect()
    .select((is) => is.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

export async function findAttempt(db: Db | Tx, id: number): Promise<Attempt | undefined> {
  const row = await selection(db).where('t.id', '=', id).executeTakeFirst();
  return row && attemptOf(row);
}

export async function deleteAttempt(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('sso_attempts').where('id', '=', id).execute();
}

export type Tally = {
  readonly statuses: Readonly<Partial<Record<AttemptStatus, number>>>;
  /** The checks that refused most, the most frequent first. */
  readonly checks: readonly { readonly check: string; readonly count: number }[];
};

const checksTold = 5;

export async function tally(db: Db, since: Date): Promise<Tally> {
  const { rows } = await sql<{ status: AttemptStatus; check: string | null; count: number }>`
    select status, failed_check as check, count(*) as count from sso_attempts
    where at >= ${since} group by status, failed_check order by count(*) desc`.execute(db);
  const statuses: Partial<Record<AttemptStatus, number>> = {};
  for (const { status, count } of rows) statuses[status] = (statuses[status] ?? 0) + count;
  const checks = rows.flatMap(({ check, count }) => (check === null ? [] : [{ check, count }]));
  return { statuses, checks: checks.slice(0, checksTold) };
}

function selection(db: Db | Tx) {
  return db
    .selectFrom('sso_attempts as t')
    .innerJoin('sso_applications as x', 'x.id', 't.application_id')
    .leftJoin('desk_agents as a', (join) =>
      join.onRef('a.id', '=', 't.owner_id').on('t.owner_kind', '=', 'agent'),
    )
    .leftJoin('desk_users as u', (join) =>
      join.onRef('u.id', '=', 't.owner_id').on('t.owner_kind', '=', 'user'),
    )
    .selectAll('t')
    .select(['x.guid', 'x.name as application_name'])
    .select((is) => is.fn.coalesce('a.name', 'u.name').as('owner_name'));
}

function filtered(query: ReturnType<typeof selection>, filter: AttemptFilter) {
  const { applicationId, status, from, until, below } = filter;
  let some = query;
  if (applicationId !== undefined) some = some.where('t.application_id', '=', applicationId);
  if (status !== undefined) some = some.where('t.status', '=', status);
  if (from !== undefined) some = some.where('t.at', '>=', from);
  if (until !== undefined) some = some.where('t.at', '<', until);
  if (below !== undefined) some = some.where('t.id', '<', below);
  return some;
}

type Row = Selectable<SsoAttempts> & {
  readonly guid: string;
  readonly application_name: string;
  readonly owner_name: string | null;
};

function attemptOf(row: Row): Attempt {
  const { issuer, subject, owner_kind: kind, owner_id: ownerId } = row;
  return {
    id: row.id,
    application: { id: row.application_id, guid: row.guid, name: row.application_name },
    at: row.at,
    address: row.address,
    purpose: z.enum(purposes).parse(row.purpose),
    status: z.enum(attemptStatuses).parse(row.status),
    identity: issuer === null || subject === null ? undefined : { issuer, subject },
    owner:
      kind === null || ownerId === null
        ? undefined
        : { kind: z.enum(entities).parse(kind), id: ownerId, name: row.owner_name },
    userInfo: row.user_info,
    failedCheck: row.failed_check,
    result: row.result,
    steps: Steps.parse(row.steps),
  };
}
