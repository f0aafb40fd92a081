// Whoever signs out here may be signed out at their provider too: which protocol does it how, one line each.
import type { SsoProtocol } from '#domain/sso/identity.ts';
import { SsoRefusal } from '#domain/sso/trace.ts';
import type { Answer, RequestHeaders } from '#http/route.ts';
import type { SsoApplication } from './model.ts';
import { signOutAtOidc } from './oidc/sign-out.ts';
import type { SsoOrigin, SsoPorts } from './ports.ts';
import { findSsoApplication } from './queries.ts';
import { signOutAtSaml } from './saml/sign-out.ts';

export type LogoutPorts = Omit<SsoPorts, 'sessions'>;

/** The page that goes on to the provider; undefined where it has no such address. */
export type ProviderLogout = (
  ports: LogoutPorts,
  application: SsoApplication,
  origin: SsoOrigin,
  headers: RequestHeaders,
) => Promise<Answer | undefined>;

const protocols: Record<SsoProtocol, ProviderLogout> = {
  oidc: signOutAtOidc,
  saml: signOutAtSaml,
};

/** Asked when a session ended here. That stays so, whatever becomes of it at the provider. */
export async function providerLogout(
  ports: LogoutPorts,
  origin: SsoOrigin,
  headers: RequestHeaders,
): Promise<Answer | undefined> {
  const application = await findSsoApplication(ports.db, { id: origin.applicationId });
  if (application?.active !== true || !application.singleLogout) return undefined;
  try {
    return await protocols[application.protocol](ports, application, origin, headers);
  } catch (error) {
    if (!(error instanceof SsoRefusal)) throw error;
    ports.log.warn('Nobody could be signed out at the provider', {
      application: application.id,
      check: error.check,
      because: error.message,
    });
    return undefined;
  }
}
