// What a provider may say of itself and send back with the browser, that must be refused.
import { serves } from '#test/servers/misbehaving-op.ts';
import {
  away,
  broken,
  type Case,
  document,
  html,
  huge,
  redirect,
  slow,
  tokens,
} from './oidc-case.ts';

export const describing: readonly Case[] = [
  { name: 'no address', check: 'oidc.settings', settings: { issuer_url: null } },
  { name: 'no client ID', check: 'oidc.settings', settings: { client_id: null } },
  { name: 'a scope without openid', check: 'oidc.settings', settings: { scope: 'profile email' } },
  {
    name: 'private_key_jwt without a key',
    check: 'oidc.settings',
    settings: { settings: JSON.stringify({ clientAuthentication: 'private-key-jwt' }) },
  },
  { name: 'an address with a query', check: 'oidc.settings', at: '/?x=1' },
  {
    name: 'discovery answered in HTML',
    check: 'oidc.discovery',
    how: { serve: { document: html } },
  },
  {
    name: 'a huge discovery document',
    check: 'oidc.discovery',
    how: { serve: { document: huge } },
  },
  {
    name: 'a broken discovery document',
    check: 'oidc.discovery',
    how: { serve: { document: broken } },
  },
  { name: 'a slow discovery', check: 'oidc.discovery', how: { serve: { document: slow } } },
  { name: 'discovery that redirects', check: 'oidc.discovery', how: { serve: { document: away } } },
  {
    name: 'discovery that fails',
    check: 'oidc.discovery',
    how: { serve: { document: serves('{}', 'application/json', 500) } },
  },
  {
    name: 'another issuer in the document',
    check: 'oidc.discovery-issuer',
    how: document({ issuer: 'https://elsewhere.larkfield.test' }),
  },
  {
    name: 'an issuer with a closing slash more',
    check: 'oidc.discovery-issuer',
    how: { document: (usual) => ({ ...usual, issuer: `${usual.issuer}/` }) },
  },
  {
    name: 'no issuer in the document',
    check: 'oidc.discovery-issuer',
    how: document({ issuer: undefined }),
  },
  {
    name: 'no token endpoint',
    check: 'oidc.metadata',
    how: document({ token_endpoint: undefined }),
  },
  {
    name: 'an endpoint that is no web address',
    check: 'oidc.metadata',
    how: document({ authorization_endpoint: 'javascript:alert(1)' }),
  },
  {
    name: 'PKCE of the plain kind alone',
    check: 'oidc.pkce',
    how: document({ code_challenge_methods_supported: ['plain'] }),
  },
  {
    name: 'PKCE with no method at all',
    check: 'oidc.pkce',
    how: document({ code_challenge_methods_supported: [] }),
  },
  {
    name: 'a pushed request that is refused',
    check: 'oidc.pushed-request',
    pushes: true,
    how: { serve: { pushed: serves('{"error":"invalid_request"}', 'application/json', 400) } },
  },
  {
    name: 'a pushed request answered in HTML',
    check: 'oidc.pushed-request',
    pushes: true,
    how: { serve: { pushed: html } },
  },
];

export const answering: readonly Case[] = [
  { name: 'no state', check: 'oidc.state', how: redirect({ state: undefined }) },
  { name: 'a wrong state', check: 'oidc.state', how: redirect({ state: 'x'.repeat(43) }) },
  {
    name: 'two states',
    check: 'oidc.state',
    how: { redirect: (parameters) => parameters.append('state', 'another') },
  },
  { name: 'no code', check: 'oidc.response', how: redirect({ code: undefined }) },
  {
    name: 'two codes',
    check: 'oidc.response',
    how: { redirect: (parameters) => parameters.append('code', 'another') },
  },
  {
    name: 'an ID token in the address',
    check: 'oidc.response',
    how: redirect({ id_token: 'a.b.c' }),
  },
  {
    name: 'no issuer in the answer, though announced',
    check: 'oidc.response-issuer',
    how: redirect({ iss: undefined }),
  },
  {
    name: 'the answer of another provider (mix-up)',
    check: 'oidc.response-issuer',
    how: redirect({ iss: 'https://elsewhere.larkfield.test' }),
  },
  {
    name: 'the error of another provider (mix-up)',
    check: 'oidc.response-issuer',
    how: redirect({ iss: 'https://elsewhere.larkfield.test', code: undefined, error: 'x' }),
  },
  ...['access_denied', 'login_required', 'interaction_required', 'server_error'].map(
    (error): Case => ({
      name: `the provider’s error ${error}`,
      check: 'oidc.provider-error',
      how: redirect({ code: undefined, error, error_description: 'They said no' }),
    }),
  ),
  { name: 'a code that is not known', check: 'oidc.token-answer', how: redirect({ code: 'none' }) },
  ...(
    [
      ['in HTML', html],
      ['too large', huge],
      ['broken', broken],
      ['never', slow],
      ['with a redirect', away],
      ['with a failure', serves('{}', 'application/json', 500)],
      ['with an error', serves('{"error":"invalid_client"}', 'application/json', 401)],
      ['with an error of no shape', serves('{"message":"no"}', 'application/json', 400)],
      ['with a list', serves('[1]', 'application/json', 400)],
    ] as const
  ).map(
    ([name, serve]): Case => ({
      name: `tokens answered ${name}`,
      check: 'oidc.token-answer',
      how: { serve: { tokens: serve } },
    }),
  ),
  { name: 'no ID token', check: 'oidc.token-type', how: tokens({ id_token: undefined }) },
  { name: 'an ID token of no text', check: 'oidc.token-type', how: tokens({ id_token: {} }) },
  { name: 'no access token', check: 'oidc.token-type', how: tokens({ access_token: undefined }) },
  { name: 'tokens of another type', check: 'oidc.token-type', how: tokens({ token_type: 'mac' }) },
  { name: 'a DPoP token', check: 'oidc.token-type', how: tokens({ token_type: 'DPoP' }) },
  { name: 'a list for tokens', check: 'oidc.token-type', how: { tokens: () => ['tokens'] } },
  {
    name: 'what the library alone finds wrong',
    check: 'oidc.library',
    how: tokens({ expires_in: 'soon' }),
  },
];
