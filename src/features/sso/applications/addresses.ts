// The addresses of an application that its provider is given, and those that people follow.
import { doorOf, signedOutAddress } from '#features/sso/addresses.ts';
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

export function addressesOf(application: Pick<SsoApplication, 'guid'>, publicUrl: URL): Addresses {
  const door = (last: Door) => doorOf({ publicUrl }, application, last);
  const base = door('metadata').replace(/\/metadata$/, '');
  return {
    start: `${base}/start`,
    test: `${base}/test`,
    redirectUri: door('callback'),
    backchannelLogout: door('backchannel-logout'),
    frontchannelLogout: door('frontchannel-logout'),
    postLogout: signedOutAddress({ publicUrl }),
    entityId: door('metadata'),
    acs: door('acs'),
    metadata: door('metadata'),
    singleLogout: door('slo'),
  };
}

type Door = Parameters<typeof doorOf>[2];
