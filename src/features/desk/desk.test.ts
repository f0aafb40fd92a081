// The hub's own tables keep to the contract of every service desk.
import { theHub } from '#domain/actor.ts';
import { systemClock } from '#lib/clock.ts';
import { type DeskOnTrial, serviceDeskContract } from '#test/contracts/service-desk.ts';
import { aDatabase } from '#test/servers/database.ts';
import { clients } from './clients/clients.ts';
import { deskOfTheHub } from './hub-desk.ts';
import { saveRecords } from './resource/save.ts';
import { sites } from './sites/sites.ts';

serviceDeskContract("The hub's own desk", openDesk);

async function openDesk(): Promise<DeskOnTrial> {
  await using opening = new AsyncDisposableStack();
  const { db } = opening.use(await aDatabase());
  const acting = { actor: theHub, now: systemClock() };
  const [client] = await saveRecords(db, clients, acting, [
    { name: 'Larkfield Optics', newclient_sitename: 'Bristol' },
  ]);
  const [porto] = await saveRecords(db, sites, acting, [{ name: 'Porto', client_id: client?.id }]);
  const opened = opening.move();
  return {
    desk: deskOfTheHub(db, theHub),
    clientId: Number(client?.id),
    siteId: Number(client?.main_site_id),
    otherSiteId: Number(porto?.id),
    closingStatusId: 9,
    ticketTypeId: 5,
    otherTicketTypeId: 1,
    internalNoteOutcomeId: 7,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
