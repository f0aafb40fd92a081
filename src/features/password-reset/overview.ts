// What an administrator sees of self-service: who is enrolled, who was invited, what was tried.
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import type { Db } from '#store/db.ts';
import { answersMin } from './answers.ts';
import { times } from './limits.ts';
import { maskedAddress } from './outside-address.ts';
import { barredSql, type Person } from './person.ts';
import type { ResetRequest } from './requests.ts';

export type PersonRow = {
  readonly id: number;
  readonly name: string;
  readonly email: string | null;
  readonly client: string;
  readonly questions: number;
  readonly hasApp: boolean;
  /** Masked: nobody needs to read it whole but its owner. */
  readonly outside: string | null;
  readonly outsideGoodFrom: Date | null;
  readonly isEnrolled: boolean;
  readonly invitedAt: Date | null;
  readonly barred: Person['barred'];
};

type Raw = Omit<
  PersonRow,
  'hasApp' | 'outside' | 'outsideGoodFrom' | 'isEnrolled' | 'invitedAt'
> & {
  readonly has_app: boolean;
  readonly address: string | null;
  readonly changed_at: Date | null;
  readonly invited_at: Date | null;
};

/** By name; those who left and who stand for nobody in particular are left out. */
export async function listPeople(
  db: Db,
  actor: Pick<Actor, 'clientId'>,
  page: {
    readonly search?: string | undefined;
    readonly enrolled?: boolean | undefined;
    readonly after?: number | undefined;
    readonly limit: number;
  },
): Promise<{ readonly items: readonly PersonRow[]; readonly next: number | null }> {
  const { search, enrolled, after, limit } = page;
  const like = `%${(search ?? '').replaceAll(/[\\%_]/g, '\\$&').toLowerCase()}%`;
  const { rows } = await sql<Raw>`
    select * from (
      select t.id, t.name, t.email, c.name as client,
        (select count(*) from security_answers a where a.user_id = t.id) as questions,
        exists (select from totp_factors f where f.owner_kind = 'user' and f.owner_id = t.id
          and f.state = 'live') as has_app,
        o.address, o.changed_at, ${barredSql} as barred,
        (select max(e.made_at) from reset_enrolments e where e.user_id = t.id
          and e.opened_at is null) as invited_at
      from desk_users t join desk_sites s on s.id = t.site_id join desk_clients c on c.id = s.client_id
        left join reset_addresses o on o.user_id = t.id
      where not t.inactive and not t.general
        and ${actor.clientId === undefined ? sql`true` : sql`s.client_id = ${actor.clientId}`}
        and (lower(t.name) like ${like} or lower(t.email) like ${like} or lower(t.login) like ${like})
    ) p
    where ${after === undefined ? sql`true` : sql`p.id > ${after}`}
      and ${enrolledSql(enrolled)}
    order by p.id limit ${limit + 1}`.execute(db);
  const items = rows.slice(0, limit).map(rowOf);
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

const enrolledIs = sql<boolean>`(p.questions >= ${answersMin} and (p.has_app or p.address is not null))`;

function enrolledSql(enrolled: boolean | undefined) {
  if (enrolled === undefined) return sql`true`;
  return enrolled ? enrolledIs : sql`not ${enrolledIs}`;
}

function rowOf(raw: Raw): PersonRow {
  const { has_app: hasApp, address, changed_at: changedAt, invited_at: invitedAt, ...row } = raw;
  const isEnrolled = row.questions >= answersMin && (hasApp || address !== null);
  return {
    ...row,
    hasApp,
    outside: address === null ? null : maskedAddress(address),
    outsideGoodFrom: changedAt === null ? null : new Date(changedAt.getTime() + times.settledMs),
    isEnrolled,
    invitedAt,
  };
}

export type Counts = {
  readonly people: number;
  readonly enrolled: number;
  /** Within a day. */
  readonly attempts: number;
  readonly resets: number;
};

export async function countsOf(db: Db, actor: Pick<Actor, 'clientId'>, now: Date): Promise<Counts> {
  const since = new Date(now.getTime() - 86_400_000);
  const own = actor.clientId === undefined ? sql`true` : sql`s.client_id = ${actor.clientId}`;
  const { rows } = await sql<Counts>`
    select count(*) as people,
      count(*) filter (where (select count(*) from security_answers a where a.user_id = t.id)
        >= ${answersMin} and (exists (select from totp_factors f where f.owner_kind = 'user'
          and f.owner_id = t.id and f.state = 'live')
          or exists (select from reset_addresses o where o.user_id = t.id))) as enrolled,
      (select count(*) from reset_requests r where r.made_at > ${since} and r.tries > 0) as attempts,
      (select count(*) from reset_requests r where r.made_at > ${since} and r.state = 'done') as resets
    from desk_users t join desk_sites s on s.id = t.site_id
    where not t.inactive and not t.general and ${own}`.execute(db);
  return rows[0] ?? { people: 0, enrolled: 0, attempts: 0, resets: 0 };
}

export type AttemptRow = {
  readonly id: string;
  readonly at: Date;
  readonly person: { readonly id: number; readonly name: string } | null;
  readonly factor: 'app' | 'mail';
  readonly state: ResetRequest['state'];
  readonly wanted: 'reset' | 'unlock' | null;
  readonly tries: number;
  readonly may: boolean;
  readonly address: string;
};

/** The newest first. Whoever is bound to a client sees its people's alone. */
export async function listAttempts(
  db: Db,
  actor: Pick<Actor, 'clientId'>,
  limit: number,
): Promise<readonly AttemptRow[]> {
  const rows = await db
    .selectFrom('reset_requests as r')
    .leftJoin('desk_users as t', 't.id', 'r.user_id')
    .leftJoin('desk_sites as s', 's.id', 't.site_id')
    .select(['r.id', 'r.made_at', 'r.user_id', 't.name', 'r.factor', 'r.state', 'r.wanted'])
    .select(['r.tries', 'r.may', 'r.address'])
    .$if(actor.clientId !== undefined, (query) =>
      query.where('s.client_id', '=', actor.clientId ?? -1),
    )
    .orderBy('r.made_at', 'desc')
    .orderBy('r.id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    at: row.made_at,
    person: row.user_id === null ? null : { id: row.user_id, name: row.name ?? '' },
    factor: row.factor,
    state: row.state,
    wanted: row.wanted,
    tries: row.tries,
    may: row.may,
    address: row.address,
  }));
}
