// What every ServiceDesk keeps to, whether it is the hub's own tables or a Halo over HTTP.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DeskTicket, DeskUser, ServiceDesk } from '#domain/ports/service-desk.ts';
import { Problem } from '#domain/problem.ts';

/** A desk to try, with what must stand on it beforehand: one client with two sites, and a status that closes. */
export type DeskOnTrial = AsyncDisposable & {
  readonly desk: ServiceDesk;
  readonly clientId: number;
  readonly siteId: number;
  readonly otherSiteId: number;
  readonly closingStatusId: number;
  readonly ticketTypeId: number;
  readonly otherTicketTypeId: number;
  readonly internalNoteOutcomeId: number;
};

/** How many people the paging check adds: more than a page of any desk opened for a trial (50 at most). */
const crowd = 60;

export function serviceDeskContract(name: string, open: () => Promise<DeskOnTrial>): void {
  describe(`${name}, as a service desk`, () => {
    let trial: DeskOnTrial;
    before(async () => {
      trial = await open();
    });
    after(async () => {
      await trial[Symbol.asyncDispose]();
    });
    const opened = () => trial;
    usersContract(opened);
    ticketsContract(opened);
    actionsContract(opened);
    placesContract(opened);
  });
}

function usersContract(opened: () => DeskOnTrial): void {
  it('gives back the person it was given, with the client of the site', async () => {
    const { desk, siteId, clientId } = opened();

    const saved = await desk.saveUser({ ...ines, siteId });

    const found = await desk.findUser(saved.id);
    assert.deepEqual(found, saved);
    assert.deepEqual(pick(saved, Object.keys(ines)), { ...ines });
    assert.equal(saved.siteId, siteId);
    assert.equal(saved.clientId, clientId);
    assert.equal(typeof saved.siteName, 'string');
    assert.equal(typeof saved.clientName, 'string');
    assert.equal(saved.inactive, false);
  });

  it('changes only the members it was given', async () => {
    const { desk, siteId, otherSiteId } = opened();
    const saved = await desk.saveUser({ ...ines, siteId });

    await desk.saveUser({ id: saved.id, title: 'Quality Lead', siteId: otherSiteId });

    const found = await desk.findUser(saved.id);
    assert.equal(found?.siteId, otherSiteId);
    assert.deepEqual(found && { ...found, siteId, siteName: saved.siteName }, {
      ...saved,
      title: 'Quality Lead',
    });
  });

  it('empties a member that is set to nothing', async () => {
    const { desk, siteId } = opened();
    const saved = await desk.saveUser({ ...ines, siteId });

    await desk.saveUser({ id: saved.id, mobile: null });

    assert.equal((await desk.findUser(saved.id))?.mobile, null);
  });

  it('keeps letters of every script, quotes and wildcards as they are', async () => {
    const { desk, siteId } = opened();
    const name = `Zoë O'Hara-Łukasz "50%_\\" 木村 \u{1f52d}`;

    const saved = await desk.saveUser({ name, firstName: 'Zoë', surname: "O'Hara", siteId });

    assert.equal((await desk.findUser(saved.id))?.name, name);
  });

  it('keeps custom fields by name and changes only those it was given', async () => {
    const { desk, siteId } = opened();
    const saved = await desk.saveUser({
      ...ines,
      siteId,
      customFields: [
        { name: 'CFStartDate', value: '2026-12-01' },
        { name: 'CFDesk', value: '4' },
      ],
    });

    await desk.saveUser({ id: saved.id, customFields: [{ name: 'CFDesk', value: '5' }] });

    const found = await desk.findUser(saved.id);
    assert.equal(customField(found, 'CFStartDate'), '2026-12-01');
    assert.equal(customField(found, 'CFDesk'), '5');
  });

  it('finds nobody under an id that was never given', async () => {
    assert.equal(await opened().desk.findUser(2_000_000_000), undefined);
  });

  it('refuses to change somebody it does not know', async () => {
    await assert.rejects(
      opened().desk.saveUser({ id: 2_000_000_000, title: 'Nobody' }),
      (error) => error instanceof Problem && error.code === 'record.unknown',
    );
  });

  it('refuses somebody without a name, and keeps nothing of them', async () => {
    const { desk, siteId } = opened();
    const email = 'nameless@larkfield.test';

    await assert.rejects(desk.saveUser({ email, siteId }), Problem);

    const users = await everyone(desk, true);
    assert.equal(users.filter((user) => user.email === email).length, 0);
  });

  it('reads everybody exactly once, over many pages', async () => {
    const { desk, siteId } = opened();
    const added = await Promise.all(
      Array.from({ length: crowd }, (_, at) =>
        desk.saveUser({ name: `Visitor ${at}`, firstName: 'Visitor', surname: `${at}`, siteId }),
      ),
    );

    const ids = (await everyone(desk, true)).map((user) => user.id);

    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(
      added.filter((user) => !ids.includes(user.id)),
      [],
    );
  });

  it('shows who left only to those who ask for them', async () => {
    const { desk, siteId } = opened();
    const leaver = await desk.saveUser({ ...ines, siteId });
    await desk.saveUser({ id: leaver.id, inactive: true });

    const present = await everyone(desk, false);
    const all = await everyone(desk, true);

    assert.equal(present.filter((user) => user.id === leaver.id).length, 0);
    assert.equal(all.find((user) => user.id === leaver.id)?.inactive, true);
  });
}

function ticketsContract(opened: () => DeskOnTrial): void {
  it('gives a ticket the client and site of the person it is for', async () => {
    const { desk, siteId, clientId, ticketTypeId } = opened();
    const user = await desk.saveUser({ ...ines, siteId });

    const ticket = await desk.saveTicket({
      summary: 'New starter: Ines Marlow',
      details: 'Starts on the first of December.',
      userId: user.id,
      ticketTypeId,
    });

    assert.deepEqual(await desk.findTicket(ticket.id), ticket);
    assert.equal(ticket.clientId, clientId);
    assert.equal(ticket.siteId, siteId);
    assert.equal(ticket.userId, user.id);
    assert.equal(ticket.ticketTypeId, ticketTypeId);
    assert.equal(ticket.details, 'Starts on the first of December.');
    assert.equal(ticket.closed, false);
    assert.equal(typeof ticket.statusId, 'number');
  });

  it('closes a ticket by its status, and opens it again', async () => {
    const { desk, closingStatusId } = opened();
    const ticket = await desk.saveTicket({ summary: 'Badge does not open the lab' });

    const closed = await desk.saveTicket({ id: ticket.id, statusId: closingStatusId });
    const openWhileClosed = await everyTicket(desk, { openOnly: true });
    const again = await desk.saveTicket({ id: ticket.id, statusId: ticket.statusId });

    assert.equal(closed.closed, true);
    assert.equal(closed.summary, ticket.summary);
    assert.equal(openWhileClosed.filter((other) => other.id === ticket.id).length, 0);
    assert.equal(again.closed, false);
  });

  it('reads the tickets of one type', async () => {
    const { desk, ticketTypeId, otherTicketTypeId } = opened();
    const wanted = await desk.saveTicket({ summary: 'A starter', ticketTypeId });
    const other = await desk.saveTicket({ summary: 'Other', ticketTypeId: otherTicketTypeId });

    const read = await everyTicket(desk, { openOnly: true, ticketTypeId });

    const ids = read.map((ticket) => ticket.id);
    assert.equal(ids.filter((id) => id === wanted.id).length, 1);
    assert.equal(ids.includes(other.id), false);
  });

  it('finds no ticket under an id that was never given', async () => {
    assert.equal(await opened().desk.findTicket(2_000_000_000), undefined);
  });

  it('refuses a ticket that says nothing', async () => {
    await assert.rejects(opened().desk.saveTicket({ details: 'No summary' }), Problem);
  });

  it('refuses to change a ticket it does not know', async () => {
    await assert.rejects(
      opened().desk.saveTicket({ id: 2_000_000_000, summary: 'Nothing' }),
      (error) => error instanceof Problem && error.code === 'record.unknown',
    );
  });
}

function actionsContract(opened: () => DeskOnTrial): void {
  it('tells a ticket what was done, in the order it was told', async () => {
    const { desk, internalNoteOutcomeId } = opened();
    const ticket = await desk.saveTicket({ summary: 'New starter' });
    const note = { ticketId: ticket.id, outcomeId: internalNoteOutcomeId };

    const first = await desk.addAction({ ...note, note: 'Account made', hiddenFromUser: true });
    const second = await desk.addAction({ ...note, note: 'Groups added', hiddenFromUser: false });

    const told = (await desk.listActions(ticket.id)).filter((action) =>
      [first.id, second.id].includes(action.id),
    );
    assert.deepEqual(told, [first, second]);
    assert.equal(first.note, 'Account made');
    assert.equal(first.hiddenFromUser, true);
    assert.equal(second.hiddenFromUser, false);
    assert.equal(first.ticketId, ticket.id);
    assert.notEqual(first.id, second.id);
  });

  it('keeps the actions of one ticket apart from those of another', async () => {
    const { desk, internalNoteOutcomeId } = opened();
    const one = await desk.saveTicket({ summary: 'One' });
    const other = await desk.saveTicket({ summary: 'Other' });
    await desk.addAction({
      ticketId: one.id,
      note: 'For one only',
      outcomeId: internalNoteOutcomeId,
      hiddenFromUser: true,
    });

    const told = await desk.listActions(other.id);

    assert.equal(told.filter((action) => action.note === 'For one only').length, 0);
  });

  it('refuses to tell a ticket that it does not know', async () => {
    const { desk, internalNoteOutcomeId } = opened();
    const action = { note: 'Lost', outcomeId: internalNoteOutcomeId, hiddenFromUser: true };

    await assert.rejects(desk.addAction({ ...action, ticketId: 2_000_000_000 }), Problem);
  });
}

function placesContract(opened: () => DeskOnTrial): void {
  it('lists its clients and their sites', async () => {
    const { desk, clientId, siteId, otherSiteId } = opened();

    const clients = await Array.fromAsync(desk.readClients());
    const sites = await Array.fromAsync(desk.readSites());

    assert.equal(clients.flat().filter((client) => client.id === clientId).length, 1);
    const ours = sites.flat().filter((site) => site.clientId === clientId);
    assert.equal(ours.filter((site) => [siteId, otherSiteId].includes(site.id)).length, 2);
  });
}

const ines = {
  name: 'Ines Marlow',
  firstName: 'Ines',
  surname: 'Marlow',
  email: 'ines.marlow@larkfield.test',
  login: 'ines.marlow',
  title: 'Quality Engineer',
  department: 'Quality',
  phone: '+351 22 555 0101',
  mobile: '+351 91 555 0101',
} as const satisfies Partial<DeskUser>;

async function everyone(desk: ServiceDesk, includeInactive: boolean): Promise<DeskUser[]> {
  return (await Array.fromAsync(desk.readUsers({ includeInactive }))).flat();
}

async function everyTicket(
  desk: ServiceDesk,
  query: { readonly openOnly: boolean; readonly ticketTypeId?: number },
): Promise<DeskTicket[]> {
  return (await Array.fromAsync(desk.readTickets(query))).flat();
}

function customField(user: DeskUser | undefined, name: string): string | null | undefined {
  return user?.customFields.find((field) => field.name === name)?.value;
}

function pick(user: DeskUser, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(user).filter(([name]) => names.includes(name)));
}
