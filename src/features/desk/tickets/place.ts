// Whom a ticket is for, and so at which site of which client it stands.
import { sql } from 'kysely';
import { refuse } from '#domain/problem.ts';
import { intOf, wholeOf } from '#features/desk/resource/given.ts';
import type { Saving } from '#features/desk/resource/resource.ts';
import { generalUserId } from '#features/desk/users/users.ts';
import type { Given } from '#http/halo/model.ts';

/** Where tickets of nobody at no known client stand. */
const unknownSiteId = 1;

export type Person = { readonly id: number; readonly name: string; readonly siteId: number };

/** The person with the id; 0 and -1 are the general user. */
export async function personOf({ tx }: Saving, userId: number | undefined): Promise<Person> {
  const id = userId === undefined || userId === 0 ? generalUserId : userId;
  const { rows } = await sql<Person>`
    select id, name, site_id as "siteId" from desk_users where id = ${id}`.execute(tx);
  return rows[0] ?? refuse('record.refers-to-nothing', { member: 'user_id' });
}

/** A new ticket stands where it was asked to, or where its person is, or at the client's main site. */
export async function placeOf(saving: Saving, given: Given, person: Person): Promise<Given> {
  const asked = { client_id: saving.actor.clientId, ...given };
  return (await askedPlace(saving, asked, person)) ?? placeOfSite(saving, unknownSiteId);
}

/** A ticket that is changed moves with its new person, or where it was asked to, or stays. */
export async function newPlaceOf(
  saving: Saving,
  given: Given,
  person: Person | undefined,
): Promise<Given> {
  return (await askedPlace(saving, given, person)) ?? {};
}

async function askedPlace(
  saving: Saving,
  given: Given,
  person: Person | undefined,
): Promise<Given | undefined> {
  const siteId = wholeOf(given, 'site_id');
  if (siteId !== undefined) return placeOfSite(saving, siteId);
  if (person !== undefined && person.id !== generalUserId) {
    return placeOfSite(saving, person.siteId);
  }
  const clientId = intOf(given, 'client_id');
  return clientId === undefined ? undefined : placeOfClient(saving, clientId);
}

type Place = { readonly site_id: number; readonly client_id: number };

async function placeOfSite({ tx }: Saving, siteId: number): Promise<Place> {
  const { rows } = await sql<Place>`
    select id as site_id, client_id from desk_sites where id = ${siteId}`.execute(tx);
  return rows[0] ?? refuse('record.refers-to-nothing', { member: 'site_id' });
}

async function placeOfClient({ tx }: Saving, clientId: number): Promise<Place> {
  const { rows } = await sql<Place>`
    select s.id as site_id, s.client_id from desk_clients c
    join desk_sites s on s.client_id = c.id and (s.id = c.main_site_id or c.main_site_id is null)
    where c.id = ${clientId} order by s.id limit 1`.execute(tx);
  return rows[0] ?? refuse('record.refers-to-nothing', { member: 'client_id' });
}
