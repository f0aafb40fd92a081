// Which protocol begins how: one line each.
import type { SsoProtocol } from '#domain/sso/identity.ts';
import { beginOidc } from './oidc/begin.ts';
import type { Begin } from './start.ts';

export const beginnings: Partial<Record<SsoProtocol, Begin>> = {
  oidc: beginOidc,
};
