// Looks whether Sundog's account in a directory has the rights that the automations there need.
import { ldapAddress } from '#connectors/ldap/probe.ts';
import { rightsOver, usualAttributes } from '#connectors/ldap/rights.ts';
import type { Automation, Container } from '#domain/automation.ts';
import { listAutomations } from '#features/automation/automations.ts';
import { findDefinition, mappings } from '#features/automation/definitions.ts';
import type { ReadyConnection } from '#features/connections/open.ts';
import { parentDn } from '#lib/dn.ts';
import { Secret } from '#lib/secret.ts';
import { commandLine, type Hub } from './hub.ts';

const automationsMax = 200;

export type RightsSaid = { readonly missing: readonly string[]; readonly notes: readonly string[] };

/** A sentence for each right that is missing; none for a directory that no automation writes to. */
export async function rightsSaid(
  hub: Hub,
  ready: Pick<ReadyConnection, 'id' | 'reached' | 'allowance'> & { readonly secret: Secret | null },
): Promise<RightsSaid> {
  const { reached, allowance, secret } = ready;
  if (reached.kind !== 'ldap') return nothingSaid;
  const { items } = await listAutomations(hub.db, commandLine, { limit: automationsMax });
  const users = items.filter(({ directoryConnectionId }) => directoryConnectionId === ready.id);
  if (users.length === 0) return nothingSaid;
  const { missing, notes } = await rightsOver(
    ldapAddress(reached.settings, allowance),
    secret ?? new Secret(''),
    {
      people: unique(users.flatMap(({ container }) => containersOf(container))),
      groups: unique(await groupUnits(hub, ready.id, users)),
      attributes: unique([...usualAttributes, ...(await mappedAttributes(hub, users))]),
    },
  );
  return { missing: missing.map(({ sentence }) => sentence), notes };
}

const nothingSaid: RightsSaid = { missing: [], notes: [] };

function containersOf(container: Container): readonly string[] {
  if (container.kind === 'fixed') return [container.dn];
  const { otherwise, containers } = container;
  return [...Object.values(containers), ...(otherwise === null ? [] : [otherwise])];
}

/** Where the groups lie that rules name outright; those named by macros are known only for a person. */
async function groupUnits(hub: Hub, id: string, users: readonly Automation[]): Promise<string[]> {
  const names = users
    .flatMap(({ steps }) => steps)
    .flatMap((step) => (step.action === 'add-to-groups' ? step.settings.rules : []))
    .flatMap(({ groups }) => groups)
    .filter((name) => !name.includes('%'));
  return hub.automation.sessions.withDirectory(id, async (directory) => {
    const found = await directory.findGroups(unique(names));
    return [...found.values()].flatMap(({ dn }) => parentDn(dn) ?? []);
  });
}

async function mappedAttributes(hub: Hub, users: readonly Automation[]): Promise<string[]> {
  const found = await Promise.all(
    unique(users.map(({ mappingId }) => mappingId)).map((id) =>
      findDefinition(hub.db, mappings, id, commandLine),
    ),
  );
  return found.flatMap((one) => one?.thing.rows.map(({ attribute }) => attribute) ?? []);
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
