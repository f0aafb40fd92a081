// What a new Active Directory domain holds before anybody works in it: its containers, groups and first accounts.
import { randomInt, randomUUID } from 'node:crypto';
import { control, never } from './account-rules.ts';
import { hashPassword } from './passwords.ts';
import { findClass } from './schema.ts';
import type { Entry, Grant } from './tree.ts';
import { fileTime, type Value } from './values.ts';

type Values = Readonly<Record<string, readonly Value[]>>;

/** Builds entries one by one; each call returns the entry so that others can stand below it. */
export type Builder = {
  readonly entries: Entry[];
  readonly domainSid: string;
  nextRid: number;
  readonly now: Date;
};

export function aBuilder(now: Date): Builder {
  const part = () => randomInt(1, 2 ** 32 - 1);
  return { entries: [], domainSid: `S-1-5-21-${part()}-${part()}-${part()}`, nextRid: 1_104, now };
}

export function addEntry(
  builder: Builder,
  parent: Entry | null,
  className: string,
  name: string,
  values: Values = {},
): Entry {
  const rule = findClass(className);
  if (rule === undefined) throw new Error(`The lab's schema has no class ${className}.`);
  const entry: Entry = {
    id: randomUUID(),
    parent: parent?.id ?? null,
    rdn: { type: rule.rdn, value: name },
    classes: rule.chain,
    values,
    passwords: [],
    grants: [],
  };
  builder.entries.push(entry);
  return entry;
}

export function addGroup(
  builder: Builder,
  parent: Entry,
  name: string,
  options: { readonly rid?: number; readonly builtin?: boolean; readonly values?: Values } = {},
): Entry {
  const { builtin = false } = options;
  const rid = options.rid ?? takeRid(builder);
  return addEntry(builder, parent, 'group', name, {
    sAMAccountName: [name],
    // Security groups: BUILTIN and local, or global (MS-ADTS §2.2.12).
    groupType: [builtin ? '-2147483643' : '-2147483646'],
    sAMAccountType: [builtin ? '536870912' : '268435456'],
    objectSid: [builtin ? `S-1-5-32-${rid}` : `${builder.domainSid}-${rid}`],
    ...options.values,
  });
}

export async function addUser(
  builder: Builder,
  parent: Entry,
  name: string,
  logon: string,
  options: {
    readonly rid?: number;
    readonly enabled: boolean;
    readonly password?: string;
    readonly values?: Values;
  },
): Promise<Entry> {
  const rid = options.rid ?? takeRid(builder);
  const bits = control.normalAccount | (options.enabled ? 0 : control.disabled);
  const entry = addEntry(builder, parent, 'user', name, {
    sAMAccountName: [logon],
    sAMAccountType: ['805306368'],
    userAccountControl: [String(bits)],
    primaryGroupID: ['513'],
    objectSid: [`${builder.domainSid}-${rid}`],
    accountExpires: [never],
    pwdLastSet: [fileTime(builder.now)],
    badPwdCount: ['0'],
    codePage: ['0'],
    countryCode: ['0'],
    ...options.values,
  });
  if (options.password === undefined) return entry;
  return replace(builder, { ...entry, passwords: [await hashPassword(options.password)] });
}

/** Puts values or grants on an entry that stands already. */
export function replace(builder: Builder, entry: Entry): Entry {
  const at = builder.entries.findIndex(({ id }) => id === entry.id);
  builder.entries[at] = entry;
  return entry;
}

export function join(builder: Builder, group: Entry, members: readonly Entry[]): void {
  const present = builder.entries.find(({ id }) => id === group.id) ?? group;
  const member = [...(present.values.member ?? []), ...members.map(({ id }) => id)];
  if (member.length > 0) replace(builder, { ...present, values: { ...present.values, member } });
}

export function grant(builder: Builder, entry: Entry, grants: readonly Grant[]): void {
  const present = builder.entries.find(({ id }) => id === entry.id) ?? entry;
  replace(builder, { ...present, grants: [...present.grants, ...grants] });
}

export type Domain = {
  readonly head: Entry;
  readonly administrator: Entry;
  readonly domainAdmins: Entry;
};

const builtinGroups: readonly (readonly [name: string, rid: number, isProtected: boolean])[] = [
  ['Administrators', 544, true],
  ['Users', 545, false],
  ['Guests', 546, false],
  ['Account Operators', 548, true],
  ['Server Operators', 549, true],
  ['Print Operators', 550, true],
  ['Backup Operators', 551, true],
  ['Replicator', 552, true],
  ['Remote Desktop Users', 555, false],
];

const domainGroups: readonly (readonly [name: string, rid: number, isProtected: boolean])[] = [
  ['Domain Admins', 512, true],
  ['Domain Users', 513, false],
  ['Domain Guests', 514, false],
  ['Domain Computers', 515, false],
  ['Domain Controllers', 516, true],
  ['Schema Admins', 518, true],
  ['Enterprise Admins', 519, true],
  ['Group Policy Creator Owners', 520, false],
];

/** The domain as dcpromo leaves it, with an administrator who has the password. */
export async function addDomain(
  builder: Builder,
  domain: {
    readonly label: string;
    readonly dns: string;
    readonly netbios: string;
    readonly baseDn: string;
  },
  administratorPassword: string,
): Promise<Domain> {
  const critical = { isCriticalSystemObject: ['TRUE'] };
  const head = addEntry(builder, null, 'domainDNS', domain.label, {
    objectSid: [builder.domainSid],
    minPwdLength: ['7'],
    pwdProperties: ['1'],
    pwdHistoryLength: ['24'],
    minPwdAge: ['0'],
    maxPwdAge: ['-9223372036854775808'],
    lockoutThreshold: ['0'],
    lockoutDuration: ['-18000000000'],
    lockOutObservationWindow: ['-18000000000'],
    ...critical,
  });
  const users = addEntry(builder, head, 'container', 'Users', critical);
  const builtin = addEntry(builder, head, 'builtinDomain', 'Builtin', critical);
  addEntry(builder, head, 'container', 'Computers', critical);
  addEntry(builder, head, 'organizationalUnit', 'Domain Controllers', critical);
  addConfiguration(builder, head, domain);
  const groupsIn = (parent: Entry, groups: typeof builtinGroups, isBuiltin: boolean) =>
    groups.map(([name, rid, isProtected]) => {
      const values = { ...critical, ...(isProtected ? { adminCount: ['1'] } : {}) };
      return addGroup(builder, parent, name, { rid, builtin: isBuiltin, values });
    });
  const [administrators] = groupsIn(builtin, builtinGroups, true);
  const [domainAdmins, , , , , schemaAdmins, enterpriseAdmins] = groupsIn(
    users,
    domainGroups,
    false,
  );
  const administrator = await addUser(builder, users, 'Administrator', 'Administrator', {
    rid: 500,
    enabled: true,
    password: administratorPassword,
    values: { ...critical, adminCount: ['1'] },
  });
  await addUser(builder, users, 'Guest', 'Guest', { rid: 501, enabled: false, values: critical });
  await addUser(builder, users, 'krbtgt', 'krbtgt', {
    rid: 502,
    enabled: false,
    values: { ...critical, adminCount: ['1'] },
  });
  if (!administrators || !domainAdmins || !schemaAdmins || !enterpriseAdmins) {
    throw new Error('The lab domain lacks a group it is made with.');
  }
  for (const group of [domainAdmins, schemaAdmins, enterpriseAdmins]) {
    join(builder, group, [administrator]);
  }
  join(builder, administrators, [domainAdmins, enterpriseAdmins, administrator]);
  return { head, administrator, domainAdmins };
}

function addConfiguration(
  builder: Builder,
  head: Entry,
  domain: { readonly dns: string; readonly netbios: string; readonly baseDn: string },
): void {
  const critical = { isCriticalSystemObject: ['TRUE'] };
  const configuration = addEntry(builder, head, 'configuration', 'Configuration', critical);
  addEntry(builder, configuration, 'container', 'Schema', critical);
  addEntry(builder, configuration, 'container', 'Sites', critical);
  const partitions = addEntry(builder, configuration, 'crossRefContainer', 'Partitions', critical);
  addEntry(builder, partitions, 'crossRef', domain.netbios, {
    nETBIOSName: [domain.netbios],
    dnsRoot: [domain.dns],
    nCName: [domain.baseDn],
    ...critical,
  });
}

function takeRid(builder: Builder): number {
  builder.nextRid += 1;
  return builder.nextRid - 1;
}
