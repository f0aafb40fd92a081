// Sets the lab up in the hub as an administrator would: an application, two connections, definitions,
// automations. What is there stays as people have made it; only addresses and secrets follow the lab.

import type { Automation } from '#domain/automation.ts';
import { renewSecret } from '#features/applications/commands.ts';
import { listApplications } from '#features/applications/queries.ts';
import {
  createAutomation,
  listAutomations,
  moveAutomation,
} from '#features/automation/automations.ts';
import {
  createDefinition,
  inboundEndpoints,
  type Kind,
  listDefinitions,
  mappings,
  outboundWebhooks,
} from '#features/automation/definitions.ts';
import {
  changeConnection,
  createConnection,
  type NewConnection,
} from '#features/connections/commands.ts';
import { testConnection } from '#features/connections/health.ts';
import { listConnectionFacts } from '#features/connections/queries.ts';
import { changeVault, createVault } from '#features/key-vaults/commands.ts';
import { testVault } from '#features/key-vaults/probe.ts';
import { listVaults } from '#features/key-vaults/queries.ts';
import {
  type LarkfieldDefinitions,
  type LarkfieldIds,
  larkfieldDefinitions,
} from '#lab/automations.ts';
import { type Lab, startLab } from '#lab/lab.ts';
import { newId } from '#lib/ids.ts';
import { Secret } from '#lib/secret.ts';
import { accessCommands } from './access-commands.ts';
import { commandLine, type Hub, healthPortsOf, workshopOf } from './hub.ts';

const names = {
  application: 'Larkfield lab',
  halo: 'Halo (Larkfield)',
  directory: 'Active Directory (Larkfield)',
  keyVault: 'Key vault (Larkfield)',
} as const;

export type LabInHub = { readonly lab: Lab; readonly ids: LarkfieldIds };

/** Call when the hub answers at the address: the lab fills the desk over HTTP. */
export async function setUpLab(hub: Hub, address: URL): Promise<LabInHub> {
  const application = await labApplication(hub);
  const { clock, log, store } = hub;
  const url = address.origin;
  const lab = await startLab({
    dataFolder: store.dataFolder,
    hub: { url, ...application },
    clock,
    log,
  });
  try {
    const ids = await connect(hub, lab, url, application);
    await Promise.all([
      ...[ids.haloConnection, ids.directoryConnection].map((id) =>
        testConnection(healthPortsOf(hub), id),
      ),
      testVault(hub.keyVaults.ports, commandLine, ids.keyVault),
    ]);
    return { lab, ids: await define(hub, lab, ids) };
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

/** Its secret is made anew at every start: nothing has to remember it. */
async function labApplication(hub: Hub): Promise<{ clientId: string; clientSecret: Secret }> {
  const known = (await listApplications(hub.db, { after: undefined, limit: 1_000 })).find(
    ({ name }) => name === names.application,
  );
  if (known !== undefined) {
    const clientSecret = await renewSecret(hub.db, known.id, commandLine, hub.clock());
    return { clientId: known.clientId, clientSecret };
  }
  const made = await accessCommands(hub).createApplication(
    { name: names.application, scopes: ['all'] },
    commandLine,
  );
  const { application, clientSecret = new Secret('') } = made;
  return { clientId: application.clientId, clientSecret };
}

async function connect(
  hub: Hub,
  { ldap, keyVault }: Lab,
  url: string,
  { clientId, clientSecret }: { readonly clientId: string; readonly clientSecret: Secret },
): Promise<LarkfieldIds & { readonly keyVault: number }> {
  const { host, port, bindDn, baseDn, caPem: ca } = ldap;
  const vault = await ensureVault(hub, keyVault);
  const haloConnection = await ensureConnection(hub, {
    kind: 'halo',
    name: names.halo,
    settings: { address: url, tokenAddress: `${url}/auth/token`, clientId },
    secret: clientSecret,
  });
  const directoryConnection = await ensureConnection(hub, {
    kind: 'ldap',
    name: names.directory,
    settings: { host, port, security: 'ldaps', bindDn, baseDn, ca },
    secret: { vault, secret: keyVault.passwordName, version: null },
  });
  const ids = { users: newId(), tickets: newId(), mapping: newId(), updateTicket: newId() };
  const automations = { newStarters: newId(), moversAndLeavers: newId() };
  return { haloConnection, directoryConnection, ...ids, ...automations, keyVault: vault };
}

/** The directory's password is kept there, so that there is one to look at. */
async function ensureVault(
  { db, keyVaults: { ports } }: Hub,
  { url, caPem: ca, applicationId, clientSecret }: Lab['keyVault'],
): Promise<number> {
  const settings = { url, ca, credential: 'client-secret', applicationId } as const;
  const all = await listVaults(db, commandLine, { limit: 1_000 });
  const known = all.find(({ name, lab }) => lab && name === names.keyVault);
  if (known !== undefined) {
    await changeVault(ports, commandLine, known.id, { settings, clientSecret });
    return known.id;
  }
  const asked = { name: names.keyVault, clientId: null, lab: true, settings, clientSecret };
  return (await createVault(ports, commandLine, asked)).id;
}

async function ensureConnection(
  hub: Hub,
  asked: Omit<NewConnection, 'clientId' | 'lab' | 'settings'> & {
    readonly settings: Readonly<Record<string, unknown>>;
  },
): Promise<string> {
  const workshop = workshopOf(hub);
  const known = (await listConnectionFacts(hub.db)).find(({ name }) => name === asked.name);
  if (known === undefined) {
    const made = await createConnection(workshop, commandLine, {
      ...asked,
      clientId: null,
      lab: true,
    });
    return made.id;
  }
  const { settings, secret } = asked;
  await changeConnection(workshop, commandLine, known.id, { settings, secret });
  return known.id;
}

type Slot = 'users' | 'tickets' | 'mapping' | 'updateTicket' | 'newStarters' | 'moversAndLeavers';

/** Each thing is found by its name or made, in the order in which one names the other. */
async function define(hub: Hub, { desk }: Lab, placeholders: LarkfieldIds): Promise<LarkfieldIds> {
  let ids = placeholders;
  const give = (slot: Slot, id: string): LarkfieldDefinitions => {
    ids = { ...ids, [slot]: id };
    return larkfieldDefinitions(ids, desk);
  };
  const pick = <T>(list: readonly T[], index: number): T => {
    const found = list[index];
    if (found === undefined) throw new Error(`The lab has no definition ${index}.`);
    return found;
  };
  for (const [index, slot] of (['users', 'tickets'] as const).entries()) {
    await ensure(hub, inboundEndpoints, (id) => pick(give(slot, id).endpoints, index));
  }
  await ensure(hub, mappings, (id) => give('mapping', id).mapping);
  await ensure(hub, outboundWebhooks, (id) => pick(give('updateTicket', id).webhooks, 0));
  for (const [index, slot] of (['newStarters', 'moversAndLeavers'] as const).entries()) {
    const wanted = pick(larkfieldDefinitions(ids, desk).automations, index);
    give(slot, await ensureAutomation(hub, wanted, slot === 'newStarters'));
  }
  return ids;
}

const firstPage = { limit: 200 };

async function ensure<T extends { readonly id: string; readonly name: string }>(
  { db, clock }: Hub,
  kind: Kind<T>,
  make: (id: string) => T,
): Promise<void> {
  const { name } = make(newId());
  const { items } = await listDefinitions(db, kind, commandLine, firstPage);
  const known = items.find(({ thing }) => thing.name === name);
  const by = { actor: commandLine, now: clock() };
  const { thing } = known ?? (await createDefinition(db, kind, { make, clientId: null }, by));
  make(thing.id);
}

async function ensureAutomation(
  { db, clock }: Hub,
  wanted: Automation,
  trustedSample: boolean,
): Promise<string> {
  const { items } = await listAutomations(db, commandLine, firstPage);
  const known = items.find(({ name }) => name === wanted.name);
  if (known !== undefined) return known.id;
  const by = { actor: commandLine, now: clock(), trustedSample };
  const { id } = await createAutomation(db, wanted, by);
  await moveAutomation(db, id, 'active', by);
  return id;
}
