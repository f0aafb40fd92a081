// A hub with directory syncs and their connections, over real HTTP, a real database and the lab's own directory.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { openConnections } from '#connections.ts';
import { directoryConnections } from '#directory-connections.ts';
import type { Actor } from '#domain/actor.ts';
import type { Notice } from '#domain/notice.ts';
import { connectionRoutes } from '#features/connections/routes.ts';
import { HaloLdapConnection } from '#features/directories/halo-model.ts';
import { haloLdapConnectionRoutes } from '#features/directories/halo-routes.ts';
import { syncsOn } from '#features/directories/queries.ts';
import { directorySyncRoutes } from '#features/directories/routes.ts';
import { checkRedirect } from '#features/directories/whose-connections.ts';
import { silentLog } from '#lib/log.ts';
import type { Tx } from '#store/db.ts';
import { asMasterKey } from '#store/key-file.ts';
import { openSealing } from '#store/sealing.ts';
import { makeClients } from './clients.ts';
import { aDatabase, type TestDatabase } from './database.ts';
import { aFront, anActor } from './front.ts';
import { aTestKeeper } from './keeper.ts';
import { labDirectory } from './lab-directory.ts';

export type SyncHub = Awaited<ReturnType<typeof aSyncHub>>;

/** As it is answered: what is written alone stands in no answer. */
export const One = HaloLdapConnection.omit({
  ...{ integrator_password: true, new_password: true, _is_test: true, _get_mappings: true },
  ...{ _containerfilter: true, _get_users: true, _userfilter: true, _new_only: true },
}).required();
export type One = z.output<typeof One>;

export const password = 'Bind-password-1';

/** An LDAPConnection as small as it can be. */
export const small = {
  name: 'AD Larkfield',
  hostname: 'dc1.ad.larkfield.test',
  domainname: 'ad.larkfield.test',
  username: 'svc-sundog',
  new_password: password,
};

/** Sites 101 to 103 of the clients 9, 12 and 13, a role of users, a role of agents, and Maya. */
async function fill({ db, pool }: TestDatabase): Promise<void> {
  await makeClients(db, [9, 12, 13]);
  await pool.query(`
    insert into desk_sites (id, name, client_id, created_at, updated_at)
      values (101, 'York', 9, now(), now()), (102, 'Hull', 12, now(), now()), (103, 'Leeds', 13, now(), now());
    insert into desk_user_roles (id, name) values (104, 'Staff');
    insert into desk_roles (id, number, name)
      values ('00000000-0000-4000-8000-0000000000aa', 107, 'Service desk');
    insert into desk_users (id, name, site_id, created_at, updated_at)
      values (105, 'Template of York', 101, now(), now());
  `);
}

export async function aSyncHub() {
  const database: TestDatabase = await aDatabase();
  await fill(database);
  const lab = await labDirectory();
  const keeper = aTestKeeper().keeper;
  const rules = { networks: ['10.0.0.0/8'], labAllowed: true };
  const sealing = openSealing([asMasterKey(Buffer.alloc(32, 7).toString('base64'), 'test')]);
  const connections = openConnections({ db: database.db, sealing, rules, keeper });
  const workshop = {
    ...{ db: database.db, sealing, rules, keeper, log: silentLog },
    clock: () => new Date(),
    usersOf: async (tx: Tx, id: string) => [
      ...(id === used.id ? ['the automation "New starters"'] : []),
      ...(await syncsOn(tx, id)),
    ],
    checkRedirect,
    notify: async (_tx: unknown, _notice: Notice) => {},
    probe: connections.probe,
  };
  const used = { id: '' };
  const ports = {
    db: database.db,
    clock: workshop.clock,
    connections: directoryConnections(workshop),
  };
  const callers: Readonly<Record<string, Actor>> = {
    admin: anActor('admin', ['admin']),
    editor: anActor('editor', ['directory-syncs:read', 'directory-syncs:edit', 'connections:edit']),
    reader: anActor('reader', ['directory-syncs:read']),
    half: anActor('half', ['directory-syncs:read', 'directory-syncs:edit']),
    guest: anActor('guest', ['all:standard']),
    'client-9': anActor(
      'client-9',
      ['directory-syncs:read', 'directory-syncs:edit', 'connections:edit', 'connections:read'],
      9,
    ),
    impersonated: {
      ...anActor('impersonated', ['admin']),
      behind: { kind: 'agent', id: '1', name: 'Rosa' },
    },
  };
  const front = await aFront(
    [
      ...connectionRoutes(workshop),
      ...haloLdapConnectionRoutes(ports),
      ...directorySyncRoutes(ports),
    ],
    callers,
  );
  let made = 0;
  const post = async (body: unknown, as = 'admin') => {
    const answer = await front.ask(as, 'POST', '/api/LDAPConnection', body);
    assert.equal(answer.status, 201, answer.text);
    return One.parse(answer.body);
  };
  return {
    database,
    lab,
    ports,
    used,
    ask: front.ask,
    post,
    /** One more, with a name of its own. */
    make: (more: object = {}, as?: string) => {
      made += 1;
      return post({ ...small, name: `Directory ${made}`, ...more }, as);
    },
    /** One that reads the lab's directory. */
    async labConnection(more: object = {}) {
      made += 1;
      const settings = {
        ...{ host: lab.host, port: lab.ports.ldaps, ca: lab.caPem },
        ...{ bindDn: lab.service.dn, baseDn: lab.baseDn },
      };
      const secret = lab.service.password.reveal();
      const body = { kind: 'ldap', name: `Lab directory ${made}`, lab: true, settings, secret };
      const answer = await front.ask('admin', 'POST', '/v1/connections', body);
      assert.equal(answer.status, 201, answer.text);
      const { id: guid } = z.object({ id: z.uuid() }).parse(answer.body);
      return post({ guid, ...more });
    },
    async refused(body: unknown, as = 'admin') {
      const answer = await front.ask(as, 'POST', '/api/LDAPConnection', body);
      assert.ok(answer.status >= 400 && answer.status < 500, answer.text);
      return answer.text.replaceAll('\\"', '"');
    },
    async audited(id: number | string) {
      const { rows } = await database.pool.query<{ told: string }>(
        `select concat_ws(' ', action, field, before, '>', after, because) as told
         from audit_entries join audit_texts on entry_id = id
         where subject_id = $1 order by id`,
        [String(id)],
      );
      return rows.map(({ told }) => told);
    },
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await connections[Symbol.asyncDispose]();
      await lab[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
