// The endpoints of single sign-on: one line for each part of it.
import type { Route } from '#http/route.ts';
import { ssoDomainRoutes } from './applications/domain-routes.ts';
import { haloSsoApplicationRoutes } from './applications/halo-routes.ts';
import { ssoApplicationRoutes } from './applications/routes.ts';
import { attemptRoutes } from './attempts/routes.ts';
import { linkRoutes } from './linking/routes.ts';
import { oidcRoutes } from './oidc/routes.ts';
import type { SsoPorts } from './ports.ts';
import { samlRoutes } from './saml/routes.ts';
import { startRoutes } from './start-routes.ts';

export function ssoRoutes(ports: SsoPorts): Route[] {
  return [
    ...startRoutes(ports),
    ...oidcRoutes(ports),
    ...samlRoutes(ports),
    ...haloSsoApplicationRoutes(ports),
    ...ssoApplicationRoutes(ports),
    ...ssoDomainRoutes(ports),
    ...attemptRoutes(ports),
    ...linkRoutes(ports),
  ];
}
