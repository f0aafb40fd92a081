// The certified OpenID provider of npm (oidc-provider) on loopback, with a login page, pushed requests and both logouts.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

export type RealProvider = AsyncDisposable & {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The hub's addresses, which are known once there is an application: before anybody signs on. */
  open(hub: {
    readonly redirectUri: string;
    readonly backChannel: string;
    readonly signedOut: string;
  }): Promise<void>;
  /** Requests that were pushed to it, and logout tokens that it delivered or could not. */
  readonly pushed: string[];
  readonly loggedOut: string[];
};

/** Anybody may sign in, with any password; their address is their login. */
export async function anOidcProvider(): Promise<RealProvider> {
  let callback: ReturnType<Provider['callback']> | undefined;
  const server = createServer((request, response) => {
    if (callback === undefined) response.writeHead(503).end();
    else callback(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const client = { clientId: 'sundog', clientSecret: randomBytes(32).toString('hex') };
  const pushed: string[] = [];
  const loggedOut: string[] = [];
  return {
    issuer,
    ...client,
    pushed,
    loggedOut,
    async open(hub) {
      const { privateKey } = await generateKeyPair('RS256', { extractable: true });
      const provider = new Provider(issuer, {
        clients: [
          {
            client_id: client.clientId,
            client_secret: client.clientSecret,
            redirect_uris: [hub.redirectUri],
            post_logout_redirect_uris: [hub.signedOut],
            backchannel_logout_uri: hub.backChannel,
            backchannel_logout_session_required: true,
            grant_types: ['authorization_code'],
            response_types: ['code'],
          },
        ],
        jwks: { keys: [{ ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256' }] },
        claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
        features: {
          devInteractions: { enabled: true },
          backchannelLogout: { enabled: true },
          pushedAuthorizationRequests: { enabled: true },
        },
        pkce: { required: () => true },
        // Its own guard lets no request out to loopback, where the hub of the test is.
        fetch: (url: URL, { dispatcher: _, ...options }: RequestInit & { dispatcher?: unknown }) =>
          fetch(url, options),
        cookies: { keys: [randomBytes(16).toString('hex')] },
        findAccount: async (_context: unknown, id: string) => ({
          accountId: id,
          claims: async () => ({ sub: id, email: id, email_verified: true, name: 'Maya Ortega' }),
        }),
      });
      provider.on('pushed_authorization_request.success', () => pushed.push('taken'));
      provider.on('backchannel.success', () => loggedOut.push('delivered'));
      provider.on('backchannel.error', (_context, error) => loggedOut.push(String(error)));
      callback = provider.callback();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
