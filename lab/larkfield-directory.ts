// Larkfield's directory as it stands before Sundog has done anything: its units, groups, accounts and Sundog's own account.
import { randomBytes } from 'node:crypto';
import * as larkfield from './company.ts';
import { writableOnPeople } from './delegated-rights.ts';
import {
  aBuilder,
  addDomain,
  addEntry,
  addGroup,
  addUser,
  type Builder,
  grant,
  join,
} from './directory/seed.ts';
import type { Entry, Transaction, Tree } from './directory/tree.ts';
import { transaction } from './directory/writing.ts';

export const domain = {
  label: 'ad',
  dns: larkfield.dnsDomain,
  netbios: larkfield.netbiosName,
  baseDn: larkfield.baseDn,
} as const;

export const serviceDn = `CN=svc-sundog,OU=Service Accounts,${larkfield.baseDn}`;
export const administratorDn = `CN=Administrator,CN=Users,${larkfield.baseDn}`;
export const peopleDn = `OU=People,${larkfield.baseDn}`;
export const groupsDn = `OU=Groups,${larkfield.baseDn}`;

/** Groups that hold other groups: nesting is part of every real directory. */
const nested = { 'All Technical': ['Quality', 'Optics Lab', 'Production'] } as const;

export type DirectorySeed = {
  readonly people: readonly larkfield.Person[];
  /** The id Halo gave each person, by key. */
  readonly haloIds: ReadonlyMap<string, number>;
  readonly administratorPassword: string;
  readonly servicePassword: string;
};

/** The first transaction of the lab's directory. */
export async function seedLarkfield(
  seed: DirectorySeed,
  tree: Tree,
  now: Date,
): Promise<Transaction> {
  const builder = aBuilder(now);
  const { head, domainAdmins } = await addDomain(builder, domain, seed.administratorPassword);
  const people = addEntry(builder, head, 'organizationalUnit', 'People');
  const groups = addEntry(builder, head, 'organizationalUnit', 'Groups');
  const units = new Map(
    Object.keys(larkfield.offices).map((office) => [
      office,
      addEntry(builder, people, 'organizationalUnit', office),
    ]),
  );
  const byName = addGroups(builder, groups);
  await addAccounts(builder, seed, units, byName, domainAdmins);
  await addCoatingBench(builder, seed, units);
  await addServiceAccount(builder, head, people, groups, seed.servicePassword);
  return transaction({ tree, now }, builder.entries, [], builder.nextRid);
}

function addGroups(builder: Builder, parent: Entry): Map<string, Entry> {
  const offices = Object.keys(larkfield.offices).map((office) => `Office ${office}`);
  const names = ['All Staff', ...larkfield.departments, ...offices, ...Object.keys(nested)];
  const byName = new Map(names.map((name) => [name, addGroup(builder, parent, name)]));
  for (const [name, inner] of Object.entries(nested)) {
    const outer = byName.get(name);
    if (outer !== undefined)
      join(
        builder,
        outer,
        inner.flatMap((one) => byName.get(one) ?? []),
      );
  }
  return byName;
}

async function addAccounts(
  builder: Builder,
  seed: DirectorySeed,
  units: ReadonlyMap<string, Entry>,
  groups: ReadonlyMap<string, Entry>,
  domainAdmins: Entry,
): Promise<void> {
  const made = new Map<string, Entry>();
  const employed = seed.people.flatMap((person) =>
    person.account === null ? [] : [{ person, account: person.account }],
  );
  for (const { person, account } of employed) {
    const unit = units.get(account.office);
    if (unit === undefined) continue;
    const manager = person.manager === null ? undefined : made.get(person.manager);
    const entry = await addUser(builder, unit, account.cn, account.sAMAccountName, {
      enabled: account.enabled,
      password: aPassword(),
      values: {
        ...attributesOf(person, account, numberOf(seed, person)),
        ...(manager === undefined ? {} : { manager: [manager.id] }),
        ...(account.protected ? { adminCount: ['1'] } : {}),
      },
    });
    made.set(person.key, entry);
  }
  const members = (name: string) =>
    employed.flatMap(({ person, account }) =>
      account.groups.includes(name) ? (made.get(person.key) ?? []) : [],
    );
  for (const [name, group] of groups) join(builder, group, members(name));
  join(builder, domainAdmins, members('Domain Admins'));
}

/** What the account says; it agrees with Halo for everyone from whom there is nothing to learn. */
function attributesOf(
  person: larkfield.Person,
  account: larkfield.DirectoryAccount,
  employeeNumber: string | undefined,
): Record<string, readonly string[]> {
  const office = larkfield.offices[account.office];
  return {
    givenName: [account.firstName],
    sn: [account.surname],
    displayName: [account.cn],
    title: [account.title],
    department: [account.department],
    company: [larkfield.companyName],
    physicalDeliveryOfficeName: [account.office],
    l: [office.city],
    c: [office.country],
    telephoneNumber: [person.phone],
    mail: [account.email],
    proxyAddresses: [`SMTP:${account.email}`],
    userPrincipalName: [`${account.sAMAccountName}@${larkfield.mailDomain}`],
    ...(employeeNumber === undefined ? {} : { employeeNumber: [employeeNumber] }),
  };
}

/** The number of the person in dispute stands on the account of the coating bench instead of on his own. */
function numberOf(seed: DirectorySeed, person: larkfield.Person): string | undefined {
  if (person.key === larkfield.disputed) return undefined;
  const id = seed.haloIds.get(person.key);
  return id === undefined ? undefined : String(id);
}

/** A shared account that was once copied from a person's, with his employee number. */
async function addCoatingBench(
  builder: Builder,
  seed: DirectorySeed,
  units: ReadonlyMap<string, Entry>,
): Promise<void> {
  const unit = units.get('Porto');
  const number = seed.haloIds.get(larkfield.disputed);
  if (unit === undefined || number === undefined) return;
  await addUser(builder, unit, 'Coating Bench', 'bench.coating', {
    enabled: true,
    password: aPassword(),
    values: {
      displayName: ['Coating Bench'],
      description: ['Shared account of the coating bench; copied from Nuno Tavares.'],
      employeeNumber: [String(number)],
      userPrincipalName: [`bench.coating@${larkfield.mailDomain}`],
    },
  });
}

/** Sundog's own account, with the rights of docs/active-directory-rights.md and no others. */
async function addServiceAccount(
  builder: Builder,
  head: Entry,
  people: Entry,
  groups: Entry,
  password: string,
): Promise<void> {
  const unit = addEntry(builder, head, 'organizationalUnit', 'Service Accounts');
  const { id: trustee } = await addUser(builder, unit, 'svc-sundog', 'svc-sundog', {
    enabled: true,
    password,
    values: {
      description: ['Sundog signs in as this account.'],
      userPrincipalName: [`svc-sundog@${larkfield.dnsDomain}`],
      // Never expires (MS-ADTS §2.2.16): nobody signs in interactively to change it.
      userAccountControl: ['66048'],
    },
  });
  const none = { create: false, delete: false, resetPassword: false } as const;
  grant(builder, people, [
    { trustee, on: 'user', ...none, create: true, resetPassword: true, write: writableOnPeople },
  ]);
  grant(builder, groups, [{ trustee, on: 'group', ...none, write: ['member'] }]);
}

/** A password nobody knows: people of the lab do not sign in. */
function aPassword(): string {
  return `${randomBytes(18).toString('base64url')}-Aa1`;
}
