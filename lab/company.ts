// Larkfield Optics: the small company that the lab, the tests, the demo and the docs all speak of.
import { plainLetters } from '#lib/plain-letters.ts';
import { people as table } from './people.ts';

export const companyName = 'Larkfield Optics';
export const mailDomain = 'larkfield.test';
export const dnsDomain = 'ad.larkfield.test';
export const netbiosName = 'LARKFIELD';
export const baseDn = 'DC=ad,DC=larkfield,DC=test';

export const offices = {
  Bristol: { country: 'GB', city: 'Bristol', timeZone: 'Europe/London', phone: '+44 117 496 0100' },
  Porto: { country: 'PT', city: 'Porto', timeZone: 'Europe/Lisbon', phone: '+351 22 099 0200' },
} as const;
export type Office = keyof typeof offices;

export const departments = [
  'Management',
  'Finance',
  'Human Resources',
  'IT',
  'Quality',
  'Optics Lab',
  'Production',
  'Sales',
] as const;
export type Department = (typeof departments)[number];

/** What a person's account in the directory says where it differs from what Halo says. */
export type AccountDifference = {
  readonly surname?: string;
  readonly title?: string;
  readonly department?: Department;
  readonly office?: Office;
  readonly enabled?: boolean;
};

/** One row of the company. Days count from today: 0 is today, -30 a month ago. */
export type PersonRow = {
  readonly key: string;
  readonly firstName: string;
  readonly surname: string;
  readonly title: string;
  readonly department: Department;
  readonly office: Office;
  readonly manager: string | null;
  readonly startDay: number;
  readonly lastDay?: number;
  /** Halo's flag; false when left out. */
  readonly inactive?: boolean;
  /** The address Halo knows; made from the name when left out, none when null. */
  readonly email?: string | null;
  /** 'none': the directory has no account yet. Left out: it says the same as Halo. */
  readonly account?: 'none' | AccountDifference;
  /** Groups beside those of department, office and All Staff. */
  readonly alsoIn?: readonly string[];
  /** The lesson this person teaches, for the reader and for docs/lab.md. */
  readonly why?: string;
};

/** A person as Halo knows them. */
export type Person = {
  readonly key: string;
  /** The id Halo gives them when it is filled in this order from empty; the real one may differ. */
  readonly haloId: number;
  readonly firstName: string;
  readonly surname: string;
  readonly name: string;
  readonly title: string;
  readonly department: Department;
  readonly office: Office;
  readonly phone: string;
  readonly email: string | null;
  readonly manager: string | null;
  readonly startsOn: Date;
  readonly lastDay: Date | null;
  readonly inactive: boolean;
  readonly account: DirectoryAccount | null;
  readonly why: string | null;
};

/** A person's account as the directory holds it before Sundog has done anything. */
export type DirectoryAccount = {
  readonly cn: string;
  readonly firstName: string;
  readonly surname: string;
  readonly sAMAccountName: string;
  readonly email: string;
  readonly title: string;
  readonly department: Department;
  readonly office: Office;
  readonly enabled: boolean;
  readonly groups: readonly string[];
  /** In Domain Admins: marked adminCount=1 and never touched. */
  readonly protected: boolean;
};

export type Company = { readonly people: readonly Person[]; readonly tickets: readonly Ticket[] };

/** A ticket of Halo. `about` is the person it concerns. */
export type Ticket = {
  readonly kind: 'New starter' | 'Leaver' | 'Change' | 'Incident';
  readonly summary: string;
  readonly details: string;
  readonly about: string;
};

/** Whose e-mail and employee number lead to two different accounts. */
export const disputed = 'nuno-tavares';

const dayMs = 86_400_000;

/** The whole company as it stands on the day of `now`. Pure: the same day gives the same company. */
export function company(now: Date): Company {
  const today = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()));
  const people = table.map((row, index) => person(row, index, today));
  return { people, tickets: tickets(people) };
}

/** The person with the key; a key that nobody has is a mistake in the caller. */
export function personOf({ people }: Company, key: string): Person {
  const found = people.find((one) => one.key === key);
  if (found === undefined) throw new Error(`Nobody at ${companyName} is called ${key}.`);
  return found;
}

/** The container of an office's accounts. */
export function containerOf(office: Office): string {
  return `OU=${office},OU=People,${baseDn}`;
}

/** The groups everyone of a department in an office is in. */
export function groupsOf(department: Department, office: Office): readonly string[] {
  return ['All Staff', department, `Office ${office}`];
}

/** A name as it stands in addresses and log-on names: plain lower-case letters. */
export function addressLetters(name: string): string {
  return plainLetters(name)
    .replace(/[^a-zA-Z-]/g, '')
    .toLowerCase();
}

function person(row: PersonRow, index: number, today: Date): Person {
  const address = `${addressLetters(row.firstName)}.${addressLetters(row.surname)}@${mailDomain}`;
  return {
    key: row.key,
    haloId: index + 1,
    firstName: row.firstName,
    surname: row.surname,
    name: `${row.firstName} ${row.surname}`,
    title: row.title,
    department: row.department,
    office: row.office,
    phone: phoneOf(row.office, index),
    email: row.email === undefined ? address : row.email,
    manager: row.manager,
    startsOn: new Date(today.getTime() + row.startDay * dayMs),
    lastDay: row.lastDay === undefined ? null : new Date(today.getTime() + row.lastDay * dayMs),
    inactive: row.inactive ?? false,
    account: row.account === 'none' ? null : accountOf(row, row.account ?? {}),
    why: row.why ?? null,
  };
}

function accountOf(row: PersonRow, differs: AccountDifference): DirectoryAccount {
  const surname = differs.surname ?? row.surname;
  const department = differs.department ?? row.department;
  const office = differs.office ?? row.office;
  const logon = `${addressLetters(row.firstName)}.${addressLetters(surname)}`;
  const alsoIn = row.alsoIn ?? [];
  return {
    cn: `${row.firstName} ${surname}`,
    firstName: row.firstName,
    surname,
    sAMAccountName: logon.slice(0, 20),
    email: row.email ?? `${logon}@${mailDomain}`,
    title: differs.title ?? row.title,
    department,
    office,
    enabled: differs.enabled ?? true,
    groups: [...groupsOf(department, office), ...alsoIn],
    protected: alsoIn.includes('Domain Admins'),
  };
}

/** Numbers that the regulators of both countries keep free for fiction, where they do. */
function phoneOf(office: Office, index: number): string {
  const line = String(index + 1).padStart(2, '0');
  return `${offices[office].phone.slice(0, -2)}${line}`;
}

function tickets(people: readonly Person[]): Ticket[] {
  return [...people.flatMap(ticketsOf), ...ordinaryTickets];
}

function ticketsOf(one: Person): Ticket[] {
  const day = one.startsOn.toISOString().slice(0, 10);
  if (one.account === null || (!one.account.enabled && !one.inactive)) {
    const details = `${one.name} starts on ${day} as ${one.title} in ${one.department}, ${one.office}. Please make an account and add the usual groups.`;
    return [{ kind: 'New starter', summary: `New starter: ${one.name}`, details, about: one.key }];
  }
  if (one.inactive) {
    const details = `${one.name} has left ${one.department}. Please close the account.`;
    return [{ kind: 'Leaver', summary: `Leaver: ${one.name}`, details, about: one.key }];
  }
  return [];
}

const ordinaryTickets: readonly Ticket[] = [
  {
    kind: 'Change',
    summary: 'Clara Whitcombe moves to Porto',
    details: 'Clara joins Quality in Porto on Monday. Halo is up to date already.',
    about: 'clara-whitcombe',
  },
  {
    kind: 'Incident',
    summary: 'Interferometer PC asks for a licence again',
    details: 'Since this morning the fringe analysis starts in demo mode.',
    about: 'anselm-becker',
  },
  {
    kind: 'Incident',
    summary: 'Badge reader at the clean room is slow',
    details: 'It takes about ten seconds to open, sometimes twice.',
    about: 'fernanda-quintela',
  },
  {
    kind: 'Incident',
    summary: 'Cannot print labels in goods-in',
    details: 'The queue is there, nothing comes out.',
    about: 'bilal-khan',
  },
];
