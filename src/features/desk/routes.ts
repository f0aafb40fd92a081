// Every route of the service desk, in Halo's dialect.
import type { Route } from '#http/route.ts';
import { actions } from './actions/actions.ts';
import { agents } from './agents/agents.ts';
import { assetFields, assetTypes } from './assets/asset-types.ts';
import { assets } from './assets/assets.ts';
import { attachments } from './attachments/attachments.ts';
import { fileRoute } from './attachments/file-route.ts';
import { cabMembers, cabs } from './cabs/cabs.ts';
import { clients } from './clients/clients.ts';
import { customFields } from './custom-fields/custom-fields.ts';
import { type InstancePorts, instanceRoutes } from './instance/instance.ts';
import { passwordFieldRoutes } from './password-fields/routes.ts';
import { photoRoutes } from './people/photo-routes.ts';
import type { Resource } from './resource/resource.ts';
import { resourceRoutes } from './resource/routes.ts';
import { roles, userRoles } from './roles/roles.ts';
import { settings } from './settings/settings.ts';
import { sites } from './sites/sites.ts';
import { tickets } from './tickets/tickets.ts';
import { users } from './users/users.ts';

/** The resources of the desk, in the order in which one is made of the other. */
export const deskResources: readonly Resource[] = [
  clients,
  sites,
  users,
  agents,
  tickets,
  actions,
  attachments,
  customFields,
  assetTypes,
  assetFields,
  assets,
  roles,
  userRoles,
  cabs,
  cabMembers,
  ...settings,
];

export function deskRoutes(ports: InstancePorts): Route[] {
  return [
    ...instanceRoutes(ports),
    ...passwordFieldRoutes(ports),
    fileRoute(ports),
    ...photoRoutes(ports),
    ...deskResources.flatMap((resource) => resourceRoutes(ports, resource)),
  ];
}
