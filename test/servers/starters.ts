// People in the hub's desk without an account, and an automation that gives them one in a real directory:
// set up as an administrator would, through a hub that joined the database of the one that runs.
import { readConfig } from '#config.ts';
import { InboundEndpoint } from '#domain/endpoint.ts';
import { Mapping } from '#domain/mapping.ts';
import { approvePlan } from '#features/automation/approve.ts';
import {
  AutomationInput,
  createAutomation,
  moveAutomation,
} from '#features/automation/automations.ts';
import { createDefinition, inboundEndpoints, mappings } from '#features/automation/definitions.ts';
import { planAutomation } from '#features/automation/plan.ts';
import { startRun } from '#features/automation/start-run.ts';
import { createConnection } from '#features/connections/commands.ts';
import { listConnectionFacts } from '#features/connections/queries.ts';
import { clients } from '#features/desk/clients/clients.ts';
import { saveRecords } from '#features/desk/resource/save.ts';
import { users } from '#features/desk/users/users.ts';
import { commandLine, type Hub, openHub, workshopOf } from '#hub.ts';
import { silentLog } from '#lib/log.ts';
import type { DirectoryServer } from './directory-server.ts';
import { hubEnvironment, type RunningHub } from './hub.ts';

/** What the mapping writes beside the names; whoever compares writes the same. */
export const starterAttributes = {
  givenName: 'Ines',
  department: 'Quality',
  title: 'Quality engineer',
  physicalDeliveryOfficeName: 'Porto',
} as const;

/** A second process on the hub's database, as the command line is. */
export function joinHub({ dataFolder }: Pick<RunningHub, 'dataFolder'>): Promise<Hub> {
  return openHub({ config: readConfig(hubEnvironment(dataFolder)), log: silentLog });
}

export async function connectDirectory(
  hub: Hub,
  server: DirectoryServer,
  name = 'Samba',
): Promise<string> {
  const { id } = await createConnection(workshopOf(hub), commandLine, {
    kind: 'ldap',
    name,
    clientId: null,
    lab: true,
    settings: {
      host: server.host,
      port: server.ports.ldaps,
      security: 'ldaps',
      bindDn: server.service.dn,
      baseDn: server.baseDn,
      ca: server.caPem,
    },
    secret: server.service.password,
  });
  return id;
}

export type Starters = {
  readonly count: number;
  /** Unlike any other of the directory: surname and logon name begin with it. */
  readonly prefix: string;
  readonly container: string;
  readonly directoryConnectionId: string;
};

/** The id of an active automation that creates an account for each of them. */
export async function starters(hub: Hub, given: Starters): Promise<string> {
  const by = { actor: commandLine, now: hub.clock() };
  const { count, prefix } = given;
  const [client] = await saveRecords(hub.db, clients, by, [{ name: `Larkfield ${prefix}` }]);
  const people = Array.from({ length: count }, (_, number) => ({
    firstname: starterAttributes.givenName,
    surname: `${prefix}${number}`,
    emailaddress: `${prefix}${number}@larkfield.test`,
    site_id: client?.main_site_id,
  }));
  await saveRecords(hub.db, users, by, people);
  const connections = await listConnectionFacts(hub.db);
  const halo = connections.find(({ kind }) => kind === 'halo');
  if (halo === undefined) throw new Error('The hub has no connection to a Halo.');
  const endpoint = await createDefinition(
    hub.db,
    inboundEndpoints,
    { make: (id) => endpointOf(id, prefix, halo.id, Number(client?.id)), clientId: null },
    by,
  );
  const mapping = await createDefinition(
    hub.db,
    mappings,
    { make: (id) => mappingOf(id, prefix), clientId: null },
    by,
  );
  const { id } = await createAutomation(
    hub.db,
    AutomationInput.parse({
      name: `Starters ${prefix}`,
      trigger: { kind: 'by-hand' },
      source: {
        endpoints: [{ endpointId: endpoint.thing.id }],
        personName: '%firstName% %surname%',
      },
      directoryConnectionId: given.directoryConnectionId,
      container: { kind: 'fixed', dn: given.container },
      mappingId: mapping.thing.id,
      steps: [{ action: 'create-account', settings: {} }],
    }),
    by,
  );
  await moveAutomation(hub.db, id, 'active', by);
  return id;
}

/** Looks, plans, and says yes to the plan by hand: who asks for many creations has to. */
export async function approvedPlan(hub: Hub, automationId: string): Promise<string> {
  const { id, hash } = await planAutomation(hub.automation, automationId, { actor: commandLine });
  const override = { guards: [], reason: 'All of them start today.' };
  await approvePlan(hub.automation, id, { hash, comment: '', override }, commandLine);
  return id;
}

/** The run's id. The hub that runs applies it. */
export async function startApplying(hub: Hub, planId: string): Promise<string> {
  const { runId } = await startRun(hub.automation, planId, commandLine);
  return runId;
}

function endpointOf(id: string, prefix: string, connectionId: string, clientId: number) {
  return InboundEndpoint.parse({
    id,
    name: `Starters ${prefix}`,
    connectionId,
    state: 'active',
    request: {
      method: 'GET',
      url: '/api/Users',
      parameters: [
        { name: 'pageinate', value: 'true' },
        { name: 'client_id', value: String(clientId) },
        { name: 'exclude_generaluser', value: 'true' },
      ],
    },
    rowsPath: '$.users',
    paging: {
      kind: 'page-number',
      pageParameter: 'page_no',
      sizeParameter: 'page_size',
      pageSize: 100,
      totalPath: '$.record_count',
    },
    columns: [
      { name: 'haloId', path: '$.id', type: 'text', required: true },
      { name: 'firstName', path: '$.firstname', type: 'text', required: true },
      { name: 'surname', path: '$.surname', type: 'text', required: true },
    ],
    primaryKey: 'haloId',
  });
}

function mappingOf(id: string, prefix: string) {
  const surname = { kind: 'column', column: 'surname' } as const;
  const recipes = [[surname]];
  return Mapping.parse({
    id,
    name: `Starters ${prefix}`,
    rows: [
      { attribute: 'sn', value: '%surname%' },
      { attribute: 'displayName', value: '%firstName% %surname%' },
      ...Object.entries(starterAttributes).map(([attribute, value]) => ({ attribute, value })),
    ],
    names: {
      cn: { recipes },
      sAMAccountName: { recipes, maxLength: 20 },
      userPrincipalName: {
        recipes: [[surname, { kind: 'text', text: '@ad.larkfield.test' }]],
      },
    },
  });
}
