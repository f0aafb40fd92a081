// What changes of people refer to, read at once: sites, roles, managers, photos, boards.
import { sql } from 'kysely';
import type { Tx } from '#store/db.ts';

export type References = {
  /** What was asked for, in lower case, and the id by which the desk keeps it. */
  readonly wanted: {
    readonly site: ReadonlyMap<string, string>;
    readonly userRole: ReadonlyMap<string, string>;
    readonly agentRole: ReadonlyMap<string, string>;
    readonly user: ReadonlyMap<string, string>;
    readonly agent: ReadonlyMap<string, string>;
    readonly photo: ReadonlyMap<string, string>;
    readonly cab: ReadonlyMap<string, string>;
  };
  /** Names that are kept beside ids, by `kind:id`. */
  readonly names: ReadonlyMap<string, string>;
  /** Of each site, by its id. */
  readonly clientOfSite: ReadonlyMap<string, number>;
};

export type Wanted = { readonly [K in keyof References['wanted']]: ReadonlySet<string> };

type Found = {
  readonly word: string;
  readonly id: string;
  readonly name?: string;
  readonly client_id?: number | null;
};

/** Held until the transaction ends: what is referred to does not go away in between. */
const queries: Readonly<Record<keyof Wanted, string>> = {
  site: `select id::text as word, id::text as id, client_id from desk_sites
    where id = any($words::integer[]) for key share`,
  userRole: `select id::text as word, id::text as id, name from desk_user_roles
    where id = any($words::integer[]) for key share`,
  agentRole: `select w as word, r.id::text as id from unnest($words::text[]) w
    join desk_roles r on r.id::text = w or r.number::text = w for key share of r`,
  user: `select u.id::text as word, u.id::text as id, s.client_id
    from desk_users u left join desk_sites s on s.id = u.site_id
    where u.id = any($words::integer[]) and not u.general order by u.id for key share of u`,
  agent: `select id::text as word, id::text as id, name from desk_agents
    where id = any($words::integer[]) order by id for key share`,
  photo: `select encode(sha256, 'hex') as word, encode(sha256, 'hex') as id from photo_octets
    where sha256 = any(select decode(w, 'hex') from unnest($words::text[]) w) for key share`,
  cab: `select id::text as word, id::text as id from desk_cabs
    where id = any($words::integer[]) for key share`,
};

/** For one client, users of its own alone. */
export async function readReferences(
  tx: Tx,
  wanted: Wanted,
  clientId: number | null,
): Promise<References> {
  const found = async (kind: keyof Wanted): Promise<readonly Found[]> => {
    const words = [...wanted[kind]].filter((word) => shapes[kind].test(word));
    if (words.length === 0) return [];
    const [before = '', after = ''] = queries[kind].split('$words');
    const { rows } = await sql<Found>`${sql.raw(before)}${words}${sql.raw(after)}`.execute(tx);
    return rows;
  };
  const site = await found('site');
  const userRole = await found('userRole');
  const agent = await found('agent');
  const user = await found('user');
  return {
    wanted: {
      site: byWord(site),
      userRole: byWord(userRole),
      agentRole: byWord(await found('agentRole')),
      user: byWord(user.filter((one) => clientId === null || one.client_id === clientId)),
      agent: byWord(agent),
      photo: byWord(await found('photo')),
      cab: byWord(await found('cab')),
    },
    names: new Map([
      ...userRole.map(({ id, name }) => [`userRole:${id}`, name ?? ''] as const),
      ...agent.map(({ id, name }) => [`agent:${id}`, name ?? ''] as const),
    ]),
    clientOfSite: new Map(
      site.flatMap(({ id, client_id: client }) => (client == null ? [] : [[id, client]])),
    ),
  };
}

const number = /^[1-9]\d{0,8}$/;
const shapes: Readonly<Record<keyof Wanted, RegExp>> = {
  site: number,
  userRole: number,
  agentRole: /^[0-9a-f-]{1,36}$/,
  user: number,
  agent: number,
  photo: /^[0-9a-f]{64}$/,
  cab: number,
};

function byWord(rows: readonly Found[]): ReadonlyMap<string, string> {
  return new Map(rows.map(({ word, id }) => [word, id]));
}
