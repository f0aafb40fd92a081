// Every writing route of the desk and of what guards it, once, with what it takes.
import type { Step } from './walk.ts';

const made = (name: string) => ({ id: name });

/** Made and changed and taken away by one route each, as Halo has it. */
function thing(path: string, name: string, json: NonNullable<Step['json']>): readonly Step[] {
  return [{ route: `POST /api/${path}`, json, keep: made(name) }];
}

function gone(path: string, name: string): Step {
  return { route: `DELETE /api/${path}/{id}`, path: `/api/${path}/{${name}}` };
}

export const deskSteps: readonly Step[] = [
  {
    route: 'POST /api/Client',
    json: () => ({ name: 'Tidewater Glass' }),
    keep: { id: 'client', main_site_id: 'site' },
  },
  ...thing('Site', 'office', ({ client }) => ({ name: 'Lisbon', client_id: client })),
  ...thing('Users', 'user', ({ site }) => ({
    name: 'Tomas Reis',
    emailaddress: 'tomas.reis@tidewater.test',
    site_id: site,
  })),
  ...thing('Agent', 'agent', () => ({ name: 'Rosa Lind', email: 'rosa.lind@larkfield.test' })),
  ...thing('Status', 'status', () => ({ name: 'On the bench' })),
  ...thing('TicketType', 'type', () => ({ name: 'Repair' })),
  ...thing('Priority', 'priority', () => ({ name: 'Some day', priorityid: 9 })),
  ...thing('Team', 'team', () => ({ name: 'Glaziers' })),
  ...thing('Outcome', 'outcome', () => ({ name: 'Polished' })),
  ...thing('Lookup', 'lookup', () => ({ lookupid: 900, name: 'Blue' })),
  ...thing('Roles', 'role', () => ({ name: 'Watchers' })),
  ...thing('UserRoles', 'userRole', () => ({ name: 'Readers' })),
  ...thing('Cab', 'board', () => ({ name: 'Harbour changes' })),
  ...thing('CabMember', 'member', ({ board, user }) => ({ cab_id: board, user_id: user })),
  ...thing('CustomField', 'field', () => ({ name: 'CFsafe', usage: 4, inputtype: 6 })),
  ...thing('AssetType', 'assetType', () => ({ name: 'Lens' })),
  // What was used is kept; these are taken away again.
  ...thing('Client', 'spareClient', () => ({ name: 'Shoreline' })),
  ...thing('CustomField', 'spareField', () => ({ name: 'CFspare', usage: 4, inputtype: 0 })),
  ...thing('Field', 'assetField', ({ assetType }) => ({
    name: 'Focal length',
    parenttype_id: assetType,
  })),
  ...thing('Asset', 'asset', ({ site, assetType }) => ({
    inventory_number: 'LENS-1',
    site_id: site,
    assettype_id: assetType,
  })),
  ...thing('Tickets', 'ticket', ({ client, site }) => ({
    summary: 'A lens is scratched',
    client_id: client,
    site_id: site,
  })),
  ...thing('Actions', 'action', ({ ticket, outcome }) => ({
    ticket_id: ticket,
    note: 'Looked at it',
    outcome_id: outcome,
  })),
  ...thing('Attachment', 'attachment', ({ ticket }) => ({
    filename: 'lens.txt',
    ticket_id: ticket,
    data_base64: Buffer.from('scratched').toString('base64'),
  })),
  {
    route: 'POST /api/PasswordField',
    as: 'person',
    json: ({ user, field }) => ({ object_type: 4, object_id: user, field_id: field }),
    prepare: async ({ send }) => {
      await send({
        route: 'POST /api/Users',
        json: ({ user, field }) => ({
          id: user,
          customfields: [{ id: field, value: 'canary-Zx9!harbour' }],
        }),
      });
    },
  },
  { route: 'POST /v1/agents/{id}/invite', path: '/v1/agents/{agent}/invite', as: 'person' },
  { route: 'POST /v1/users/{id}/invite', path: '/v1/users/{user}/invite', as: 'person' },
  gone('Attachment', 'attachment'),
  { route: 'DELETE /api/Actions/{id}', path: '/api/Actions/{action}?ticket_id={ticket}' },
  gone('Tickets', 'ticket'),
  gone('Asset', 'asset'),
  gone('Field', 'assetField'),
  gone('AssetType', 'assetType'),
  gone('CustomField', 'spareField'),
  gone('CabMember', 'member'),
  gone('Cab', 'board'),
  gone('UserRoles', 'userRole'),
  gone('Roles', 'role'),
  { route: 'DELETE /api/Lookup/{id}', path: '/api/Lookup/{lookup}?lookupid=900' },
  gone('Outcome', 'outcome'),
  gone('Team', 'team'),
  gone('Priority', 'priority'),
  gone('TicketType', 'type'),
  gone('Status', 'status'),
  gone('Users', 'user'),
  gone('Agent', 'agent'),
  gone('Site', 'office'),
  gone('Client', 'spareClient'),
];
