// Linking an identity to oneself: after signing in by password just before, so that a session left open is not enough.
import { callingFrom } from '#domain/actor.ts';
import type { Person } from '#domain/ports/people.ts';
import type { Tx } from '#store/db.ts';
import { checkReadable } from './claims.ts';
import { findLink, holdIdentity, makeLink } from './links.ts';
import { findPersonIn } from './person.ts';
import type { SignedOn, SsoPorts } from './ports.ts';
import type { Transaction } from './transactions.ts';
import { keyOf, type Proven } from './whose.ts';

/** How long ago a sign-in by password may be that somebody links an identity with. */
export const proofMs = 5 * 60_000;

/** Whether who is signed in may begin: by a password of the hub's, just now, and as themselves. */
export function mayLink(who: SignedOn, now: Date): boolean {
  const isFresh = now.getTime() - who.since.getTime() <= proofMs;
  return who.origin === undefined && !who.acting && isFresh;
}

export async function linkOneself(
  ports: SsoPorts,
  tx: Tx,
  proven: Proven,
  { by }: Transaction,
  now: Date,
): Promise<Person> {
  const { application, browser, identity, trace } = proven;
  checkReadable(identity, trace);
  const person = by && (await findPersonIn(ports, tx, by));
  if (person === undefined || !person.enabled)
    return trace.refuse(
      'link.proof',
      'Whoever began to link the identity is not there or is disabled.',
    );
  const { kind, id } = person;
  trace.passed('link.proof', { kind, id });
  if (!application.allows[kind])
    return trace.refuse('person.entity', `${application.name} signs on no ${kind}s.`, { kind, id });
  trace.passed('person.entity', { kind });
  const key = keyOf(proven);
  await holdIdentity(tx, key);
  const known = await findLink(tx, key);
  if (known !== undefined && (known.owner.kind !== kind || known.owner.id !== id))
    return trace.refuse('link.free', 'The identity is linked to somebody else already.', {
      ...known.owner,
    });
  trace.passed('link.free');
  if (known !== undefined) return person;
  const actor = {
    kind,
    id: String(id),
    name: person.name,
    permissions: person.permissions,
    ...(kind === 'agent' ? { agentId: id } : { userId: id }),
    ...(person.clientId === undefined ? {} : { clientId: person.clientId }),
  };
  const matchedBy = 're-authentication';
  const linking = callingFrom(actor, browser.ip);
  await makeLink(tx, { application, key, person, matchedBy, by: linking }, now);
  return person;
}
