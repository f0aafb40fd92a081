// The addresses of an application that its provider is given, and those that people follow.
import type { SsoApplication } from '#features/sso/model.ts';

export type Addresses = Readonly<Record<AddressName, string>>;
export type AddressName =
  | 'start'
  | 'test'
  | 'redirectUri'
  | 'backchannelLogout'
  | 'frontchannelLogout'
  | 'postLogout'
  | 'entityId'
  | 'acs'
  | 'metadata'
  | 'singleLogout';

export function addressesOf({ guid }: Pick<SsoApplication, 'guid'>, publicUrl: URL): Addresses {
  const base = `${publicUrl.href.replace(/\/$/, '')}/auth/sso/${guid}`;
  return {
    start: `${base}/start`,
    test: `${base}/test`,
    redirectUri: `${base}/callback`,
    backchannelLogout: `${base}/backchannel-logout`,
    frontchannelLogout: `${base}/frontchannel-logout`,
    postLogout: `${base}/signed-out`,
    entityId: `${base}/metadata`,
    acs: `${base}/acs`,
    metadata: `${base}/metadata`,
    singleLogout: `${base}/slo`,
  };
}
