// A remote Halo keeps the contract of every service desk: the hub's own desk, over HTTP, through the connector.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { openAccess } from '#access.ts';
import { type Halo, openHalo } from '#connectors/halo/halo.ts';
import { theHub } from '#domain/actor.ts';
import { HaloSettings } from '#domain/connection.ts';
import { createApplication } from '#features/applications/commands.ts';
import { agentsOfTheHub } from '#features/desk/agents-port.ts';
import { deskRoutes } from '#features/desk/routes.ts';
import { usersOfTheHub } from '#features/desk/users-port.ts';
import { openServer } from '#http/server.ts';
import { systemClock } from '#lib/clock.ts';
import { silentLog } from '#lib/log.ts';
import { asMasterKey } from '#store/key-file.ts';
import { openSealing } from '#store/sealing.ts';
import { type DeskOnTrial, serviceDeskContract } from '#test/contracts/service-desk.ts';
import { aDatabase } from '#test/servers/database.ts';

serviceDeskContract('A Halo over HTTP', openRemoteDesk);

async function openRemoteDesk(): Promise<DeskOnTrial> {
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await aDatabase());
  const { db, connectionString } = database;
  const publicUrl = new URL('http://hub.larkfield.test');
  const access = opening.use(
    await openAccess({
      db,
      connectionString,
      agents: agentsOfTheHub(db, systemClock),
      users: usersOfTheHub(db),
      clock: systemClock,
      sealing: openSealing([asMasterKey(Buffer.alloc(32, 7).toString('base64'), 'test')]),
      log: silentLog,
      publicUrl,
    }),
  );
  const sealing = openSealing([asMasterKey(Buffer.alloc(32, 7).toString('base64'), 'test')]);
  const desk = { db, clock: systemClock, sealing, version: '0', tenant: 'larkfield' };
  const server = opening.use(
    await openServer({
      routes: [...access.routes, ...deskRoutes({ ...desk, publicUrl: publicUrl.origin })],
      authenticate: access.authenticate,
      publicUrl,
      version: '0',
      log: silentLog,
      ready: async () => [],
    }),
  );
  const base = await server.listen({ host: '127.0.0.1', port: 0 });
  const { application, clientSecret } = await createApplication(
    db,
    { name: 'Sundog', scopes: ['all'] },
    theHub,
    new Date(),
  );
  const settings = HaloSettings.parse({
    address: base.origin,
    // The hub's AuthInfo names its public address, which leads nowhere in a test.
    tokenAddress: `${base.origin}/auth/token`,
    clientId: application.clientId,
  });
  const halo = opening.use(
    openHalo(
      settings,
      clientSecret ?? assert.fail('no secret'),
      { lab: true, confirmed: [], networks: [] },
      { limits: { pageSize: 50 } },
    ),
  );
  const client = await made(halo, 'Client', {
    name: 'Larkfield Optics',
    newclient_sitename: 'Bristol',
  });
  const porto = await made(halo, 'Site', { name: 'Porto', client_id: client.id });
  const opened = opening.move();
  return {
    desk: halo,
    clientId: client.id,
    siteId: client.main_site_id ?? assert.fail('the client has no site'),
    otherSiteId: porto.id,
    closingStatusId: 9,
    ticketTypeId: 5,
    otherTicketTypeId: 1,
    internalNoteOutcomeId: 7,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const Made = z.looseObject({ id: z.int(), main_site_id: z.int().nullish() });

async function made(halo: Halo, kind: string, members: object) {
  const answer = await halo.send({
    method: 'POST',
    url: `api/${kind}`,
    headers: {},
    parameters: {},
    body: { mediaType: 'application/json', text: JSON.stringify([members]) },
  });
  assert.equal(answer.status, 201, answer.text);
  return Made.parse(JSON.parse(answer.text));
}
