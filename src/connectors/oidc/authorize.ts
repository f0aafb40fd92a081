// The request a browser carries to the provider: code flow with PKCE, state and nonce; pushed where that is offered.
import {
  buildAuthorizationUrl,
  buildAuthorizationUrlWithPAR,
  calculatePKCECodeChallenge,
} from 'openid-client';
import type { AuthorizationRequest, OidcClient } from '#domain/ports/oidc-providers.ts';
import type { Trace } from '#domain/sso/trace.ts';
import { configurationOf } from './client.ts';
import { wordsOf } from './errors.ts';
import type { Provider } from './provider.ts';

export async function authorize(
  provider: Provider,
  client: OidcClient,
  asked: AuthorizationRequest,
  trace: Trace,
  now: Date,
): Promise<URL> {
  if (!client.scope.split(' ').includes('openid')) {
    trace.refuse(
      'oidc.settings',
      'The scope does not hold openid; without it there is no ID token.',
    );
  }
  const document = await provider.document(trace, now);
  const given = { document, fetch: provider.fetch, callMs: provider.limits.callMs, now };
  const configuration = await configurationOf(client, given, trace);
  trace.passed('oidc.settings', { preset: client.preset, scope: client.scope });
  const parameters = await parametersOf(client, asked);
  if (document.pushed_authorization_request_endpoint === undefined) {
    return buildAuthorizationUrl(configuration, parameters);
  }
  try {
    const url = await buildAuthorizationUrlWithPAR(configuration, parameters);
    trace.passed('oidc.pushed-request');
    return url;
  } catch (error) {
    return trace.refuse('oidc.pushed-request', wordsOf(error), {}, error);
  }
}

async function parametersOf(
  client: OidcClient,
  { begin, nonce, verifier, loginHint }: AuthorizationRequest,
): Promise<Record<string, string>> {
  const { redirectUri, scope, prompt, maxAgeSeconds, requiredAcr } = client;
  return {
    redirect_uri: redirectUri,
    scope,
    response_type: 'code',
    state: (await begin()).reveal(),
    nonce,
    code_challenge: await calculatePKCECodeChallenge(verifier.reveal()),
    code_challenge_method: 'S256',
    ...(prompt ? { prompt } : {}),
    ...(maxAgeSeconds === null ? {} : { max_age: String(maxAgeSeconds) }),
    ...(requiredAcr.length === 0 ? {} : { acr_values: requiredAcr.join(' ') }),
    ...(loginHint === undefined ? {} : { login_hint: loginHint }),
    ...hintOf(client),
  };
}

/** To which of its many domains the provider leads people at once. */
function hintOf({ preset, domainHint }: OidcClient): Record<string, string> {
  const hint = domainHint?.trim();
  if (!hint) return {};
  return preset === 'google' ? { hd: hint } : { domain_hint: hint };
}
