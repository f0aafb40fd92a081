// The first sign-on of an identity: whose is it? Compared by one claim, within limits that no provider can widen.
import { reachesTheWholeHub } from '#domain/permission.ts';
import type { Person, PersonId } from '#domain/ports/people.ts';
import type { ProvenIdentity } from '#domain/sso/identity.ts';
import { redact } from '#domain/sso/redact.ts';
import type { Trace } from '#domain/sso/trace.ts';
import { own } from '#lib/own.ts';
import type { Tx } from '#store/db.ts';
import { isPlain, matchedClaims, matchedValues } from './claims.ts';
import { findOtherLink, type IdentityKey } from './links.ts';
import { type Candidate, findCandidates, vouchesFor } from './match-queries.ts';
import type { Entity, MatchingSettings, SsoApplication } from './model.ts';
import { findPersonIn } from './person.ts';
import type { SsoPorts } from './ports.ts';

export type Matching = {
  readonly application: SsoApplication;
  readonly identity: ProvenIdentity;
  readonly trace: Trace;
  /** Whom the sign-on may end as. */
  readonly kinds: readonly Entity[];
};

type Field = Exclude<MatchingSettings['field'], 'none'>;

export type Matched = {
  readonly person: Person | undefined;
  /** The address that was compared, where it was one. */
  readonly address: string | undefined;
};

/** The one person it is, or nobody; whoever it is and may not come in is refused. */
export async function matchPerson(
  ports: SsoPorts,
  tx: Tx,
  matching: Matching,
  key: IdentityKey,
): Promise<Matched> {
  const { field } = matching.application.matching;
  if (field === 'none') return { person: undefined, address: undefined };
  const { trace } = matching;
  const value = await comparable(tx, matching, field);
  const address = isAddress(value) ? value : undefined;
  const found = await findOne(tx, matching, field, value);
  if (found === undefined) return { person: undefined, address };
  const { kind, id } = found;
  if (!found.enabled)
    return trace.refuse('person.enabled', `The ${kind} ${id} has the value and is disabled.`, {
      kind,
      id,
    });
  const person = await findPersonIn(ports, tx, found);
  if (person === undefined) return { person, address };
  if (reachesTheWholeHub(person.permissions))
    return trace.refuse(
      'person.role',
      `The agent ${id} is an administrator or has a right over the whole hub: no claim makes anybody one.`,
      { kind, id },
    );
  trace.passed('person.role');
  await refuseSecondIdentity(tx, trace, key, found);
  return { person, address };
}

/** The value of the claim, where it may count for anything. */
async function comparable(tx: Tx, matching: Matching, field: Field): Promise<string> {
  const { application, identity, trace } = matching;
  const values = matchedValues(application, identity);
  const names = matchedClaims(application);
  const claim = names.length === 0 ? 'the subject' : `the claim "${names[0]}"`;
  const [value = '', ...others] = values.map((one) => one.trim()).filter((one) => one !== '');
  const facts = { claim: names[0] ?? 'subject', values: values.length };
  if (value === '')
    return trace.refuse('person.claim', `The provider did not send ${claim}.`, facts);
  if (others.length > 0)
    return trace.refuse('person.claim', `The provider sent several values of ${claim}.`, facts);
  const asAddress = field === 'email' || value.includes('@');
  if (asAddress ? !isAddress(value) : value.length > 250 || !isPlain(value))
    return trace.refuse(
      'person.claim',
      `What the provider sent as ${claim} is ${asAddress ? 'no plain e-mail address' : 'too long or has control characters'}.`,
      { ...facts, value: redact(value) },
    );
  trace.passed('person.claim', { ...facts, value: redact(value), field });
  if (asAddress) await checkAddress(tx, matching, value);
  return value;
}

/** ASCII alone: letters that only look alike are another's address. */
const addressPattern =
  /^[!#-'*+\-./0-9=?A-Z^-~]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}$/;

export function isAddress(text: string): boolean {
  return addressPattern.test(text);
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

/** An address counts where the provider does not doubt it, inside the domains that are the application's. */
export async function checkAddress(
  tx: Tx,
  { application, identity, trace }: Matching,
  address: string,
): Promise<void> {
  // Of whichever address the provider said it: one it doubts is none that anybody is known by.
  const verified = own(identity.claims, 'email_verified') ?? [];
  if (verified.some((said) => said.toLowerCase() !== 'true'))
    return trace.refuse(
      'person.email-verified',
      'The provider says that it did not verify the address.',
    );
  trace.passed('person.email-verified', { said: verified[0] ?? 'nothing' });
  const domain = domainOf(address);
  if (!(await vouchesFor(tx, application.id, domain)))
    return trace.refuse(
      'person.domain',
      `The domain ${domain} is not proven for ${application.name}.`,
      {
        domain,
      },
    );
  trace.passed('person.domain', { domain });
}

/** Agents before users, as at the sign-in page; whoever is disabled after those who are not. */
async function findOne(
  tx: Tx,
  { kinds, trace }: Matching,
  field: Field,
  value: string,
): Promise<Candidate | undefined> {
  const all: Candidate[] = [];
  for (const kind of ['agent', 'user'] as const)
    if (kinds.includes(kind)) all.push(...(await findCandidates(tx, kind, field, value)));
  const enabled = all.filter((one) => one.enabled);
  const [first] = enabled.length > 0 ? enabled : all;
  const alike = (enabled.length > 0 ? enabled : all).filter(({ kind }) => kind === first?.kind);
  if (alike.length > 1)
    return trace.refuse('person.one', `${alike.length} ${first?.kind}s have the same ${field}.`, {
      ids: alike.map(({ id }) => id).join(', '),
    });
  trace.passed('person.one', { found: alike.length });
  return first;
}

/** Of a recycled address: whoever got it anew does not become who had it before. */
async function refuseSecondIdentity(
  tx: Tx,
  trace: Trace,
  key: IdentityKey,
  { kind, id }: PersonId,
): Promise<void> {
  const other = await findOtherLink(tx, key, { kind, id });
  if (other !== undefined)
    return trace.refuse(
      'person.unlinked',
      `Another identity of the provider is linked to the ${kind} ${id} since ${other.madeAt.toISOString().slice(0, 10)}.`,
      { kind, id },
    );
  trace.passed('person.unlinked');
}
