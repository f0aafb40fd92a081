// A hub that is just enough for the lab: its doors and its desk, over real HTTP on a database of its own.
import { openAccess } from '#access.ts';
import { theHub } from '#domain/actor.ts';
import { createApplication } from '#features/applications/commands.ts';
import { agentsOfTheHub } from '#features/desk/agents-port.ts';
import { deskRoutes } from '#features/desk/routes.ts';
import { usersOfTheHub } from '#features/desk/users-port.ts';
import { openServer } from '#http/server.ts';
import type { Hub } from '#lab/desk.ts';
import { systemClock } from '#lib/clock.ts';
import { silentLog } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { openSealing } from '#store/sealing.ts';
import { aDatabase, type TestDatabase } from './database.ts';

export type LabHub = AsyncDisposable & {
  /** Where the hub is and the application by which the lab signs in. */
  readonly hub: Hub;
  readonly database: TestDatabase;
};

export async function aLabHub(): Promise<LabHub> {
  await using opening = new AsyncDisposableStack();
  const clock = systemClock;
  const database = opening.use(await aDatabase());
  const { db, connectionString } = database;
  const publicUrl = new URL('http://127.0.0.1:7610');
  const sealing = openSealing([{ id: '0011223344556677', key: Buffer.alloc(32, 7) }]);
  const access = opening.use(
    await openAccess({
      db,
      agents: agentsOfTheHub(db, clock),
      users: usersOfTheHub(db),
      clock,
      connectionString,
      sealing,
      log: silentLog,
      publicUrl,
    }),
  );
  const desk = { sealing, publicUrl: publicUrl.origin, version: '0.0.0-test', tenant: 'larkfield' };
  const server = opening.use(
    await openServer({
      routes: [...access.routes, ...deskRoutes({ db, clock, ...desk })],
      authenticate: access.authenticate,
      publicUrl,
      version: desk.version,
      log: silentLog,
      ready: async () => [],
    }),
  );
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const wanted = { name: 'The lab', scopes: ['all'] as const };
  const { application, clientSecret } = await createApplication(db, wanted, theHub, clock());
  const opened = opening.move();
  return {
    hub: {
      url: url.href,
      clientId: application.clientId,
      clientSecret: clientSecret ?? new Secret(''),
    },
    database,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
