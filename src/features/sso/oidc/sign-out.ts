// Signing out at the provider too, begun here (OpenID Connect RP-Initiated Logout 1.0).
import { openTrace } from '#domain/sso/trace.ts';
import { signedOutAddress } from '#features/sso/addresses.ts';
import type { ProviderLogout } from '#features/sso/logout.ts';
import { onwardPage } from '#features/sso/onward-page.ts';
import { newToken } from '#lib/tokens.ts';
import { clientOf } from './client.ts';

/**
 * The state comes back to the page that says "signed out", which does nothing: there is nothing to bind it
 * to. It is sent so that what comes back differs from request to request.
 */
export const signOutAtOidc: ProviderLogout = async (ports, application, origin) => {
  const now = ports.clock();
  const client = await clientOf(ports, application);
  const asked = { hint: origin.logoutHint, back: signedOutAddress(ports), state: newToken() };
  const to = await ports.oidc.endSession(client, asked, openTrace(), now);
  if (to === undefined) return undefined;
  return { status: 200, page: (nonce) => onwardPage(nonce, application.name, to.href) };
};
