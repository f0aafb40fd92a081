// Larkfield Optics as planning sees it: the automation "New starters", its source's rows and its directory.
import type { Account, Group } from '#domain/account.ts';
import { Automation, type AutomationDefinition } from '#domain/automation.ts';
import { InboundEndpoint } from '#domain/endpoint.ts';
import { Mapping } from '#domain/mapping.ts';
import type { SourceRead } from '#domain/record.ts';
import { readSource } from '#domain/source.ts';
import { company, containerOf, groupsOf, type Office, offices, type Person } from '#lab/company.ts';

export const noon = new Date('2026-03-02T12:00:00Z');
export const halo = '01890000-0000-7000-8000-000000000001';
export const ad = '01890000-0000-7000-8000-000000000002';
const endpointId = '01890000-0000-7000-8000-000000000003';
const mappingId = '01890000-0000-7000-8000-000000000004';

/** One row as a test writes it; what it leaves out is filled in. */
export type Row = {
  readonly id: number;
  readonly firstname?: string | null;
  readonly surname?: string | null;
  readonly title?: string | null;
  readonly department?: string;
  readonly site?: string;
  readonly email?: string | null;
  readonly start?: string | null;
  readonly inactive?: boolean;
};

export function aRow(row: Row): Required<Row> {
  return {
    firstname: 'Ines',
    surname: 'Marlow',
    title: 'Quality Engineer',
    department: 'Quality',
    site: 'Porto',
    email: null,
    start: null,
    inactive: false,
    ...row,
  };
}

export function anAutomation(given: Partial<Automation> = {}): Automation {
  const parsed = Automation.parse({
    id: '01890000-0000-7000-8000-000000000005',
    name: 'New starters',
    state: 'active',
    version: 1,
    trigger: { kind: 'by-hand' },
    source: { endpoints: [{ endpointId }], personName: '%firstName% %surname%' },
    directoryConnectionId: ad,
    container: {
      kind: 'by-column',
      column: 'site',
      containers: { Bristol: containerOf('Bristol'), Porto: containerOf('Porto') },
    },
    match: [
      { column: 'employee', attribute: 'employeeID' },
      { column: 'email', attribute: 'mail' },
    ],
    mappingId,
    startDate: {
      column: 'start',
      timeZone: {
        kind: 'by-column',
        column: 'site',
        zones: { Bristol: 'Europe/London', Porto: 'Europe/Lisbon' },
        otherwise: 'UTC',
      },
      hour: 7,
    },
    steps: [
      { action: 'create-account', settings: {} },
      { action: 'modify-account', settings: {} },
      {
        action: 'disable-account',
        settings: { when: { column: 'inactive', operator: 'is', values: ['true'] } },
      },
      {
        action: 'add-to-groups',
        settings: {
          rules: [
            { name: 'Everybody', groups: ['All Staff'] },
            { name: 'Groups by department', groups: ['%department%'] },
            { name: 'Groups by office', groups: ['Office %site%'] },
          ],
        },
      },
    ],
  });
  return { ...parsed, ...given };
}

const first = { kind: 'column', column: 'firstName', letters: 'lower' };
const initial = { ...first, characters: 1 };
const last = { kind: 'column', column: 'surname', letters: 'lower' };
const dot = { kind: 'text', text: '.' };
const domain = { kind: 'text', text: '@larkfield.test' };
const counter = { kind: 'counter' };

export function aMapping(given: Partial<Mapping> = {}): Mapping {
  const parsed = Mapping.parse({
    id: mappingId,
    name: 'Halo users to AD',
    rows: [
      { attribute: 'givenName', value: '%firstName%' },
      { attribute: 'sn', value: '%surname%' },
      { attribute: 'displayName', value: '%firstName% %surname%' },
      { attribute: 'title', value: '%title%', apply: 'clear-when-empty' },
      { attribute: 'department', value: '%department%' },
      { attribute: 'physicalDeliveryOfficeName', value: '%site%' },
      { attribute: 'employeeID', value: '%employee%', apply: 'on-create' },
      { attribute: 'description', value: 'Made for %ad.sAMAccountName%', apply: 'on-create' },
    ],
    names: {
      cn: {
        recipes: [
          [
            { kind: 'column', column: 'firstName' },
            { kind: 'text', text: ' ' },
            { kind: 'column', column: 'surname' },
            { kind: 'counter', before: ' ' },
          ],
        ],
        stripAccents: false,
      },
      sAMAccountName: {
        recipes: [
          [first, dot, last],
          [initial, dot, last, counter],
        ],
        stripSpaces: true,
      },
      userPrincipalName: {
        recipes: [
          [first, dot, last, domain],
          [initial, dot, last, counter, domain],
        ],
        stripSpaces: true,
      },
      mail: {
        recipes: [
          [first, dot, last, domain],
          [initial, dot, last, counter, domain],
        ],
        stripSpaces: true,
      },
    },
  });
  return { ...parsed, ...given };
}

const endpoint = InboundEndpoint.parse({
  id: endpointId,
  name: 'Halo users',
  connectionId: halo,
  state: 'active',
  request: { method: 'GET', url: 'https://{Host-Name}/api/Users' },
  rowsPath: '$.users',
  paging: { kind: 'none' },
  columns: [
    { name: 'employee', path: '$.id', type: 'text', required: true },
    { name: 'firstName', path: '$.firstname', type: 'text' },
    { name: 'surname', path: '$.surname', type: 'text' },
    { name: 'title', path: '$.title', type: 'text' },
    { name: 'department', path: '$.department', type: 'text' },
    { name: 'site', path: '$.site', type: 'text' },
    { name: 'email', path: '$.email', type: 'text' },
    { name: 'start', path: '$.start', type: 'timestamp' },
    { name: 'inactive', path: '$.inactive', type: 'text', required: true },
  ],
  primaryKey: 'employee',
});

export function aDefinition(
  given: { readonly automation?: Partial<Automation>; readonly mapping?: Partial<Mapping> } = {},
): AutomationDefinition {
  return {
    automation: anAutomation(given.automation),
    endpoints: [endpoint],
    mapping: aMapping(given.mapping),
    webhooks: [],
    systems: { [halo]: 'Halo', [ad]: 'AD Larkfield' },
    environment: {},
  };
}

export function sourceOf(
  rows: readonly Row[],
  definition: AutomationDefinition = aDefinition(),
): SourceRead {
  return readSource(definition, [rows.map(aRow)]);
}

/** The whole company as rows of Halo. */
export const everyone: readonly Required<Row>[] = company(noon).people.map((person) => ({
  id: person.haloId,
  firstname: person.firstName,
  surname: person.surname,
  title: person.title,
  department: person.department,
  site: person.office,
  email: person.email,
  start: person.startsOn.toISOString(),
  inactive: person.inactive,
}));

/** An id in the form of an objectGUID, one for each number. */
export function guid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

const people = company(noon).people;
const groupNames = [
  ...new Set(people.flatMap(({ department, office }) => groupsOf(department, office))),
];

export const groups: readonly Group[] = groupNames.map((name, at) => ({
  id: guid(9000 + at),
  dn: `CN=${name},OU=Groups,DC=ad,DC=larkfield,DC=test`,
  name,
  protected: false,
}));

export const containers: readonly string[] = (['Bristol', 'Porto'] satisfies Office[]).map(
  containerOf,
);

/** The accounts the directory holds before anything is done. */
export const accounts: readonly Account[] = people.flatMap((person) =>
  person.account === null ? [] : [accountOf(person, person.account)],
);

export const protectedIds: ReadonlySet<string> = new Set(
  people.filter(({ account }) => account?.protected).map(({ haloId }) => guid(haloId)),
);

export const zones = offices;

function accountOf(person: Person, account: NonNullable<Person['account']>): Account {
  return {
    id: guid(person.haloId),
    dn: `CN=${account.cn},${containerOf(account.office)}`,
    enabled: account.enabled,
    attributes: {
      cn: [account.cn],
      sAMAccountName: [account.sAMAccountName],
      userPrincipalName: [`${account.sAMAccountName}@larkfield.test`],
      mail: [account.email],
      givenName: [account.firstName],
      sn: [account.surname],
      displayName: [`${account.firstName} ${account.surname}`],
      title: [account.title],
      department: [account.department],
      physicalDeliveryOfficeName: [account.office],
    },
    groupIds: groups.filter(({ name }) => account.groups.includes(name)).map(({ id }) => id),
  };
}
