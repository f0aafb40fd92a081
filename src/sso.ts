// Composes single sign-on: the desk's people, sign-in's sessions, the providers, and the rules of what may be reached.
import { newKey } from '#connectors/saml/own-key.ts';
import { saml } from '#connectors/saml/saml.ts';
import { deskOfSignOns } from '#features/desk/sso-desk.ts';
import type { ProviderLogout, SignInPorts } from '#features/sign-in/forms.ts';
import { signOnOptions } from '#features/sso/applications/sign-on-options.ts';
import { type LogoutPorts, providerLogout } from '#features/sso/logout.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import type { Db } from '#store/db.ts';
import type { Access } from './access.ts';
import type { Hub } from './hub.ts';

export function ssoPortsOf(
  hub: Hub,
  { ssoSessions }: Pick<Access, 'ssoSessions'>,
  publicUrl: URL,
): SsoPorts {
  return { ...logoutPortsOf(hub, publicUrl), sessions: ssoSessions };
}

/** What sign-in asks when somebody signs out who came through a provider. */
export function providerLogoutOf(hub: Hub, publicUrl: URL): ProviderLogout {
  const ports = logoutPortsOf(hub, publicUrl);
  return (origin, headers) => providerLogout(ports, origin, headers);
}

/** All but what begins sessions and ends them. */
export function logoutPortsOf(
  { db, agents, users, clock, sealing, log, rules, oidc, automation: { notify } }: Hub,
  publicUrl: URL,
): LogoutPorts {
  const secure = publicUrl.protocol === 'https:';
  const desk = deskOfSignOns(clock);
  const store = { db, agents, users, clock, sealing, log };
  return { ...store, publicUrl, secure, rules, oidc, desk, saml, newKey, notify };
}

/** What the sign-in page offers beside the password. */
export function signOnOptionsOf(db: Db): SignInPorts['signOnOptions'] {
  return (whose, back) => signOnOptions(db, whose, back);
}
