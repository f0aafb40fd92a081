// The requests to Halo that nobody should have to write: endpoints to read by, webhooks to tell by.
import { InboundEndpoint } from '#domain/endpoint.ts';
import { OutboundWebhook } from '#domain/webhook.ts';

export const EndpointInput = InboundEndpoint.omit({ id: true });
export const WebhookInput = OutboundWebhook.omit({ id: true });

type Preconfigured<T> = Omit<T, 'connectionId'>;

/** Halo's paging (halo-api.md 1.3): pageinate is spelt so, and record_count must be reached. */
const paging = {
  kind: 'page-number',
  pageParameter: 'page_no',
  sizeParameter: 'page_size',
  pageSize: 100,
  totalPath: '$.record_count',
} as const;

const pageinate = { name: 'pageinate', value: 'true' };

function text(name: string, path = `$.${name}`) {
  return { name, path, type: 'text' as const, required: false };
}

export const preconfiguredEndpoints: readonly Preconfigured<
  ReturnType<typeof EndpointInput.parse>
>[] = [
  {
    name: 'HALO users',
    description: 'Everybody in Halo, those who have left included.',
    state: 'draft',
    request: {
      method: 'GET',
      url: 'https://{Host-Name}/api/Users',
      headers: [],
      // Halo hides inactive users unless asked, and a hidden leaver would look like an absent one.
      parameters: [pageinate, { name: 'includeinactive', value: 'true' }],
      body: { kind: 'none' },
    },
    rowsPath: '$.users',
    paging,
    pagesMax: 10_000,
    columns: [
      { name: 'id', path: '$.id', type: 'number', required: true },
      text('name'),
      text('firstname'),
      text('surname'),
      text('emailaddress'),
      text('login'),
      text('title'),
      text('department'),
      text('site', '$.site_name'),
      text('client', '$.client_name'),
      text('phone', '$.phonenumber'),
      text('mobile', '$.mobilenumber'),
      { name: 'inactive', path: '$.inactive', type: 'text', required: true },
    ],
    primaryKey: 'id',
  },
  {
    name: 'HALO list tickets',
    description: 'Open tickets, by the user they are about.',
    state: 'draft',
    request: {
      method: 'GET',
      url: 'https://{Host-Name}/api/Tickets',
      headers: [],
      parameters: [pageinate, { name: 'open_only', value: 'true' }],
      body: { kind: 'none' },
    },
    rowsPath: '$.tickets',
    paging,
    pagesMax: 10_000,
    columns: [
      { name: 'userId', path: '$.user_id', type: 'number', required: true },
      { name: 'ticketId', path: '$.id', type: 'number', required: true },
      text('summary'),
      { name: 'ticketTypeId', path: '$.tickettype_id', type: 'number', required: false },
      { name: 'ticketCreated', path: '$.dateoccurred', type: 'timestamp', required: false },
    ],
    primaryKey: 'userId',
  },
];

const ticketsUrl = 'https://{Host-Name}/api/Tickets';
const nothingMore = { headers: [], parameters: [] };

export const preconfiguredWebhooks: readonly Preconfigured<
  ReturnType<typeof WebhookInput.parse>
>[] = [
  {
    name: 'HALO add ticket',
    description: 'Opens a ticket that tells what was done.',
    state: 'draft',
    request: {
      method: 'POST',
      url: ticketsUrl,
      ...nothingMore,
      body: {
        kind: 'json',
        text: '[{"summary": "%act.automation%: %act.person%", "details": "%act.summary% (%act.reference%)"}]',
      },
    },
    target: '',
    // A ticket must not be opened twice: it is looked for by its reference first.
    lookFirst: {
      url: `${ticketsUrl}?search=%act.reference%&count=1`,
      found: '$.tickets[*].id',
    },
  },
  {
    name: 'HALO update ticket',
    description: 'Changes the ticket itself, such as its status. Sent twice it says the same.',
    state: 'draft',
    request: {
      method: 'POST',
      url: ticketsUrl,
      ...nothingMore,
      body: { kind: 'json', text: '[{"id": {id}, "status_id": %env.haloStatusDone|2%}]' },
    },
    target: '%ticketId%',
    lookFirst: null,
  },
  {
    name: 'HALO add note to ticket',
    description: 'Tells the story in the ticket, as a note that only agents see.',
    state: 'draft',
    request: {
      method: 'POST',
      url: 'https://{Host-Name}/api/Actions',
      ...nothingMore,
      body: {
        kind: 'json',
        text: '[{"ticket_id": {id}, "outcome_id": 7, "note": "%act.summary% (%act.reference%)", "hiddenfromuser": true}]',
      },
    },
    target: '%ticketId%',
    lookFirst: {
      url: 'https://{Host-Name}/api/Actions?ticket_id={id}&excludesys=true',
      found: "$.actions[?search(@.note, '%act.reference%')]",
    },
  },
  {
    name: 'HALO delete ticket',
    description: 'Deletes the ticket; it cannot be had back.',
    state: 'draft',
    request: {
      method: 'DELETE',
      url: `${ticketsUrl}/{id}`,
      ...nothingMore,
      body: { kind: 'none' },
    },
    target: '%ticketId%',
    lookFirst: null,
  },
];
