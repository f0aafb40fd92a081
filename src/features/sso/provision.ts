// A new user from an identity: never an agent, in the site that the domain or the application names, once.
import { callingFrom, theHub } from '#domain/actor.ts';
import type { Person } from '#domain/ports/people.ts';
import { Problem } from '#domain/problem.ts';
import { claimNames, type Thing, valuesOf } from '#domain/sso/claims.ts';
import type { Trace } from '#domain/sso/trace.ts';
import type { Tx } from '#store/db.ts';
import { isPlain } from './claims.ts';
import { holdOwner } from './links.ts';
import { checkAddress, isAddress, type Matching } from './match.ts';
import { isAddressTaken } from './match-queries.ts';
import { findPersonIn } from './person.ts';
import type { Browser, Profile, SsoPorts } from './ports.ts';
import { siteFor } from './site.ts';

type Provisioning = Matching & { readonly browser: Browser };

/** `address`: the one that was compared, and so is known to be the application's to vouch for. */
export async function provision(
  ports: SsoPorts,
  tx: Tx,
  asked: Provisioning,
  checked: string | undefined,
): Promise<Person> {
  const { application, browser, trace } = asked;
  const profile = profileOf(asked);
  const address = await addressOf(tx, asked, checked);
  const name = nameOf(asked, profile);
  const siteId = await siteFor(tx, application.matching, address, trace);
  trace.passed('provisioning.site', { site: siteId });
  const by = callingFrom(theHub, browser.ip);
  const user = { name, siteId, email: address, details: profile };
  const id = await ports.desk
    .createUser(tx, user, by)
    .catch((error: unknown) => refuseMisfit(trace, error));
  trace.passed('provisioning.values', { user: id });
  const made = await findPersonIn(ports, tx, { kind: 'user', id });
  if (made === undefined) throw new Error('The user just made is gone.');
  return made;
}

/** What a later sign-on changes, where that is set: what the provider tells, and never the address. */
export async function renewProfile(
  ports: SsoPorts,
  tx: Tx,
  asked: Provisioning,
  { id }: Pick<Person, 'id'>,
): Promise<void> {
  const { browser, trace } = asked;
  const profile = profileOf(asked);
  const name = textOf(asked, 'name', nameMax);
  const given = { ...profile, ...(name === undefined ? {} : { name }) };
  await ports.desk
    .updateUser(tx, id, given, callingFrom(theHub, browser.ip))
    .catch((error: unknown) => refuseMisfit(trace, error));
}

/** The desk's own rules have the last word on what a user may hold. */
function refuseMisfit(trace: Trace, error: unknown): never {
  if (error instanceof Problem && error.status < 500)
    return trace.refuse(
      'provisioning.values',
      `The desk does not take the user: ${error.message}`,
      {},
      error,
    );
  throw error;
}

async function addressOf(
  tx: Tx,
  asked: Provisioning,
  checked: string | undefined,
): Promise<string | undefined> {
  const { application, identity, trace } = asked;
  const [address = checked, ...others] = valuesOf(
    identity.claims,
    claimNames.email[application.protocol],
  );
  if (address === undefined) return undefined;
  if (others.length > 0 || !isAddress(address))
    return trace.refuse(
      'provisioning.values',
      'The provider sent several addresses, or what is no plain e-mail address.',
    );
  if (address !== checked) await checkAddress(tx, asked, address);
  await holdOwner(tx, { address });
  if (await isAddressTaken(tx, address))
    return trace.refuse('provisioning.address', 'Somebody of the desk has the address already.');
  trace.passed('provisioning.address');
  return address;
}

const nameMax = 200;
const detailMax = 100;

function nameOf(asked: Provisioning, { firstName, surname }: Profile): string {
  const both = [firstName, surname].filter((part) => part !== undefined).join(' ');
  const name = textOf(asked, 'name', nameMax) ?? (both === '' ? undefined : both);
  return name ?? asked.trace.refuse('provisioning.values', 'The provider did not send a name.');
}

function profileOf(asked: Provisioning): Profile {
  const things = {
    firstName: textOf(asked, 'given-name', detailMax),
    surname: textOf(asked, 'family-name', detailMax),
    title: textOf(asked, 'title', detailMax),
    department: textOf(asked, 'department', detailMax),
    phone: textOf(asked, 'phone', detailMax),
    mobile: textOf(asked, 'mobile', detailMax),
  };
  return Object.fromEntries(Object.entries(things).filter(([, value]) => value !== undefined));
}

/** The first value; without spaces around it. What is too long or has control characters is refused. */
function textOf({ application, identity, trace }: Provisioning, thing: Thing, max: number) {
  const [value] = valuesOf(identity.claims, claimNames[thing][application.protocol]);
  const text = value?.trim() ?? '';
  if (text === '') return undefined;
  if (text.length > max || !isPlain(text))
    return trace.refuse(
      'provisioning.values',
      `The ${thing} is longer than ${max} characters, or has control characters.`,
      { length: text.length },
    );
  return text;
}
