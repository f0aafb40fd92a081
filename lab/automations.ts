// What an administrator would have set up for Larkfield: endpoints, mapping, names, webhook and two automations.
import type { z } from 'zod';
import { Automation, type Source } from '#domain/automation.ts';
import { InboundEndpoint } from '#domain/endpoint.ts';
import { Mapping } from '#domain/mapping.ts';
import { OutboundWebhook } from '#domain/webhook.ts';
import { accountNames } from './account-names.ts';
import { baseDn, companyName, offices } from './company.ts';
import { customFields, type LarkfieldDesk } from './desk.ts';

/** The ids the hub gave, or will give, to what the lab sets up. */
export type LarkfieldIds = {
  readonly haloConnection: string;
  readonly directoryConnection: string;
  readonly users: string;
  readonly tickets: string;
  readonly mapping: string;
  readonly updateTicket: string;
  readonly newStarters: string;
  readonly moversAndLeavers: string;
};

export type LarkfieldDefinitions = {
  readonly endpoints: readonly InboundEndpoint[];
  readonly mapping: Mapping;
  readonly webhooks: readonly OutboundWebhook[];
  readonly automations: readonly Automation[];
};

export function larkfieldDefinitions(
  ids: LarkfieldIds,
  desk: Pick<LarkfieldDesk, 'clientId' | 'customFieldIds' | 'ticketTypeIds'>,
): LarkfieldDefinitions {
  return {
    endpoints: [haloUsers(ids, desk), haloTickets(ids, desk)],
    mapping: mappingOf(ids),
    webhooks: [updateTicket(ids)],
    automations: [newStarters(ids), moversAndLeavers(ids)],
  };
}

type Desk = Parameters<typeof larkfieldDefinitions>[1];

const pages = {
  kind: 'page-number',
  pageParameter: 'page_no',
  sizeParameter: 'page_size',
  pageSize: 100,
  totalPath: '$.record_count',
} as const;

/** Everyone, those who left included: without them a leaver would look like somebody who vanished. */
function haloUsers(ids: LarkfieldIds, desk: Desk): InboundEndpoint {
  const endpoint: z.input<typeof InboundEndpoint> = {
    id: ids.users,
    name: 'HALO users',
    description: 'Everyone at Larkfield Optics, active or not.',
    connectionId: ids.haloConnection,
    state: 'active',
    request: {
      method: 'GET',
      url: '/api/Users',
      parameters: parameters({
        pageinate: 'true',
        client_id: String(desk.clientId),
        includeinactive: 'true',
        exclude_generaluser: 'true',
        include_custom_fields: desk.customFieldIds.join(','),
      }),
    },
    rowsPath: '$.users',
    paging: pages,
    pagesMax: 1_000,
    columns: [
      { name: 'haloId', path: '$.id', type: 'text', required: true },
      { name: 'firstName', path: '$.firstname', type: 'text', required: true },
      { name: 'surname', path: '$.surname', type: 'text', required: true },
      { name: 'title', path: '$.title', type: 'text' },
      { name: 'email', path: '$.emailaddress', type: 'text' },
      { name: 'phone', path: '$.phonenumber', type: 'text' },
      { name: 'site', path: '$.site_name', type: 'text', required: true },
      { name: 'inactive', path: '$.inactive', type: 'text', required: true },
      { name: 'department', path: customField('department'), type: 'text' },
      { name: 'startDate', path: customField('startDate'), type: 'timestamp' },
      { name: 'lastDay', path: customField('lastDay'), type: 'timestamp' },
    ],
    primaryKey: 'haloId',
  };
  return InboundEndpoint.parse(endpoint);
}

/** Halo keeps such values in an array: the one whose name is right is picked by a condition. */
function customField(name: keyof typeof customFields): string {
  return `$.customfields[?@.name=='${customFields[name]}'].value`;
}

/** The open ticket that asks for somebody's account, so that it can be told. */
function haloTickets(ids: LarkfieldIds, desk: Desk): InboundEndpoint {
  const types = ['New starter', 'Leaver'].flatMap((name) => desk.ticketTypeIds[name] ?? []);
  const endpoint: z.input<typeof InboundEndpoint> = {
    id: ids.tickets,
    name: 'HALO list tickets',
    description: 'Open tickets of the types New starter and Leaver, one for a person.',
    connectionId: ids.haloConnection,
    state: 'active',
    request: {
      method: 'GET',
      url: '/api/Tickets',
      parameters: parameters({
        pageinate: 'true',
        client_id: String(desk.clientId),
        open_only: 'true',
        requesttype: types.join(','),
      }),
    },
    rowsPath: '$.tickets',
    paging: pages,
    pagesMax: 1_000,
    columns: [
      { name: 'haloId', path: '$.user_id', type: 'text', required: true },
      { name: 'ticketId', path: '$.id', type: 'text', required: true },
      { name: 'ticketSummary', path: '$.summary', type: 'text' },
    ],
    primaryKey: 'haloId',
  };
  return InboundEndpoint.parse(endpoint);
}

function mappingOf(ids: LarkfieldIds): Mapping {
  const mapping: z.input<typeof Mapping> = {
    id: ids.mapping,
    name: 'Halo to Active Directory',
    description: `How people of ${companyName} become accounts.`,
    rows: [
      { attribute: 'givenName', value: '%firstName%' },
      { attribute: 'sn', value: '%surname%' },
      { attribute: 'displayName', value: '%firstName% %surname%' },
      { attribute: 'title', value: '%title%' },
      { attribute: 'department', value: '%department%' },
      { attribute: 'company', value: companyName },
      { attribute: 'physicalDeliveryOfficeName', value: '%site%' },
      { attribute: 'l', value: '%site%' },
      { attribute: 'telephoneNumber', value: '%phone%', apply: 'clear-when-empty' },
      { attribute: 'employeeNumber', value: '%haloId%', apply: 'on-create' },
      { attribute: 'proxyAddresses', value: 'SMTP:%ad.mail%', apply: 'on-create' },
    ],
    names: accountNames(),
  };
  return Mapping.parse(mapping);
}

/** A note on the ticket: what was done, with a reference by which a second attempt finds the first. */
function updateTicket(ids: LarkfieldIds): OutboundWebhook {
  const note = { ticket_id: '{id}', outcome_id: 7, hiddenfromuser: true, note: '' };
  const text = JSON.stringify([note])
    .replace('"{id}"', '{id}')
    .replace('"note":""', '"note":"%act.summary% (%act.reference%)"');
  return OutboundWebhook.parse({
    id: ids.updateTicket,
    name: 'HALO update ticket',
    description: 'Writes an internal note on the ticket that asked for the change.',
    connectionId: ids.haloConnection,
    state: 'active',
    request: { method: 'POST', url: '/api/Actions', body: { kind: 'json', text } },
    target: '%ticketId|%',
    lookFirst: {
      url: '/api/Actions?ticket_id={id}',
      found: "$.actions[?search(@.note, '%act.reference%')]",
    },
  });
}

/** Runs once by itself when the lab starts: nobody has to say yes for what can be disabled again. */
function newStarters(ids: LarkfieldIds): Automation {
  return Automation.parse({
    ...shared(ids),
    id: ids.newStarters,
    name: 'New starters',
    description:
      'Whoever starts soon, or started in the last month, gets an account and the usual groups; ' +
      'the ticket is told. Before the first day the account is disabled.',
    trigger: { kind: 'by-hand' },
    scope: {
      all: [
        { column: 'inactive', operator: 'is', values: ['false'] },
        {
          any: [
            { column: 'startDate', operator: 'in-the-last-days', values: ['31'] },
            { column: 'startDate', operator: 'in-the-next-days', values: ['60'] },
          ],
        },
      ],
    },
    steps: [{ action: 'create-account', settings: {} }, usualGroups],
    approval: 'never',
    tell: [{ webhookId: ids.updateTicket, when: 'created' }],
  } satisfies z.input<typeof Automation>);
}

/** Waits for a yes: what it takes away or overwrites, somebody should have read before. */
function moversAndLeavers(ids: LarkfieldIds): Automation {
  return Automation.parse({
    ...shared(ids),
    id: ids.moversAndLeavers,
    name: 'Movers and leavers',
    description:
      'Keeps accounts as Halo has the people: new title, department and office, the groups that ' +
      'go with them, and a disabled account for whoever left.',
    trigger: { kind: 'schedule', cron: '0 6 * * 1-5', timeZone: 'Europe/London' },
    steps: [
      { action: 'modify-account', settings: {} },
      usualGroups,
      {
        action: 'disable-account',
        settings: { when: { column: 'inactive', operator: 'is', values: ['true'] } },
      },
    ],
    approval: 'always',
    tell: [{ webhookId: ids.updateTicket, when: 'disabled' }],
  } satisfies z.input<typeof Automation>);
}

const usualGroups = {
  action: 'add-to-groups',
  settings: {
    rules: [
      { name: 'Everyone', groups: ['All Staff'] },
      { name: 'By department', groups: ['%department%'] },
      { name: 'By office', groups: ['Office %site%'] },
    ],
  },
} satisfies z.input<typeof Automation>['steps'][number];

/** What both automations have in common: where people come from and where their accounts are. */
function shared(ids: LarkfieldIds) {
  const source: z.input<typeof Source> = {
    endpoints: [{ endpointId: ids.users }, { endpointId: ids.tickets, join: 'left' }],
    personName: '%firstName% %surname%',
  };
  const officesBy = <T>(value: (office: keyof typeof offices) => T) => ({
    Bristol: value('Bristol'),
    Porto: value('Porto'),
  });
  return {
    version: 1,
    state: 'active' as const,
    source,
    directoryConnectionId: ids.directoryConnection,
    container: {
      kind: 'by-column' as const,
      column: 'site',
      containers: officesBy((office) => `OU=${office},OU=People,${baseDn}`),
    },
    match: [
      { column: 'haloId', attribute: 'employeeNumber' },
      { column: 'email', attribute: 'mail' },
    ],
    mappingId: ids.mapping,
    startDate: {
      column: 'startDate',
      timeZone: {
        kind: 'by-column' as const,
        column: 'site',
        zones: officesBy((office) => offices[office].timeZone),
        otherwise: 'UTC',
      },
    },
  };
}

function parameters(pairs: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(pairs).map(([name, value]) => ({ name, value }));
}
