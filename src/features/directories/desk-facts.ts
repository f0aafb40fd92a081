// What a sync's settings name in the hub's own desk: whether it is there, and what people call it.
import { sql } from 'kysely';
import type { SyncSettings } from '#domain/sync/settings.ts';
import type { Db, Tx } from '#store/db.ts';

export type DeskFacts = {
  readonly sites: ReadonlyMap<number, { readonly name: string; readonly clientId: number }>;
  readonly userRoles: ReadonlySet<number>;
  /** By GUID and by number, in lower case. */
  readonly roles: ReadonlySet<string>;
  /** Names of boards. */
  readonly boards: ReadonlyMap<number, string>;
  /** Users that serve as templates; one without a site belongs to no client. */
  readonly templates: ReadonlyMap<number, Owned & { readonly name: string }>;
};

type Owned = { readonly clientId: number | null };

/** A site or user of another client is as unknown as one that is not there. */
export function isSeen<T extends Owned>(
  clientId: number | null | undefined,
  found: T | undefined,
): found is T {
  return found !== undefined && (clientId == null || found.clientId === clientId);
}

type Named = Pick<SyncSettings, 'places' | 'newUserTemplateId'>;

/** Everything that any of the settings names, in a few statements however many they are. */
export async function readDeskFacts(db: Db | Tx, all: readonly Named[]): Promise<DeskFacts> {
  const places = all.flatMap((one) => one.places);
  const sites = await rowsOf(db, 'desk_sites', ['id', 'name', 'client_id'], ids(places, 'siteId'));
  const roles = await rowsOf(db, 'desk_user_roles', ['id'], ids(places, 'userRoleId'));
  const boards = await rowsOf(db, 'desk_cabs', ['id', 'name'], ids(places, 'cabId'));
  return {
    sites: new Map(
      sites.map(({ id, name, client_id: client }) => [
        Number(id),
        { name: String(name), clientId: Number(client) },
      ]),
    ),
    userRoles: new Set(roles.map(({ id }) => Number(id))),
    roles: await agentRoles(
      db,
      places.flatMap((place) => place.roleIds),
    ),
    boards: new Map(boards.map(({ id, name }) => [Number(id), String(name)])),
    templates: await templatesOf(
      db,
      all.flatMap(({ newUserTemplateId: id }) => id ?? []),
    ),
  };
}

/** In sentences: what the settings name and the desk, or the client of the sync, has not. */
export async function missingInDesk(
  tx: Tx,
  settings: SyncSettings,
  clientId: number | null,
): Promise<string[]> {
  const facts = await readDeskFacts(tx, [settings]);
  const { newUserTemplateId: template } = settings;
  return [
    ...settings.places.flatMap((place) => {
      const called = `the place "${place.name || place.dn}"`;
      const site = place.siteId === null ? undefined : facts.sites.get(place.siteId);
      return [
        ...(place.siteId === null || isSeen(clientId, site)
          ? []
          : [`${called} has an unknown site: ${place.siteId}`]),
        ...(place.userRoleId === null || facts.userRoles.has(place.userRoleId)
          ? []
          : [`${called} has an unknown role of users: ${place.userRoleId}`]),
        ...(place.cabId === null || facts.boards.has(place.cabId)
          ? []
          : [`${called} has an unknown board: ${place.cabId}`]),
        ...place.roleIds
          .filter((id) => !facts.roles.has(id.toLowerCase()))
          .map((id) => `${called} has an unknown role of agents: ${id}`),
      ];
    }),
    ...(template === null || isSeen(clientId, facts.templates.get(template))
      ? []
      : [`there is no user ${template} to be a template`]),
  ];
}

function ids(
  places: SyncSettings['places'],
  name: 'siteId' | 'userRoleId' | 'cabId',
): readonly number[] {
  return places.flatMap((place) => place[name] ?? []);
}

type Row = Readonly<Record<string, unknown>>;

const idMax = 2 ** 31 - 1;

async function rowsOf(
  db: Db | Tx,
  table: 'desk_sites' | 'desk_user_roles' | 'desk_cabs',
  columns: readonly string[],
  wanted: readonly number[],
): Promise<readonly Row[]> {
  const some = usable(wanted);
  if (some.length === 0) return [];
  const { rows } = await sql<Row>`
    select ${sql.join(columns.map((column) => sql.ref(column)))} from ${sql.table(table)}
    where id = any(${some}::integer[])
  `.execute(db);
  return rows;
}

function usable(ids: readonly number[]): readonly number[] {
  return [...new Set(ids)].filter((id) => id > 0 && id <= idMax);
}

async function templatesOf(
  db: Db | Tx,
  wanted: readonly number[],
): Promise<DeskFacts['templates']> {
  const some = usable(wanted);
  if (some.length === 0) return new Map();
  const rows = await db
    .selectFrom('desk_users')
    .leftJoin('desk_sites', 'desk_sites.id', 'desk_users.site_id')
    .select(['desk_users.id', 'desk_users.name', 'desk_sites.client_id'])
    .where('desk_users.id', 'in', some)
    .execute();
  return new Map(rows.map(({ id, name, client_id: clientId }) => [id, { name, clientId }]));
}

async function agentRoles(db: Db | Tx, wanted: readonly string[]): Promise<ReadonlySet<string>> {
  const some = [...new Set(wanted.map((id) => id.toLowerCase()))];
  if (some.length === 0) return new Set();
  const { rows } = await sql<{ readonly word: string }>`
    select w as word from unnest(${some}::text[]) w
    where exists (select 1 from desk_roles where id::text = w or number::text = w)
  `.execute(db);
  return new Set(rows.map(({ word }) => word));
}
