// Begins a sign-on with OpenID Connect: what must hold until its end is kept, and the browser goes to the provider.
import { bindBrowser, browserCookie } from '#features/sso/browser-cookie.ts';
import type { Begin } from '#features/sso/start.ts';
import { beginTransaction } from '#features/sso/transactions.ts';
import { newToken } from '#lib/tokens.ts';
import { clientOf } from './client.ts';

export const beginOidc: Begin = async (ports, application, start) => {
  const { purpose, entity, back, by, headers, trace } = start;
  const now = ports.clock();
  const client = await clientOf(ports, application);
  const nonce = newToken().reveal();
  const verifier = newToken();
  let cookie: string | undefined;
  const begin = async () => {
    const begun = await beginTransaction(
      ports,
      {
        applicationId: application.id,
        applicationVersion: application.version,
        ...{ purpose, entity, back, nonce, verifier },
        ...(by === undefined ? {} : { by }),
        steps: trace.steps,
      },
      browserCookie(ports, headers),
      now,
    );
    cookie = bindBrowser(ports, begun.browser);
    return begun.state;
  };
  const url = await ports.oidc.authorize(client, { begin, nonce, verifier }, trace, now);
  return {
    status: 303,
    headers: { location: url.href, ...(cookie === undefined ? {} : { 'set-cookie': cookie }) },
  };
};
