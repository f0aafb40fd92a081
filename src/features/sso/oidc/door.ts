// Which application a request is for: an OpenID Connect one that is there, or the same refusal as for any other.
import { z } from 'zod';
import type { SsoApplication } from '#features/sso/model.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { findSsoApplication } from '#features/sso/queries.ts';
import { refusalPage } from '#features/sso/refusal-page.ts';
import type { Answer } from '#http/route.ts';

export const Guid = z.object({ guid: z.guid().toLowerCase() });

/** Also an inactive one: its test works. Whoever asks for more than a test's end asks for `active`. */
export async function openOidcApplication(
  { db }: Pick<SsoPorts, 'db'>,
  guid: string,
): Promise<SsoApplication | undefined> {
  const application = await findSsoApplication(db, { guid });
  return application?.protocol === 'oidc' ? application : undefined;
}

export const notHere: Answer = {
  status: 403,
  page: (nonce) => refusalPage(nonce, { attempt: undefined, failed: false }),
};
