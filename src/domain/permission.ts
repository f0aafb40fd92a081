// What an actor may do. Halo's scopes (halo-api.md 1.2) and the hub's own rights for /v1 share one list.

/** Halo's OAuth scopes that this hub knows; any other asked for is refused with invalid_scope. */
export const haloScopes = [
  'all',
  'all:standard',
  'admin',
  'read:tickets',
  'edit:tickets',
  'read:customers',
  'edit:customers',
  'read:assets',
  'edit:assets',
  'read:calendar',
  'edit:calendar',
  'read:crm',
  'edit:crm',
  'read:timesheets',
  'edit:timesheets',
  'read:contracts',
  'edit:contracts',
  'read:suppliers',
  'edit:suppliers',
  'read:items',
  'edit:items',
  'read:projects',
  'edit:projects',
  'read:sales',
  'edit:sales',
  'read:quotes',
  'edit:quotes',
  'read:sos',
  'edit:sos',
  'read:pos',
  'edit:pos',
  'read:invoices',
  'edit:invoices',
  'read:reporting',
  'edit:reporting',
  'read:software',
  'edit:software',
  'read:softwarelicensing',
  'edit:softwarelicensing',
  'read:kb',
  'edit:kb',
  'editMine:timesheets',
  'access:chat',
  'access:adpasswordreset',
  'offline_access',
  'openid',
] as const;

/** The hub's own rights. `admin` and `all` hold every one of them, save that an approver must be a person. */
export const hubRights = [
  'connections:read',
  'connections:edit',
  'automations:read',
  'automations:edit',
  'plans:read',
  'plans:create',
  'plans:approve',
  'plans:apply',
  'passwords:reveal',
  'audit:read',
  'audit:redact',
  'audit:export',
  'keys:rotate',
  'password-fields:reveal',
  'secret-links:create',
  'secret-links:manage',
  'password-reset:manage',
  'impersonate:agents',
  'impersonate:users',
  'key-vaults:read',
  'key-vaults:edit',
  'sso:read',
  'sso:edit',
  'directory-syncs:read',
  'directory-syncs:edit',
] as const;

/** All there are. */
export const everyPermission: readonly Permission[] = [...haloScopes, ...hubRights];

export type HaloScope = (typeof haloScopes)[number];
export type HubRight = (typeof hubRights)[number];
export type Permission = HaloScope | HubRight;

/**
 * What an agent may do in the desk and the hub: the union of their roles; an administrator everything. A
 * permission that a newer program wrote and this one does not know grants nothing.
 */
export function permissionsOfAgent(agent: {
  readonly administrator: boolean;
  /** Whether one of the roles is the standard one, which holds what every agent may. */
  readonly standard: boolean;
  readonly granted: readonly string[];
}): ReadonlySet<Permission> {
  if (agent.administrator) return new Set(['admin']);
  const granted = everyPermission.filter((permission) => agent.granted.includes(permission));
  return new Set([...(agent.standard ? ordinaryAgent : []), ...granted]);
}

/** What the standard role holds. */
export const ordinaryAgent: ReadonlySet<Permission> = new Set([
  'all:standard',
  'connections:read',
  'automations:read',
  'plans:read',
  'plans:create',
  'secret-links:create',
]);

/** What a user of the desk may do: with what is their own, which the desk's queries see to. */
export function permissionsOfUser(): ReadonlySet<Permission> {
  return ordinaryUser;
}

const ordinaryUser: ReadonlySet<Permission> = new Set([
  'read:customers',
  'read:tickets',
  'edit:tickets',
]);

/** The permissions that both sides allow: what an application may do that logs in as an agent. */
export function bothAllow(
  one: ReadonlySet<Permission>,
  other: ReadonlySet<Permission>,
): ReadonlySet<Permission> {
  return new Set(everyPermission.filter((asked) => allows(one, asked) && allows(other, asked)));
}

/** What belongs to the whole hub is out of reach for whoever is bound to one client, whatever they hold. */
export function withinOneClient(held: ReadonlySet<Permission>): ReadonlySet<Permission> {
  const inside = everyPermission.filter((permission) => !ofTheWholeHub.includes(permission));
  return bothAllow(held, new Set(inside));
}

/** Whether somebody may do anything that belongs to the whole hub: an administrator, and whoever has such a role. */
export function reachesTheWholeHub(held: ReadonlySet<Permission>): boolean {
  return everyPermission.some((one) => ofTheWholeHub.includes(one) && allows(held, one));
}

const ofTheWholeHub: readonly string[] = [
  ...['all', 'admin', 'keys:rotate', 'audit:redact', 'audit:export'],
  ...['impersonate:agents', 'key-vaults:read', 'key-vaults:edit', 'sso:read', 'sso:edit'],
];

/** Whether the permissions held cover the one asked for. */
export function allows(held: ReadonlySet<Permission>, asked: Permission): boolean {
  if (held.has(asked) || held.has('admin') || held.has('all')) return true;
  const edit = asked.startsWith('read:') ? editOf(asked) : undefined;
  if (edit !== undefined && held.has(edit)) return true;
  return held.has('all:standard') && /^(read|edit):/.test(asked);
}

function editOf(read: Permission): Permission | undefined {
  const edit = read.replace('read:', 'edit:');
  return haloScopes.find((scope) => scope === edit);
}
