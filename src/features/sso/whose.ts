// Whose a proven identity is, and whether they may come in: decided within the transaction of the sign-on.
import { callingFrom, theHub } from '#domain/actor.ts';
import type { Person } from '#domain/ports/people.ts';
import type { ProvenIdentity } from '#domain/sso/identity.ts';
import type { Trace } from '#domain/sso/trace.ts';
import type { Tx } from '#store/db.ts';
import { checkClaimRules, checkReadable } from './claims.ts';
import {
  findLink,
  holdIdentity,
  type IdentityKey,
  type Link,
  type MatchedBy,
  makeLink,
  noteUsed,
} from './links.ts';
import { type Matching, matchPerson } from './match.ts';
import { type Entity, entities, ownInstance, type SsoApplication } from './model.ts';
import { findPersonIn } from './person.ts';
import type { Browser, SsoPorts } from './ports.ts';
import { provision, renewProfile } from './provision.ts';
import { holdSsoApplication } from './queries.ts';
import type { Transaction } from './transactions.ts';

export type Proven = {
  readonly application: SsoApplication;
  readonly transaction: Transaction | undefined;
  readonly browser: Browser;
  readonly trace: Trace;
  readonly back?: string;
  readonly identity: ProvenIdentity;
};

/** What was read when the request came in may have been changed or switched off since. */
export async function checkApplication(tx: Tx, proven: Omit<Proven, 'identity'>): Promise<void> {
  const { application, transaction, trace } = proven;
  const { name } = application;
  const present = await holdSsoApplication(tx, application.id);
  if (present === undefined || (!present.active && transaction?.purpose !== 'test'))
    return trace.refuse('application.active', `${name} is not active.`);
  trace.passed('application.active', { active: present.active });
  const began = transaction?.applicationVersion ?? application.version;
  if (present.version !== began || application.version !== began)
    return trace.refuse(
      'application.unchanged',
      `The settings of ${name} were changed while the sign-on was under way.`,
    );
  trace.passed('application.unchanged');
  const { instanceId } = application;
  if (instanceId !== null && instanceId !== ownInstance)
    return trace.refuse('application.instance', `${name} belongs to the instance ${instanceId}.`, {
      instance: instanceId,
    });
  trace.passed('application.instance');
}

export async function whoseIsIt(
  ports: SsoPorts,
  tx: Tx,
  proven: Proven,
  now: Date,
): Promise<Person> {
  const { application, identity, trace } = proven;
  checkReadable(identity, trace);
  checkClaimRules(application, identity.claims, trace);
  const kinds = kindsOf(proven);
  const key = keyOf(proven);
  const link = (await findLink(tx, key)) ?? (await findLinkHeld(tx, key));
  if (link === undefined) return firstTime(ports, tx, { ...proven, kinds }, key, now);
  const person = await linkedPerson(ports, tx, proven, link);
  if (!(await noteUsed(tx, link.id, now)))
    return trace.refuse('person.linked', 'The link of the identity was taken away meanwhile.');
  if (application.matching.updatesProfile && person.kind === 'user')
    await renewProfile(ports, tx, { ...proven, kinds }, person);
  return person;
}

export function keyOf({ application, identity }: Proven): IdentityKey {
  const { issuer, subject } = identity;
  return { applicationId: application.id, issuer, subject };
}

/** Looked for again once nobody else can be making it. */
async function findLinkHeld(tx: Tx, key: IdentityKey): Promise<Link | undefined> {
  await holdIdentity(tx, key);
  return findLink(tx, key);
}

async function linkedPerson(
  ports: SsoPorts,
  tx: Tx,
  { application, trace, transaction }: Proven,
  { matchedBy, owner }: Link,
): Promise<Person> {
  const { kind, id } = owner;
  trace.passed('person.linked', { kind, id, matchedBy });
  const person = await findPersonIn(ports, tx, owner);
  if (person === undefined)
    return trace.refuse('person.known', `The ${kind} ${id} is not there any more.`, { kind, id });
  trace.passed('person.known');
  const wanted = transaction?.entity;
  if (!application.allows[kind])
    return trace.refuse('person.entity', `${application.name} signs on no ${kind}s.`, { kind, id });
  if (wanted !== undefined && wanted !== kind)
    return trace.refuse(
      'person.entity',
      `The sign-on began at the page for ${wanted}s, and the identity is linked to the ${kind} ${id}.`,
      { kind, id },
    );
  trace.passed('person.entity', { kind });
  if (!person.enabled)
    return trace.refuse('person.enabled', `The ${kind} ${id} is disabled.`, { kind, id });
  trace.passed('person.enabled');
  return person;
}

async function firstTime(
  ports: SsoPorts,
  tx: Tx,
  matching: Matching & Proven,
  key: IdentityKey,
  now: Date,
): Promise<Person> {
  const { application, browser, kinds, trace } = matching;
  const matched = await matchPerson(ports, tx, matching, key);
  const { field, provisions } = application.matching;
  const mayMake = provisions && kinds.includes('user');
  if (matched.person === undefined && !mayMake)
    return trace.refuse('person.linked', nobodyFound(matching), { provisioning: provisions });
  const person = matched.person ?? (await provision(ports, tx, matching, matched.address));
  if (!person.enabled)
    return trace.refuse('person.enabled', `The ${person.kind} ${person.id} is disabled.`);
  const { kind, id } = person;
  trace.passed('person.entity', { kind });
  trace.passed('person.enabled', { kind, id });
  const matchedBy: MatchedBy =
    matched.person === undefined || field === 'none' ? 'provisioning' : field;
  const by = callingFrom(theHub, browser.ip);
  const linkId = await makeLink(tx, { application, key, person, matchedBy, by }, now);
  await noteUsed(tx, linkId, now);
  trace.passed('person.linked', { kind, id, matchedBy });
  return person;
}

function nobodyFound({ application, kinds }: Matching): string {
  const { field, provisions } = application.matching;
  const who = kinds.length === 2 ? 'Nobody of the desk' : `No ${kinds[0]} of the desk`;
  const found =
    field === 'none'
      ? 'The identity is linked to nobody, and people are not matched'
      : `The identity is linked to nobody. ${who} has the value as their ${field}`;
  return `${found}, and ${provisions ? 'provisioning makes users alone' : 'provisioning is off'}.`;
}

/** Whom the application signs on, and the page it began at; either is enough to leave one out. */
function kindsOf({ application, trace, transaction }: Proven): readonly Entity[] {
  const wanted = transaction?.entity;
  const kinds = entities.filter(
    (kind) => application.allows[kind] && (wanted === undefined || wanted === kind),
  );
  if (kinds.length > 0) return kinds;
  const whom = wanted === undefined ? 'nobody: neither agents nor users' : `no ${wanted}s`;
  return trace.refuse('person.entity', `${application.name} signs on ${whom}.`);
}
