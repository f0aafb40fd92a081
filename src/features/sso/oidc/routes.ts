// The endpoints of OpenID Connect: the redirect URI and two ways in which a provider ends sessions.
import type { SsoPorts } from '#features/sso/ports.ts';
import type { Route } from '#http/route.ts';
import { backChannelRoutes } from './back-channel.ts';
import { callbackRoutes } from './callback.ts';
import { frontChannelRoutes } from './front-channel.ts';

export function oidcRoutes(ports: SsoPorts): Route[] {
  return [...callbackRoutes(ports), ...frontChannelRoutes(ports), ...backChannelRoutes(ports)];
}
