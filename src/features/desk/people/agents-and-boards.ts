// What agents and members of boards have beyond a row: names that are theirs alone, roles, the last administrator.
import { sql } from 'kysely';
import type { Attributes } from '#domain/account.ts';
import type { Raw } from '#features/desk/resource/resource.ts';
import { json, type Tx } from '#store/db.ts';
import { saysSomething } from './kept.ts';
import type { Kind } from './kinds.ts';

/** Held, so that two transactions never disable the last two at once. */
export async function activeAdministrators(tx: Tx, { target }: Kind): Promise<Set<number>> {
  if (target !== 'agent') return new Set();
  const { rows } = await sql<{ readonly id: number }>`
    select id from desk_agents where administrator and not disabled and not for_applications
    order by id for no key update`.execute(tx);
  return new Set(rows.map(({ id }) => id));
}

type Holders = {
  isTaken(field: 'email' | 'login', value: string, id: number | undefined): boolean;
  /** Of a row that is going to be written: what it has from then on, and no longer what it had. */
  claim(row: Raw, id: number | undefined): void;
};

/** Who has the values that no two agents share. The database compares letters; it says which are one. */
export async function holdersOf(
  tx: Tx,
  kind: Kind,
  wanted: readonly Attributes[],
): Promise<Holders> {
  const lower = new Map<string, string>();
  const holders = new Map<string, number | 'new'>();
  const held = new Map<number, string[]>();
  const hold = (key: string, id: number | undefined) => {
    holders.set(key, id ?? 'new');
    if (id !== undefined) held.set(id, [...(held.get(id) ?? []), key]);
  };
  for (const field of kind.unique) {
    const values = new Set(
      wanted.map((after) => after[field]?.filter(saysSomething).join(', ') ?? ''),
    );
    const texts = [...values].filter((value) => value !== '' && !value.includes('\0'));
    if (texts.length === 0) continue;
    const { rows } = await sql<{
      readonly value: string;
      readonly low: string;
      readonly id: number | null;
    }>`
      select w as value, lower(w) as low, a.id from unnest(${texts}::text[]) w
      left join ${sql.table(kind.table)} a on lower(a.${sql.ref(field)}) = lower(w)`.execute(tx);
    for (const { value, low, id } of rows) {
      lower.set(value, low);
      if (id !== null) hold(`${field}=${low}`, id);
    }
  }
  const keyOf = (field: string, value: string) => `${field}=${lower.get(value) ?? value}`;
  return {
    isTaken(field, value, id) {
      const holder = holders.get(keyOf(field, value));
      return holder !== undefined && holder !== id;
    },
    claim(row, id) {
      const had = id === undefined ? [] : (held.get(id) ?? []);
      for (const key of had) holders.delete(key);
      if (id !== undefined) held.delete(id);
      for (const field of kind.unique) {
        const value = row[field];
        if (typeof value === 'string') hold(keyOf(field, value), id);
      }
    },
  };
}

/** All the roles of some agents, by GUID. */
export async function writeRoles(tx: Tx, agents: readonly Raw[]): Promise<void> {
  if (agents.length === 0) return;
  const pairs = agents.flatMap(({ id, roles }) =>
    Array.isArray(roles) ? roles.map((role) => ({ agent_id: id, role_id: role })) : [],
  );
  const given = sql`json_populate_recordset(null::desk_agent_roles, ${json(pairs)}::json)`;
  await sql`delete from desk_agent_roles a where a.agent_id = any(${agents.map(({ id }) => id)}::integer[])
    and (a.agent_id, a.role_id) not in (select agent_id, role_id from ${given} g)`.execute(tx);
  await sql`insert into desk_agent_roles (agent_id, role_id)
    select agent_id, role_id from ${given} g on conflict do nothing`.execute(tx);
}

/** A new member is the user of the desk whose address or login theirs is, if it is that of one alone. */
export async function linkMembers(tx: Tx, members: readonly Raw[]): Promise<readonly Raw[]> {
  if (members.length === 0) return members;
  const { rows } = await sql<{ readonly id: number; readonly user_id: number }>`
    select m.id, coalesce(e.user_id, l.user_id) as user_id
    from json_to_recordset(${json(members)}::json) m (id integer, email text, login text)
    left join lateral (select min(u.id) as user_id from desk_users u
      where lower(u.email) = lower(m.email) and not (u.general or u.service_account)
      having count(*) = 1) e on true
    left join lateral (select min(u.id) as user_id from desk_users u
      where lower(u.login) = lower(m.login) and not (u.general or u.service_account)
      having count(*) = 1) l on true
    where coalesce(e.user_id, l.user_id) is not null`.execute(tx);
  const users = new Map(rows.map(({ id, user_id: user }) => [id, user]));
  return members.map((member) => ({ ...member, user_id: users.get(Number(member.id)) ?? null }));
}
