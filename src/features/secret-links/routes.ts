// Every endpoint of secret links: Halo's, the console's, and the page for whoever holds one.
import type { Route } from '#http/route.ts';
import { haloRoutes } from './halo-routes.ts';
import { pageRoutes } from './page-routes.ts';
import { openLinks, type SecretLinkPorts } from './ports.ts';
import { v1Routes } from './v1-routes.ts';

export function secretLinkRoutes(ports: SecretLinkPorts): Route[] {
  const links = openLinks(ports);
  return [...haloRoutes(links), ...v1Routes(links), ...pageRoutes(links)];
}
