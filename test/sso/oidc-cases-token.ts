// What an ID token may be and say, that must be refused.
import { createHash } from 'node:crypto';
import { serves } from '#test/servers/misbehaving-op.ts';
import {
  base64,
  type Case,
  claims,
  document,
  header,
  html,
  minutes,
  slow,
  time,
  tokens,
} from './oidc-case.ts';

export const vouching: readonly Case[] = [
  { name: 'a token that is none', check: 'oidc.token-format', how: tokens({ id_token: 'a.b' }) },
  {
    name: 'an encrypted token',
    check: 'oidc.token-format',
    how: tokens({ id_token: `${base64({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.a.b.c.d` }),
  },
  {
    name: 'a token of 70,000 characters',
    check: 'oidc.token-format',
    how: { ...claims({ name: 'x'.repeat(52_000) }) },
  },
  {
    name: 'a header that is no JSON',
    check: 'oidc.token-format',
    how: { token: async (said, op) => (await op.sign(said)).replace(/^[^.]+/, 'bm90aGluZw') },
  },
  {
    name: 'a critical extension',
    check: 'oidc.token-format',
    how: {
      token: async (said, op) => {
        const [, payload, signature] = (await op.sign(said)).split('.');
        return `${base64({ alg: 'ES256', crit: ['exp'], exp: 1 })}.${payload}.${signature}`;
      },
    },
  },
  {
    name: 'the algorithm none',
    check: 'oidc.algorithm',
    how: { token: async (said) => `${base64({ alg: 'none', typ: 'JWT' })}.${base64(said)}.` },
  },
  {
    name: 'the algorithm None with a signature',
    check: 'oidc.algorithm',
    how: { token: async (said) => `${base64({ alg: 'None' })}.${base64(said)}.c2ln` },
  },
  {
    name: 'HS256 with the client secret',
    check: 'oidc.algorithm',
    how: {
      token: (said, op) =>
        op.sign(said, { alg: 'HS256' }, new TextEncoder().encode(op.clientSecret)),
    },
  },
  {
    name: 'HS256 with the public key',
    check: 'oidc.algorithm',
    how: {
      token: async (said, op) =>
        op.sign(said, { alg: 'HS256' }, new TextEncoder().encode(await op.publicKey())),
    },
  },
  {
    name: 'an algorithm that was not announced',
    check: 'oidc.algorithm',
    how: document({ id_token_signing_alg_values_supported: ['RS256'] }),
  },
  { name: 'an access token for an ID token', check: 'oidc.type', how: header({ typ: 'at+jwt' }) },
  { name: 'a logout token for one', check: 'oidc.type', how: header({ typ: 'logout+jwt' }) },
  { name: 'keys answered in HTML', check: 'oidc.jwks', how: { serve: { keys: html } } },
  {
    name: 'keys that are none',
    check: 'oidc.jwks',
    how: { serve: { keys: serves('{"keys":1}') } },
  },
  {
    name: 'keys that fail',
    check: 'oidc.jwks',
    how: { serve: { keys: serves('{}', 'application/json', 500) } },
  },
  { name: 'keys that never come', check: 'oidc.jwks', how: { serve: { keys: slow } } },
  { name: 'no keys', check: 'oidc.key', how: { keys: () => [] } },
  { name: 'a key that is not there', check: 'oidc.key', how: header({ kid: 'another' }) },
  {
    name: 'several keys and none named',
    check: 'oidc.key',
    how: {
      header: ({ kid: _, ...rest }) => rest,
      keys: (own) => [...own, ...own.map((key) => ({ ...key, kid: 'another' }))],
    },
  },
  {
    name: 'a key for encryption',
    check: 'oidc.key',
    how: { keys: (own) => own.map((key) => ({ ...key, use: 'enc' })) },
  },
  {
    name: 'a key that is broken',
    check: 'oidc.key',
    how: { keys: (own) => own.map((key) => ({ ...key, x: 'AA' })) },
  },
  {
    name: 'a broken signature',
    check: 'oidc.signature',
    how: {
      token: async (said, op) =>
        (await op.sign(said)).replace(/\.([^.]{10})[^.]{4}([^.]*)$/, '.$1AAAA$2'),
    },
  },
  {
    name: 'claims changed after signing',
    check: 'oidc.signature',
    how: {
      token: async (said, op) => {
        const [first, , last] = (await op.sign(said)).split('.');
        return `${first}.${base64({ ...said, email: 'rosa.lind@larkfield.test' })}.${last}`;
      },
    },
  },
  {
    name: 'a key that the token brings along (jwk, jku, x5u)',
    check: 'oidc.signature',
    how: {
      token: async (said, op) => {
        const { generateKeyPair, exportJWK } = await import('jose');
        const own = await generateKeyPair('ES256', { extractable: true });
        const jwk = await exportJWK(own.publicKey);
        const brought = { jwk, jku: `${op.base}/own-keys`, x5u: `${op.base}/own-certificate` };
        return op.sign(said, brought, own.privateKey);
      },
    },
  },
  {
    name: 'the issuer of another',
    check: 'oidc.issuer',
    how: claims({ iss: 'https://elsewhere.larkfield.test' }),
  },
  { name: 'no issuer', check: 'oidc.issuer', how: claims({ iss: undefined }) },
  {
    name: 'the issuer with a slash',
    check: 'oidc.issuer',
    how: { claims: (usual) => ({ ...usual, iss: `${usual.iss}/` }) },
  },
  { name: 'the audience of another', check: 'oidc.audience', how: claims({ aud: 'another' }) },
  { name: 'no audience', check: 'oidc.audience', how: claims({ aud: undefined }) },
  { name: 'a list of other audiences', check: 'oidc.audience', how: claims({ aud: ['a', 'b'] }) },
  {
    name: 'two audiences and no azp',
    check: 'oidc.authorized-party',
    how: claims({ aud: ['the-hub', 'another'] }),
  },
  {
    name: 'the azp of another',
    check: 'oidc.authorized-party',
    how: claims({ aud: ['the-hub', 'another'], azp: 'another' }),
  },
  {
    name: 'the azp of another beside our audience alone',
    check: 'oidc.authorized-party',
    how: claims({ azp: 'another' }),
  },
  {
    name: 'a token that is over',
    check: 'oidc.expires',
    how: time((iat) => ({ exp: iat - 2 * minutes })),
  },
  { name: 'no end', check: 'oidc.expires', how: claims({ exp: undefined }) },
  { name: 'an end in words', check: 'oidc.expires', how: claims({ exp: '9999999999' }) },
  {
    name: 'a token of the future',
    check: 'oidc.not-before',
    how: time((iat) => ({ nbf: iat + 2 * minutes })),
  },
  {
    name: 'a token made long ago',
    check: 'oidc.issued-at',
    how: time((iat) => ({ iat: iat - 20 * minutes })),
  },
  {
    name: 'a token made in the future',
    check: 'oidc.issued-at',
    how: time((iat) => ({ iat: iat + 2 * minutes })),
  },
  { name: 'no time at all', check: 'oidc.issued-at', how: claims({ iat: undefined }) },
  { name: 'a wrong nonce', check: 'oidc.nonce', how: claims({ nonce: 'another' }) },
  { name: 'no nonce', check: 'oidc.nonce', how: claims({ nonce: undefined }) },
  {
    name: 'the hash of another access token',
    check: 'oidc.access-token-hash',
    how: claims({
      at_hash: createHash('sha256').update('x').digest().toString('base64url', 0, 16),
    }),
  },
  {
    name: 'an access-token hash of no text',
    check: 'oidc.access-token-hash',
    how: claims({ at_hash: 1 }),
  },
  { name: 'the hash of another code', check: 'oidc.code-hash', how: claims({ c_hash: 'x' }) },
  { name: 'no subject', check: 'oidc.subject', how: claims({ sub: undefined }) },
  { name: 'an empty subject', check: 'oidc.subject', how: claims({ sub: '' }) },
  {
    name: 'a subject of 256 characters',
    check: 'oidc.subject',
    how: claims({ sub: 's'.repeat(256) }),
  },
  { name: 'a subject of no text', check: 'oidc.subject', how: claims({ sub: 4711 }) },
  {
    name: 'a sign-in at the provider too long ago',
    check: 'oidc.authentication-time',
    settings: { settings: JSON.stringify({ maxAgeSeconds: 300 }) },
    how: time((iat) => ({ auth_time: iat - 10 * minutes })),
  },
  {
    name: 'no time of the sign-in at the provider',
    check: 'oidc.authentication-time',
    settings: { settings: JSON.stringify({ maxAgeSeconds: 300 }) },
  },
  {
    name: 'a weaker sign-in than asked for',
    check: 'oidc.authentication-class',
    settings: { settings: JSON.stringify({ requiredAcr: ['urn:larkfield:strong'] }) },
    how: claims({ acr: '0' }),
  },
  {
    name: 'no class of the sign-in',
    check: 'oidc.authentication-class',
    settings: { settings: JSON.stringify({ requiredAcr: ['urn:larkfield:strong'] }) },
  },
  {
    name: 'a Google account of no domain',
    check: 'oidc.hosted-domain',
    settings: { preset: 'google', domain_hint: 'larkfield.test' },
  },
  {
    name: 'a Google account of another domain',
    check: 'oidc.hosted-domain',
    settings: { preset: 'google', domain_hint: 'larkfield.test' },
    how: claims({ hd: 'elsewhere.test' }),
  },
  {
    name: 'a userinfo that fails',
    check: 'oidc.userinfo',
    how: { ...claims({ email: undefined }), serve: { userinfo: serves('', 'text/plain', 401) } },
  },
  {
    name: 'a userinfo of somebody else',
    check: 'oidc.userinfo-subject',
    how: {
      ...claims({ email: undefined }),
      userinfo: { sub: 'rosa-1', email: 'maya.ortega@larkfield.test' },
    },
  },
];
