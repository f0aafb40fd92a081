// The endpoints of SAML: where responses and logouts come, the hub's metadata, and the provider's under /v1.
import type { SsoPorts } from '#features/sso/ports.ts';
import type { Route } from '#http/route.ts';
import { acsRoutes } from './acs.ts';
import { metadataRoutes } from './metadata-routes.ts';
import { ownMetadataRoutes } from './own-metadata-routes.ts';
import { sloRoutes } from './slo.ts';

export function samlRoutes(ports: SsoPorts): Route[] {
  return [
    ...acsRoutes(ports),
    ...sloRoutes(ports),
    ...ownMetadataRoutes(ports),
    ...metadataRoutes(ports),
  ];
}
