// Which application a request is for: a SAML one that is there, or the same refusal as for any other.
import { z } from 'zod';
import type { SamlSelf } from '#domain/ports/saml.ts';
import { doorOf } from '#features/sso/addresses.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { findSsoApplication } from '#features/sso/queries.ts';
import { refusalPage } from '#features/sso/refusal-page.ts';
import type { Answer } from '#http/route.ts';

export const Guid = z.object({ guid: z.guid().toLowerCase() });

/** Also an inactive one: its test works. Whoever asks for more than a test's end asks for `active`. */
export async function openSamlApplication(
  { db }: Pick<SsoPorts, 'db'>,
  guid: string,
): Promise<SsoApplication | undefined> {
  const application = await findSsoApplication(db, { guid });
  return application?.protocol === 'saml' ? application : undefined;
}

/** The hub as this application's provider knows it. Its entity ID is the address of its metadata. */
export function selfOf(ports: Pick<SsoPorts, 'publicUrl'>, application: SsoApplication): SamlSelf {
  return {
    entityId: doorOf(ports, application, 'metadata'),
    acs: doorOf(ports, application, 'acs'),
    slo: doorOf(ports, application, 'slo'),
  };
}

export const notHere: Answer = {
  status: 403,
  page: (nonce) => refusalPage(nonce, { attempt: undefined, failed: false }),
};
