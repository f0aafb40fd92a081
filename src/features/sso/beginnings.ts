// Which protocol begins how: one line each.
import type { SsoProtocol } from '#domain/sso/identity.ts';
import { beginOidc } from './oidc/begin.ts';
import { beginSaml } from './saml/begin.ts';
import type { Begin } from './start.ts';

export const beginnings: Record<SsoProtocol, Begin> = {
  oidc: beginOidc,
  saml: beginSaml,
};
