// Logout tokens that must end nobody's session, and the check that must say so.
import type { OidcCheck } from '#domain/sso/oidc-checks.ts';
import { logoutEvent, type MisbehavingOp } from '#test/servers/misbehaving-op.ts';

export type LogoutCase = {
  readonly name: string;
  readonly check: OidcCheck;
  readonly token: (op: MisbehavingOp, seconds: number) => Promise<string>;
};

const minutes = 60;
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

const said = (
  name: string,
  check: OidcCheck,
  claims: Record<string, unknown> | ((seconds: number) => Record<string, unknown>),
): LogoutCase => ({
  name,
  check,
  token: (op, seconds) => op.logoutToken(typeof claims === 'function' ? claims(seconds) : claims),
});

export const logoutCases: readonly LogoutCase[] = [
  { name: 'no token', check: 'oidc.token-format', token: async () => 'nothing' },
  {
    name: 'the algorithm none',
    check: 'oidc.algorithm',
    token: async (op) => {
      const [, payload] = (await op.logoutToken()).split('.');
      return `${base64({ alg: 'none' })}.${payload}.`;
    },
  },
  {
    name: 'HS256 with the client secret',
    check: 'oidc.algorithm',
    token: async (op) => {
      const [, payload = ''] = (await op.logoutToken()).split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
      return op.sign(claims, { alg: 'HS256' }, new TextEncoder().encode(op.clientSecret));
    },
  },
  {
    name: 'an access token',
    check: 'oidc.type',
    token: (op) => op.logoutToken({}, { typ: 'at+jwt' }),
  },
  {
    name: 'a key that is not there',
    check: 'oidc.key',
    token: (op) => op.logoutToken({}, { kid: 'another' }),
  },
  {
    name: 'a broken signature',
    check: 'oidc.signature',
    token: async (op) =>
      (await op.logoutToken()).replace(/\.([^.]{10})[^.]{4}([^.]*)$/, '.$1AAAA$2'),
  },
  said('another issuer', 'oidc.issuer', { iss: 'https://elsewhere.larkfield.test' }),
  said('no issuer', 'oidc.issuer', { iss: undefined }),
  said('another audience', 'oidc.audience', { aud: 'another' }),
  said('no audience', 'oidc.audience', { aud: undefined }),
  said('two audiences and no azp', 'oidc.authorized-party', { aud: ['the-hub', 'another'] }),
  said('one made long ago', 'oidc.logout-times', (now) => ({ iat: now - 5 * minutes })),
  said('one of the future', 'oidc.logout-times', (now) => ({ iat: now + 5 * minutes })),
  said('no time', 'oidc.logout-times', { iat: undefined }),
  said('one that is over', 'oidc.logout-times', (now) => ({ exp: now - 2 * minutes })),
  said('one without end', 'oidc.logout-times', { exp: undefined }),
  said('one that lasts an hour', 'oidc.logout-times', (now) => ({ exp: now + 60 * minutes })),
  said('no event', 'oidc.logout-event', { events: undefined }),
  said('another event', 'oidc.logout-event', { events: { 'http://elsewhere.test/x': {} } }),
  said('an event of no object', 'oidc.logout-event', { events: { [logoutEvent]: true } }),
  said('events in a list', 'oidc.logout-event', { events: [logoutEvent] }),
  said('a nonce', 'oidc.logout-nonce', { nonce: 'a nonce' }),
  said('neither whose nor which', 'oidc.logout-subject', { sub: undefined, sid: undefined }),
  said('empty names', 'oidc.logout-subject', { sub: '', sid: '' }),
  said('no jti', 'oidc.logout-once', { jti: undefined }),
];
