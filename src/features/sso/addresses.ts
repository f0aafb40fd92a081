// Where an application's provider finds the hub: registered there byte for byte, and never taken from a request.
import type { SsoApplication } from './model.ts';

type Ports = { readonly publicUrl: URL };

/** "https://hub.example/auth/sso/GUID/callback"; `door` is what stands last. */
export function doorOf(
  ports: Ports,
  { guid }: Pick<SsoApplication, 'guid'>,
  door: 'callback' | 'frontchannel-logout' | 'backchannel-logout' | 'acs' | 'metadata' | 'slo',
): string {
  return `${base(ports)}/auth/sso/${guid}/${door}`;
}

/** Where people land who signed out at the provider. */
export function signedOutAddress(ports: Ports): string {
  return `${base(ports)}/auth/logout`;
}

function base({ publicUrl }: Ports): string {
  return publicUrl.href.replace(/\/$/, '');
}
