// Who is protected: members of privileged groups however deep, whatever AdminSDHolder marked, and the built-in accounts.
import { ExtensibleFilter, type Filter } from 'ldapts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { parseDn } from '#lib/dn.ts';
import { guidBytes, isGuid, sidBytes } from '#lib/guid.ts';
import { idOf, primaryGroupSid } from './accounts.ts';
import { firstText } from './entry.ts';
import { allOf, anyOf, chunks, entriesOf, entryAt, equals, not } from './search.ts';
import type { Session } from './session.ts';

/** LDAP_MATCHING_RULE_TRANSITIVE_EVAL (MS-ADTS §3.1.1.3.4.4.3) */
const inChain = '1.2.840.113556.1.4.1941';

/** Objects asked about at once: the transitive rule is evaluated for each. */
const askedAtOnce = 25;

/** Relative ids in the domain (MS-DTYP §2.4.2.4): Domain Admins, Domain Controllers, Schema, Enterprise ... */
const groupRids = [512, 516, 518, 519, 520, 521, 526, 527] as const;

/** Administrator, Guest, krbtgt, DefaultAccount. */
const accountRids = [500, 501, 502, 503] as const;

/** Administrators, the operators of accounts, servers, print and backup, Replicator. */
const builtinGroups = [544, 548, 549, 550, 551, 552].map((rid) => `S-1-5-32-${rid}`);

/** Domain Users: everybody's primary group unless somebody changed it. */
const domainUsers = '513';

/** Those of the ids whose object is protected. A plain LDAP server knows no such thing: then none. */
export async function protectedAmong(
  session: Session,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const asked = ids.filter(isGuid);
  if (!session.root.activeDirectory || asked.length === 0) return new Set();
  const isProtected = await protection(session);
  const found = new Set<string>();
  for (const some of chunks(asked, askedAtOnce)) {
    const among = anyOf(some.map((id) => equals('objectGUID', guidBytes(id))));
    const entries = await entriesOf(session, {
      base: session.root.baseDn,
      filter: allOf([among, isProtected]),
      attributes: ['objectGUID'],
    });
    for (const entry of entries) found.add(idOf(entry) ?? '');
    for (const id of await byPrimaryGroup(session, among, isProtected)) found.add(id);
  }
  return new Set(ids.filter((id) => found.has(id.toLowerCase())));
}

/** What makes an object protected, as one filter. */
async function protection(session: Session): Promise<Filter> {
  const domain = await domainSid(session);
  const sids = [...groupRids, ...accountRids].map((rid) => `${domain}-${rid}`);
  const isOne = anyOf([...sids, ...builtinGroups].map((sid) => equals('objectSid', sidBytes(sid))));
  const groups = await entriesOf(session, {
    base: session.root.baseDn,
    filter: allOf([isOne, equals('objectClass', 'group')]),
    attributes: ['objectSid'],
  });
  // Without them nobody would look protected, which must not be concluded from too few rights.
  if (!groups.some((each) => firstText(each, 'objectSid') === `${domain}-512`)) {
    throw unseen('the group Domain Admins');
  }
  return anyOf([
    equals('adminCount', '1'),
    isOne,
    ...ownAccount(session),
    ...groupRids.map((rid) => equals('primaryGroupID', `${rid}`)),
    ...groups.map(
      ({ dn }) => new ExtensibleFilter({ rule: inChain, matchType: 'memberOf', value: dn }),
    ),
  ]);
}

/** Whom Sundog signs in as: it must not write itself. Under whichever of its names it does. */
function ownAccount({ signedInAs }: Session): readonly Filter[] {
  if (parseDn(signedInAs) !== undefined) return [equals('distinguishedName', signedInAs)];
  const logon = signedInAs.includes('\\')
    ? signedInAs.slice(signedInAs.indexOf('\\') + 1)
    : signedInAs.replace(/@[^@]*$/, '');
  return [equals('userPrincipalName', signedInAs), equals('sAMAccountName', logon)];
}

/** A primary group is in no memberOf: whoever has an unusual one is judged by that group. */
async function byPrimaryGroup(
  session: Session,
  among: Filter,
  isProtected: Filter,
): Promise<readonly string[]> {
  const usual = not(equals('primaryGroupID', domainUsers));
  const unusual = await entriesOf(session, {
    base: session.root.baseDn,
    filter: allOf([among, equals('objectClass', 'user'), usual]),
    attributes: ['objectGUID', 'objectSid', 'primaryGroupID'],
  });
  const sids = new Set(unusual.flatMap((entry) => primaryGroupSid(entry) ?? []));
  if (sids.size === 0) return [];
  const groups = await entriesOf(session, {
    base: session.root.baseDn,
    filter: allOf([anyOf([...sids].map((sid) => equals('objectSid', sidBytes(sid)))), isProtected]),
    attributes: ['objectSid'],
  });
  const privileged = new Set(groups.map((each) => firstText(each, 'objectSid')));
  return unusual
    .filter((entry) => privileged.has(primaryGroupSid(entry)))
    .map((entry) => idOf(entry) ?? '');
}

async function domainSid(session: Session): Promise<string> {
  const domain = await entryAt(session, session.root.baseDn, ['objectSid']);
  const sid = domain === undefined ? undefined : firstText(domain, 'objectSid');
  if (sid === undefined) throw unseen('the SID of the domain');
  return sid;
}

function unseen(what: string): DirectoryRefusal {
  return new DirectoryRefusal(
    'rights.missing',
    `The service account may not read ${what}, so it cannot be told who is protected; give it the right to read the domain.`,
    false,
  );
}
