// The desk's users as sign-in asks for them.
import { sql } from 'kysely';
import { permissionsOfUser } from '#domain/permission.ts';
import type { DeskUser, Users } from '#domain/ports/users.ts';
import type { Db } from '#store/db.ts';
import type { Sql } from './resource/filter.ts';

export function usersOfTheHub(db: Db): Users {
  return {
    findByLogin: async (login) => {
      const [user, another] = await findUsers(
        db,
        sql`(lower(u.email) = lower(${login}) or lower(u.login) = lower(${login})) and ${enabled}`,
      );
      return another === undefined ? user : undefined;
    },
    find: async (id) => (await findUsers(db, sql`u.id = ${id}`, kept))[0],
  };
}

const enabled = sql`not (u.inactive or u.service_account or u.general or c.inactive)`;

/** Asked at every request of theirs that nothing is remembered for. */
const kept = sql`/* kept: find-user */`;

async function findUsers(db: Db, condition: Sql, mark: Sql = sql``): Promise<readonly DeskUser[]> {
  const { rows } = await sql<Omit<DeskUser, 'permissions'>>`${mark}
    select u.id, u.name, coalesce(u.email, '') as email, ${enabled} as enabled,
      s.client_id as "clientId"
    from desk_users u join desk_sites s on s.id = u.site_id join desk_clients c on c.id = s.client_id
    where ${condition} order by u.id limit 2`.execute(db);
  return rows.map((row) => ({ ...row, permissions: permissionsOfUser() }));
}
