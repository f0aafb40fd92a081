// Links by hand: an administrator says whose an identity is, or that it is theirs no more.
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import { allows } from '#domain/permission.ts';
import type { Person } from '#domain/ports/people.ts';
import { refuse } from '#domain/problem.ts';
import { findAttempt } from '#features/sso/attempts/queries.ts';
import {
  findLink,
  findLinkById,
  holdIdentity,
  type IdentityKey,
  type Link,
  makeLink,
  removeLink,
} from '#features/sso/links.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import { findPersonIn } from '#features/sso/person.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { findSsoApplication } from '#features/sso/queries.ts';
import type { Db, Tx } from '#store/db.ts';
import { inTransaction } from '#store/db.ts';
import type { NewSsoLinkWire } from './wire.ts';

type Named = Link & { readonly name: string };

export function addLink(
  ports: SsoPorts,
  applicationId: number,
  given: NewSsoLinkWire,
  actor: Actor,
): Promise<Named> {
  refuseImpersonated(actor);
  return inTransaction(ports.db, async (tx) => {
    const application = await getApplication(tx, applicationId);
    const person = await personFor(ports, tx, given.owner, actor);
    const key = await identityOf(tx, application, given);
    await holdIdentity(tx, key);
    const known = await findLink(tx, key);
    if (known !== undefined) {
      const owner = await findPersonIn(ports, tx, known.owner);
      return refuse('sso-link.taken', { name: owner?.name ?? 'somebody' });
    }
    const made = { application, key, person, matchedBy: 'administrator', by: actor } as const;
    await makeLink(tx, made, ports.clock());
    const link = await findLink(tx, key);
    if (link === undefined) throw new Error('The link just made is gone.');
    return { ...link, name: person.name };
  });
}

/** Who removes a link takes a way in, and gives none: the right to edit is enough. */
export function takeLinkAway(
  ports: SsoPorts,
  applicationId: number,
  id: number,
  actor: Actor,
): Promise<void> {
  refuseImpersonated(actor);
  return inTransaction(ports.db, async (tx) => {
    const application = await getApplication(tx, applicationId);
    const link = await findLinkById(tx, applicationId, id);
    if (link === undefined) return refuse('record.unknown', { kind: 'link', id });
    const person = await findPersonIn(ports, tx, link.owner);
    const name = person?.name ?? '';
    await removeLink(tx, { application, link, person: { ...link.owner, name }, by: actor });
    const { issuer, subject } = link;
    const because = 'their identity is linked to them no more';
    // What the link let in goes with it.
    const origin = { applicationId, issuer, subject };
    await ports.sessions.endOf(tx, origin, because, actor.address);
  });
}

export async function getApplication(db: Db | Tx, id: number): Promise<SsoApplication> {
  const found = await findSsoApplication(db, { id });
  return found ?? refuse('record.unknown', { kind: 'sign-on application', id });
}

/** Nobody makes a way in to what they may not do themselves: a link lets its identity in as that person. */
async function personFor(
  ports: SsoPorts,
  tx: Tx,
  { kind, id }: NewSsoLinkWire['owner'],
  actor: Actor,
): Promise<Person> {
  const person = await findPersonIn(ports, tx, { kind, id });
  if (person === undefined) return refuse('record.unknown', { kind, id });
  const { name } = person;
  if (!person.enabled) return refuse('sso-link.disabled', { name });
  const above = [...person.permissions].some((one) => !allows(actor.permissions, one));
  if (kind === 'agent' && above) return refuse('sso-link.upwards', { name });
  return person;
}

async function identityOf(
  tx: Tx,
  { id: applicationId }: SsoApplication,
  given: NewSsoLinkWire,
): Promise<IdentityKey> {
  if (!('attempt' in given)) {
    const { issuer, subject } = given;
    return { applicationId, issuer, subject };
  }
  const { attempt } = given;
  const found = await findAttempt(tx, attempt);
  if (found?.identity === undefined || found.application.id !== applicationId)
    return refuse('sso-link.unproven', { attempt });
  return { applicationId, ...found.identity };
}
