// Sign-on with OpenID Connect: every application's provider, opened when first asked and kept while it is used.
import { buildEndSessionUrl } from 'openid-client';
import type { OidcClient, OidcProviders } from '#domain/ports/oidc-providers.ts';
import { authorize } from './authorize.ts';
import { configurationOf } from './client.ts';
import { identify } from './identify.ts';
import { type OidcLimits, oidcLimits } from './limits.ts';
import { logoutOrder } from './logout-token.ts';
import { openProvider, type Provider } from './provider.ts';

type Open = { readonly version: number; readonly provider: Provider };

export function openOidcProviders(given: Partial<OidcLimits> = {}): OidcProviders {
  const limits = { ...oidcLimits, ...given };
  const open = new Map<string, Open>();
  const close = async (key: string, { provider }: Open) => {
    open.delete(key);
    await provider[Symbol.asyncDispose]();
  };
  /** The one used longest ago makes room; one whose application was changed is opened anew. */
  const providerOf = async (client: OidcClient): Promise<Provider> => {
    const { key, version } = client;
    const known = open.get(key);
    const provider = known?.version === version ? known.provider : openProvider(client, limits);
    open.delete(key);
    open.set(key, { version, provider });
    if (known !== undefined && known.provider !== provider) {
      await known.provider[Symbol.asyncDispose]();
    }
    for (const [oldest, one] of open) {
      if (open.size <= limits.providersMax) break;
      await close(oldest, one);
    }
    return provider;
  };
  return {
    authorize: async (client, asked, trace, now) =>
      authorize(await providerOf(client), client, asked, trace, now),
    identify: async (client, answer, trace, now) =>
      identify(await providerOf(client), client, answer, trace, now),
    logoutOrder: async (client, token, trace, now) =>
      logoutOrder(await providerOf(client), client, token, trace, now),
    issuer: async (client, trace, now) => {
      const provider = await providerOf(client);
      return (await provider.document(trace, now)).issuer;
    },
    endSession: async (client, { hint, back, state }, trace, now) => {
      const provider = await providerOf(client);
      const document = await provider.document(trace, now);
      if (document.end_session_endpoint === undefined) return undefined;
      const line = { document, fetch: provider.fetch, callMs: limits.callMs, now };
      return buildEndSessionUrl(await configurationOf(client, line, trace), {
        post_logout_redirect_uri: back,
        state: state.reveal(),
        ...(hint === undefined ? {} : { id_token_hint: hint.reveal() }),
      });
    },
    async [Symbol.asyncDispose]() {
      for (const [key, one] of open) await close(key, one);
    },
  };
}
