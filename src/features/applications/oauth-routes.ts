// The OAuth 2.0 and OpenID Connect endpoints in Halo's manner: /auth/token and its neighbours.
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import { type Route, route } from '#http/route.ts';
import type { Clock } from '#lib/clock.ts';
import { fastHash } from '#lib/tokens.ts';
import { accessBell, ring } from '#store/bell.ts';
import { inTransaction } from '#store/db.ts';
import { type AuthorizePorts, authorizeRoute } from './authorize.ts';
import { presentedBy, proveClient } from './client.ts';
import { type GrantPorts, giveToken } from './grants.ts';
import { Scope } from './model.ts';
import { PublicJwk, publicKeys } from './signing-keys.ts';
import { deleteTokensOf, findTokenOf } from './token-queries.ts';

export type OauthPorts = GrantPorts & AuthorizePorts & { readonly clock: Clock };

const field = z.string().max(4_096).optional();

/** A parameter given twice is no text and does not fit (RFC 6749 §3.2). Unknown ones are ignored. */
const TokenForm = z.looseObject({
  grant_type: field,
  client_id: field,
  client_secret: field,
  scope: field,
  username: field,
  password: field,
  code: field,
  redirect_uri: field,
  code_verifier: field,
  refresh_token: field,
  tenant: field,
});

const Tenant = z.looseObject({ tenant: field });

const TokenWire = z.looseObject({
  scope: z.string(),
  token_type: z.literal('Bearer'),
  access_token: z.string(),
  expires_in: z.int(),
  refresh_token: z.string().optional(),
  id_token: z.string().optional(),
});

const GrantType = z.enum(['client_credentials', 'password', 'authorization_code', 'refresh_token']);

const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' };

export function oauthRoutes(ports: OauthPorts): Route[] {
  return [
    route({
      method: 'POST',
      path: '/auth/token',
      summary: 'Gives a token for client credentials, a password, a code or a refresh token',
      dialect: 'oauth',
      access: 'anyone',
      consumes: 'form',
      // One hub serves one tenant: its name may be given, in either place, and is never needed.
      query: Tenant,
      body: TokenForm,
      answers: { 200: TokenWire },
      handle: async ({ body, headers, ip }) => {
        if (body.grant_type === undefined) {
          refuse('oauth.invalid-request', { reason: 'grant_type is needed' });
        }
        const grant = GrantType.safeParse(body.grant_type);
        if (!grant.success) return refuse('oauth.unsupported-grant-type');
        const now = ports.clock();
        const application = await proveClient(ports.db, presentedBy(headers, body), ip, now);
        const given = await giveToken(ports, grant.data, {
          application,
          form: formOf(body),
          ip,
          now,
        });
        return { status: 200, body: given, headers: noStore };
      },
    }),
    route({
      method: 'POST',
      path: '/auth/revoke',
      summary: 'Takes a token back (RFC 7009)',
      dialect: 'oauth',
      access: 'anyone',
      consumes: 'form',
      body: z.looseObject({ token: field, client_id: field, client_secret: field }),
      answers: { 200: 'empty' },
      handle: async ({ body, headers, ip }) => {
        const application = await proveClient(
          ports.db,
          presentedBy(headers, body),
          ip,
          ports.clock(),
        );
        if (body.token === undefined) {
          refuse('oauth.invalid-request', { reason: 'token is needed' });
        }
        await revoke(ports, application.id, body.token);
        return { status: 200, headers: noStore };
      },
    }),
    authorizeRoute(ports),
    ...discoveryRoutes(ports),
  ];
}

function discoveryRoutes(ports: OauthPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/auth/.well-known/openid-configuration',
      summary: 'Where the endpoints are and what they can do',
      dialect: 'oauth',
      access: 'anyone',
      answers: { 200: z.looseObject({ issuer: z.string() }) },
      handle: async () => ({ status: 200, body: discovery(ports.issuer) }),
    }),
    route({
      method: 'GET',
      path: '/auth/jwks',
      summary: 'The public keys of id tokens',
      dialect: 'oauth',
      access: 'anyone',
      answers: { 200: z.object({ keys: z.array(PublicJwk) }) },
      handle: async () => {
        const keys = await publicKeys(ports, ports.clock());
        return { status: 200, body: { keys }, headers: { 'cache-control': 'public, max-age=300' } };
      },
    }),
  ];
}

function formOf(body: z.output<typeof TokenForm>) {
  const { scope, username, password, code, redirect_uri, code_verifier, refresh_token } = body;
  return { scope, username, password, code, redirect_uri, code_verifier, refresh_token };
}

/** RFC 7009 §2.1: a refresh token takes with it what was made from it. Unknown ones are gone already. */
async function revoke(ports: OauthPorts, applicationId: string, token: string): Promise<void> {
  const hash = fastHash(token);
  await inTransaction(ports.db, async (tx) => {
    const known = await findTokenOf(tx, hash, applicationId);
    if (known === undefined) return;
    await deleteTokensOf(tx, known.kind === 'refresh' ? { family: known.family } : { hash });
    await ring(tx, accessBell);
  });
}

function discovery(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    revocation_endpoint: `${issuer}/revoke`,
    jwks_uri: `${issuer}/jwks`,
    scopes_supported: Scope.options,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: GrantType.options,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic', 'none'],
    code_challenge_methods_supported: ['S256'],
    claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'name', 'email'],
    authorization_response_iss_parameter_supported: true,
  };
}
