// Where the hub may go for an application: its provider's discovery, keys, tokens and metadata.
import type { Allowance } from '#lib/connect-guard.ts';
import { ConnectRefusal, type Endpoint } from '#lib/connect-refusal.ts';
import type { SsoApplication } from './model.ts';

export type ReachRules = { readonly networks: readonly string[]; readonly labAllowed: boolean };

type Reaching = Pick<SsoApplication, 'protocol' | 'lab' | 'confirmed'> & {
  readonly oidc: Pick<SsoApplication['oidc'], 'url'>;
  readonly saml: Pick<SsoApplication['saml'], 'metadataUrl'>;
};

/**
 * What may be reached on the way to this address. HTTPS alone, save for a lab's own; public addresses
 * without being asked. An administrator's word opens the host and port of the application's own address
 * and no other, whatever its discovery document names. Throws a ConnectRefusal.
 */
export function allowanceOf(application: Reaching, rules: ReachRules, url: URL): Allowance {
  const lab = application.lab && rules.labAllowed;
  if (url.protocol !== 'https:' && !(lab && url.protocol === 'http:')) {
    throw new ConnectRefusal(
      'address.forbidden',
      `${url.protocol}//${url.host} is not HTTPS; a provider is believed over HTTPS alone.`,
    );
  }
  const own = ownEndpoint(application);
  const confirmed = application.confirmed !== null && own !== undefined ? [own] : [];
  return { lab, confirmed, networks: rules.networks };
}

/** The address that an administrator gave: all that is confirmed. None where nothing is fetched. */
export function ownAddress({ protocol, oidc, saml }: Reaching): string | undefined {
  return (protocol === 'oidc' ? oidc.url : saml.metadataUrl) ?? undefined;
}

export function ownEndpoint(application: Reaching): Endpoint | undefined {
  const address = ownAddress(application);
  return address === undefined ? undefined : endpointOf(new URL(address));
}

function endpointOf({ protocol, hostname, port }: URL): Endpoint {
  const usual = protocol === 'https:' ? 443 : 80;
  return { host: hostname, port: port === '' ? usual : Number(port) };
}
