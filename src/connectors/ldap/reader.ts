// Reading a directory: complete reads, and look-ups by id, attribute and name in bounded questions.
import type { Account, Group } from '#domain/account.ts';
import type { DirectoryReader } from '#domain/ports/directory.ts';
import { isWithin, parseDn, sameDn } from '#lib/dn.ts';
import { isGuid } from '#lib/guid.ts';
import {
  accountsOf,
  attributesToAsk,
  containerAt,
  idOf,
  isAccount,
  isGroup,
  type KnownGroups,
} from './accounts.ts';
import { type Entry, firstText, textsOf } from './entry.ts';
import type { Forest } from './forest.ts';
import { protectedAmong } from './protected.ts';
import { unfit } from './refusals.ts';
import { allOf, anyOf, chunks, entriesOf, entryAt, equals, oneOf, pages } from './search.ts';
import type { Session } from './session.ts';
import { findTaken, folded } from './taken.ts';
import { unread } from './unread.ts';

export function readerOf(session: Session, forest: Forest): DirectoryReader {
  const { baseDn, dnsDomain, server, activeDirectory, policyHints } = session.root;
  const known: KnownGroups = new Map();
  const idAttribute = activeDirectory ? 'objectGUID' : 'entryUUID';

  async function accountsWith(
    attribute: string,
    values: readonly string[],
    wanted: readonly string[],
  ): Promise<Account[]> {
    const found: Account[] = [];
    for (const some of chunks([...new Set(values)])) {
      const entries = await entriesOf(session, {
        base: session.root.baseDn,
        filter: allOf([isAccount(session), oneOf(attribute, some)]),
        attributes: attributesToAsk(session, wanted),
      });
      found.push(...(await accountsOf(session, entries, wanted, known)));
    }
    return [...new Map(found.map((account) => [account.id, account])).values()];
  }

  return {
    facts: async () => ({
      ...{ baseDn, dnsDomain, server, activeDirectory },
      enforcesHistory: policyHints !== undefined,
    }),

    async *readAccounts({ bases, attributes }, signal) {
      for (const base of outermost(bases.length === 0 ? [session.root.baseDn] : bases)) {
        const search = {
          base,
          filter: isAccount(session),
          attributes: attributesToAsk(session, attributes),
        };
        try {
          for await (const entries of pages(session, search, signal)) {
            yield await accountsOf(session, entries, attributes, known);
          }
        } catch (error) {
          throw unread(error, base);
        }
      }
    },

    async findAccounts(ids, attributes) {
      const accounts = await accountsWith(idAttribute, ids.filter(isGuid), attributes);
      return new Map(accounts.map((account) => [account.id, account]));
    },

    findByAttribute: ({ attribute, values }, attributes) =>
      accountsWith(attribute, values, attributes),

    findTaken: (query) => findTaken(session, forest, query),

    findGroups: (names) => findGroups(session, names),

    findProtected: (ids) => protectedAmong(session, ids),

    containerExists: (dn) => containerAt(session, dn),
  };
}

/** Drops what lies within another of the containers, so that nobody is read twice. */
function outermost(bases: readonly string[]): readonly string[] {
  return bases.filter(
    (base, at) =>
      !bases.some(
        (other, otherAt) =>
          otherAt !== at && isWithin(base, other) && (!sameDn(base, other) || otherAt < at),
      ),
  );
}

async function findGroups(
  session: Session,
  names: readonly string[],
): Promise<ReadonlyMap<string, Group>> {
  const idAttribute = session.root.activeDirectory ? 'objectGUID' : 'entryUUID';
  const chosen = new Map<string, Entry>();
  for (const some of chunks([...new Set(names)])) {
    const dns = some.filter((name) => name !== '' && parseDn(name) !== undefined);
    const entries = await entriesOf(session, {
      base: session.root.baseDn,
      filter: allOf([
        isGroup(session),
        anyOf([
          ...dns.map((dn) => equals('distinguishedName', dn)),
          oneOf(idAttribute, some.filter(isGuid)),
          oneOf('sAMAccountName', some),
          oneOf('cn', some),
        ]),
      ]),
      attributes: [idAttribute, 'sAMAccountName', 'cn'],
    });
    const byDn = session.root.activeDirectory ? [] : await groupsAt(session, dns, idAttribute);
    for (const name of some) {
      const group = groupCalled(name, [...entries, ...byDn.filter((each) => !isIn(each, entries))]);
      if (group !== undefined) chosen.set(name, group);
    }
  }
  const ids = [...chosen.values()].flatMap((entry) => idOf(entry) ?? []);
  const guarded = await protectedAmong(session, ids);
  return new Map(
    [...chosen].flatMap(([name, entry]) => {
      const id = idOf(entry);
      if (id === undefined) return [];
      const own = firstText(entry, 'cn') ?? name;
      return [[name, { id, dn: entry.dn, name: own, protected: guarded.has(id) }] as const];
    }),
  );
}

function isIn(entry: Entry, entries: readonly Entry[]): boolean {
  return entries.some(({ dn }) => sameDn(dn, entry.dn));
}

/** A plain LDAP server has no attribute with an entry's own DN to ask for. */
async function groupsAt(
  session: Session,
  dns: readonly string[],
  idAttribute: string,
): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  for (const dn of dns) {
    const entry = await entryAt(session, dn, [idAttribute, 'cn', 'objectClass', 'member']);
    const classes = entry === undefined ? [] : textsOf(entry, 'objectClass').map(folded);
    if (entry !== undefined && classes.some((each) => /group/.test(each))) found.push(entry);
  }
  return found;
}

/** By DN or id, else by log-on name, else by common name, if only one group has it. */
function groupCalled(name: string, groups: readonly Entry[]): Entry | undefined {
  const exact = groups.find((each) => sameDn(each.dn, name) || idOf(each) === name.toLowerCase());
  if (exact !== undefined) return exact;
  const having = (attribute: string) =>
    groups.filter((each) => textsOf(each, attribute).some((one) => folded(one) === folded(name)));
  const [logOnName] = having('sAMAccountName');
  if (logOnName !== undefined) return logOnName;
  const [commonName, another] = having('cn');
  if (another === undefined) return commonName;
  throw unfit(
    `Several groups of the directory are called "${name}"; name the one you mean by its DN or its log-on name.`,
  );
}
