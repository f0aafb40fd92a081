// Who is meant by a login, an address or a name in a directory, and whether they may reset their own password.
import { type SqlBool, sql } from 'kysely';
import type { ResetPerson } from '#domain/ports/password-reset.ts';
import type { Db, Tx } from '#store/db.ts';
import { answersMin } from './answers.ts';
import { plainLogin } from './choose-questions.ts';
import type { KeptAnswer } from './hashing.ts';
import { times } from './limits.ts';

/** What names a person; every one that is given must name the same. Texts, never filters. */
export type Named = {
  readonly login?: string | undefined;
  readonly email?: string | undefined;
  readonly distinguishedName?: string | undefined;
  readonly premiseName?: string | undefined;
};

export type Person = {
  readonly id: number;
  readonly name: string;
  readonly email: string | null;
  readonly login: string | null;
  readonly samAccountName: string | null;
  readonly clientId: number;
  readonly distinguishedName: string | null;
  readonly premiseName: string | null;
  readonly emailChangedAt: Date | null;
  /** Why not, as a word for the log and the audit; null where they may. */
  readonly barred: 'inactive' | 'service account' | 'general user' | 'agent' | null;
};

/** The one user whom all that is given names; nobody where it is two, or nothing. */
export async function findPerson(
  db: Db | Tx,
  named: Named,
  clientId?: number,
): Promise<Person | undefined> {
  const conditions = [
    ...(named.login === undefined ? [] : [byLogin(named.login)]),
    ...(named.email === undefined ? [] : [sql<SqlBool>`lower(t.email) = ${plain(named.email)}`]),
    ...(named.distinguishedName === undefined ? [] : [byName(named.distinguishedName)]),
    ...(named.premiseName === undefined ? [] : [byName(named.premiseName)]),
  ];
  if (conditions.length === 0) return undefined;
  const bound =
    clientId === undefined ? sql<SqlBool>`true` : sql<SqlBool>`s.client_id = ${clientId}`;
  const found = await select(db, sql`${sql.join(conditions, sql` and `)} and ${bound}`, 3);
  // Somebody who left may have had the login before.
  const here = found.length > 1 ? found.filter(({ barred }) => barred !== 'inactive') : found;
  return here.length === 1 ? here[0] : undefined;
}

export async function personById(db: Db | Tx, id: number): Promise<Person | undefined> {
  return (await select(db, sql`t.id = ${id}`, 1))[0];
}

/** LARKFIELD\jsmith, jsmith, jsmith@ad.larkfield.test and the mail address, whichever the desk has. */
function byLogin(login: string) {
  const given = plain(login);
  const name = given.slice(given.lastIndexOf('\\') + 1);
  const isAddress = name.includes('@');
  return sql<SqlBool>`(lower(substring(t.login from '[^\\\\]*$')) = ${name}
    or lower(t.email) = ${given}
    or lower(t.sam_account_name) = ${isAddress ? plainLogin(name) : name})`;
}

function byName(distinguishedName: string) {
  const name = plain(distinguishedName);
  return sql<SqlBool>`(lower(t.distinguished_name) = ${name}
    or lower(t.extra ->> 'onpremise_activedirectory_dn') = ${name})`;
}

function plain(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}

type Row = {
  readonly id: number;
  readonly name: string;
  readonly email: string | null;
  readonly login: string | null;
  readonly sam: string | null;
  readonly client_id: number;
  readonly dn: string | null;
  readonly premise_dn: string | null;
  readonly email_changed_at: Date | null;
  readonly barred: Person['barred'];
};

async function select(
  db: Db | Tx,
  condition: ReturnType<typeof sql>,
  limit: number,
): Promise<Person[]> {
  const { rows } = await sql<Row>`
    select t.id, t.name, t.email, t.login, t.sam_account_name as sam, s.client_id,
      t.distinguished_name as dn, t.extra ->> 'onpremise_activedirectory_dn' as premise_dn,
      t.email_changed_at, ${barredSql} as barred
    from desk_users t join desk_sites s on s.id = t.site_id join desk_clients c on c.id = s.client_id
    where ${condition} order by t.id limit ${limit}`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    email: row.email,
    login: row.login,
    samAccountName: row.sam,
    clientId: row.client_id,
    distinguishedName: row.dn,
    premiseName: row.premise_dn,
    emailChangedAt: row.email_changed_at,
    barred: row.barred,
  }));
}

/** Whoever is an agent of this hub, by link or by sharing a login or an address, is privileged here. */
export const barredSql = sql<Person['barred']>`case
  when t.inactive or c.inactive then 'inactive'
  when t.service_account then 'service account'
  when t.general then 'general user'
  when t.linked_agent_id is not null or exists (
    select from desk_agents a where lower(a.email) in (lower(t.email), lower(t.login))
      or lower(a.login) in (lower(t.email), lower(t.login))
      or lower(substring(a.login from '[^\\\\]*$')) = lower(substring(t.login from '[^\\\\]*$'))
  ) then 'agent' end`;

export function asResetPerson(person: Person): ResetPerson {
  return {
    userId: person.id,
    name: person.name,
    clientId: person.clientId,
    serviceAccount: person.barred === 'service account',
    login: person.login ?? undefined,
    samAccountName: person.samAccountName ?? undefined,
    distinguishedNames: [person.distinguishedName, person.premiseName].filter(
      (name) => name !== null,
    ),
  };
}

/** Names that must not stand in an answer or a password. */
export function namesOf(person: Person): string[] {
  return [person.name, person.email, person.login, person.samAccountName].filter(
    (name) => name !== null,
  );
}

export type Enrolment = {
  readonly answers: readonly KeptAnswer[];
  /** The outside address, where there is one that stood long enough. */
  readonly address: string | undefined;
};

export async function enrolmentOf(db: Db | Tx, userId: number, now: Date): Promise<Enrolment> {
  const answers = await db
    .selectFrom('security_answers')
    .select(['question_id', 'spelling', 'pepper_id', 'hash'])
    .where('user_id', '=', userId)
    .orderBy('slot')
    .execute();
  const kept = await addressOf(db, userId);
  const settled = kept !== undefined && isSettled(kept.changedAt, now);
  return {
    answers: answers.map((row) => ({
      questionId: row.question_id,
      spelling: row.spelling,
      pepperId: row.pepper_id,
      hash: row.hash,
    })),
    address: settled ? kept.address : undefined,
  };
}

export function hasAnswers({ answers }: Enrolment): boolean {
  return answers.length >= answersMin;
}

export async function addressOf(
  db: Db | Tx,
  userId: number,
): Promise<{ readonly address: string; readonly changedAt: Date } | undefined> {
  const row = await db
    .selectFrom('reset_addresses')
    .select(['address', 'changed_at'])
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row && { address: row.address, changedAt: row.changed_at };
}

/** Nobody changed it of late: who takes over an address does not at once have the account too. */
export function isSettled(changedAt: Date | null, now: Date): boolean {
  return changedAt === null || now.getTime() - changedAt.getTime() >= times.settledMs;
}
