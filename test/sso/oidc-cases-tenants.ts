// What an application for one tenant or many must refuse, and what every application must let pass.
import { object, tenant } from '#test/servers/misbehaving-op.ts';
import { type Case, claims, document, time } from './oidc-case.ts';

const many: Pick<Case, 'at' | 'settings'> = {
  at: '/organizations/v2.0',
  settings: { preset: 'entra-multi', allowed_tenants: [tenant] },
};
const elsewhere = '99999999-2222-4333-8444-555555555555';

export const tenants: readonly Case[] = [
  { ...many, name: 'no object', check: 'oidc.entra-identity', how: claims({ oid: undefined }) },
  { ...many, name: 'no tenant', check: 'oidc.entra-identity', how: claims({ tid: undefined }) },
  {
    ...many,
    name: 'a tenant that is no GUID',
    check: 'oidc.entra-identity',
    how: claims({ tid: '../x' }),
  },
  {
    ...many,
    name: 'a tenant that is not the issuer’s',
    check: 'oidc.tenant-issuer',
    how: claims({ tid: elsewhere }),
  },
  {
    ...many,
    name: 'the issuer’s template itself',
    check: 'oidc.tenant-issuer',
    how: {
      claims: (usual) => ({ ...usual, iss: String(usual.iss).replace(tenant, '{tenantid}') }),
    },
  },
  {
    ...many,
    name: 'a tenant of nobody we know',
    check: 'oidc.tenant',
    how: {
      claims: (usual) => ({
        ...usual,
        iss: String(usual.iss).replace(tenant, elsewhere),
        tid: elsewhere,
      }),
    },
  },
  {
    at: '/organizations/v2.0',
    settings: { preset: 'entra-multi', allowed_tenants: [] },
    name: 'many tenants and none allowed',
    check: 'oidc.tenant',
  },
  { ...many, at: '/elsewhere', name: 'a tenant’s name for many', check: 'oidc.settings' },
  {
    at: `/${tenant}/v2.0`,
    settings: { preset: 'entra' },
    name: 'one tenant, and the token of another',
    check: 'oidc.tenant-issuer',
    how: claims({ tid: elsewhere }),
  },
  { ...many, name: 'a wrong nonce', check: 'oidc.nonce', how: claims({ nonce: 'another' }) },
  {
    ...many,
    name: 'the audience of another',
    check: 'oidc.audience',
    how: claims({ aud: object }),
  },
];

/** What is well behaved in ways of its own, and must pass. */
export const passingCases: readonly Omit<Case, 'check'>[] = [
  { name: 'a provider as it should be' },
  { name: 'a pushed request', pushes: true },
  { name: 'the discovery document as the address', at: '/.well-known/openid-configuration' },
  { name: 'a clock 50 seconds ahead', how: time((iat) => ({ iat: iat + 50, nbf: iat + 50 })) },
  { name: 'a token over for 50 seconds', how: time((iat) => ({ exp: iat - 50 })) },
  { name: 'one key and none named', how: { header: ({ kid: _, ...rest }) => rest } },
  { name: 'no type', how: { header: ({ typ: _, ...rest }) => rest } },
  { name: 'our audience in a list of one', how: claims({ aud: ['the-hub'] }) },
  {
    name: 'two audiences, given to us',
    how: claims({ aud: ['the-hub', 'another'], azp: 'the-hub' }),
  },
  { name: 'an address that userinfo alone knows', how: claims({ email: undefined }) },
  { name: 'no word about PKCE', how: document({ code_challenge_methods_supported: undefined }) },
  { ...many, name: 'a tenant among many, allowed' },
  { at: `/${tenant}/v2.0`, settings: { preset: 'entra' }, name: 'one tenant' },
  { at: `/${tenant}`, settings: { preset: 'entra' }, name: 'one tenant, without /v2.0' },
  {
    name: 'a Google account of the domain asked for',
    settings: { preset: 'google', domain_hint: 'larkfield.test' },
    how: claims({ hd: 'larkfield.test' }),
  },
  {
    name: 'a sign-in as fresh and as strong as asked',
    settings: { settings: JSON.stringify({ maxAgeSeconds: 300, requiredAcr: ['strong'] }) },
    how: time((iat) => ({ auth_time: iat - 30, acr: 'strong' })),
  },
];
