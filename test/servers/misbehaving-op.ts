// An OpenID provider of our own on loopback that signs anybody in, and misbehaves in whatever way it is told.
import { createHash, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { newId } from '#lib/ids.ts';

type Json = Record<string, unknown>;
export type Serve = (response: ServerResponse) => void;

/** Each turns one thing it would say into another; a function that answers takes the whole exchange. */
export type Misbehaviour = {
  readonly document?: (document: Json) => Json;
  readonly keys?: (keys: readonly Json[]) => readonly Json[];
  readonly redirect?: (parameters: URLSearchParams) => void;
  readonly claims?: (claims: Json) => Json;
  readonly header?: (header: Json) => Json;
  /** Makes the ID token instead. */
  readonly token?: (claims: Json, op: MisbehavingOp) => Promise<string>;
  readonly tokens?: (answer: Json) => unknown;
  readonly userinfo?: Json;
  readonly serve?: Partial<Record<'document' | 'keys' | 'tokens' | 'userinfo' | 'pushed', Serve>>;
};

export type MisbehavingOp = AsyncDisposable & {
  readonly base: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Every request, in order: its path, and its form. */
  readonly asked: {
    readonly path: string;
    readonly form: URLSearchParams;
    readonly auth: string;
  }[];
  misbehave(how: Misbehaviour): void;
  sign(claims: Json, header?: Json, key?: CryptoKey | KeyObject | Uint8Array): Promise<string>;
  /** A logout token as it should be, but for what is given. */
  logoutToken(claims?: Json, header?: Json): Promise<string>;
  /** A new key takes the place of the old. */
  rotate(): Promise<void>;
  publicKey(): Promise<string>;
};

export const person = {
  sub: 'maya-4711',
  email: 'maya.ortega@larkfield.test',
  name: 'Maya Ortega',
};
export const tenant = '11111111-2222-4333-8444-555555555555';
export const object = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
export const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

type Given = { readonly now: () => Date; readonly pushes?: boolean };

export async function aMisbehavingOp({ now, pushes = false }: Given): Promise<MisbehavingOp> {
  const codes = new Map<string, URLSearchParams>();
  const pushed = new Map<string, URLSearchParams>();
  const asked: MisbehavingOp['asked'] = [];
  let how: Misbehaviour = {};
  let key = await aKey();
  const seconds = () => Math.floor(now().getTime() / 1000);
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => {
      if (!response.headersSent) response.writeHead(500).end(error.message);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const base = `http://127.0.0.1:${port}`;

  /** As Entra has it: a path for many tenants, whose issuer is a template, and one for each tenant. */
  const issuerAt = (path: string) => {
    const first = path.split('/')[1] ?? '';
    if (first === 'organizations') return `${base}/{tenantid}/v2.0`;
    return first === tenant ? `${base}/${tenant}/v2.0` : base;
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', base);
    const body = request.method === 'POST' ? await text(request) : '';
    const form = new URLSearchParams(body);
    asked.push({ path: url.pathname, form, auth: request.headers.authorization ?? '' });
    const { serve = {} } = how;
    const issuer = issuerAt(url.pathname);
    if (url.pathname.endsWith('/.well-known/openid-configuration')) {
      if (serve.document) return serve.document(response);
      return json(response, how.document?.(documentOf(issuer)) ?? documentOf(issuer));
    }
    const door = url.pathname.split('/').at(-1);
    if (door === 'keys') return serve.keys ? serve.keys(response) : keys(response);
    if (door === 'pushed') return serve.pushed ? serve.pushed(response) : push(response, form);
    if (door === 'authorize') return authorize(response, url, issuer);
    if (door === 'token') {
      return serve.tokens ? serve.tokens(response) : tokens(response, form, issuer);
    }
    if (door === 'userinfo') {
      return serve.userinfo ? serve.userinfo(response) : json(response, how.userinfo ?? person);
    }
    response.writeHead(404).end();
  }

  function documentOf(issuer: string): Json {
    const at = issuer.includes('{tenantid}') ? `${base}/organizations` : issuer;
    return {
      issuer,
      authorization_endpoint: `${at}/authorize`,
      token_endpoint: `${at}/token`,
      jwks_uri: `${base}/keys`,
      userinfo_endpoint: `${base}/userinfo`,
      end_session_endpoint: `${base}/end`,
      ...(pushes ? { pushed_authorization_request_endpoint: `${base}/pushed` } : {}),
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: !issuer.includes('{tenantid}'),
    };
  }

  async function keys(response: ServerResponse): Promise<void> {
    const own = [{ ...(await exportJWK(key.publicKey)), kid: key.kid, use: 'sig', alg: 'ES256' }];
    json(response, { keys: how.keys?.(own) ?? own });
  }

  function push(response: ServerResponse, form: URLSearchParams): void {
    const uri = `urn:ietf:params:oauth:request_uri:${newId()}`;
    pushed.set(uri, form);
    json(response, { request_uri: uri, expires_in: 60 }, 201);
  }

  function authorize(response: ServerResponse, url: URL, issuer: string): void {
    const wanted = pushed.get(url.searchParams.get('request_uri') ?? '') ?? url.searchParams;
    const code = newId();
    codes.set(code, wanted);
    const back = new URL(wanted.get('redirect_uri') ?? '');
    back.searchParams.set('code', code);
    back.searchParams.set('state', wanted.get('state') ?? '');
    if (!issuer.includes('{tenantid}')) back.searchParams.set('iss', issuer);
    how.redirect?.(back.searchParams);
    response.writeHead(303, { location: back.href }).end();
  }

  async function tokens(response: ServerResponse, form: URLSearchParams, issuer: string) {
    const code = form.get('code') ?? '';
    const wanted = codes.get(code);
    codes.delete(code);
    const verifier = form.get('code_verifier') ?? '';
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const right =
      wanted !== undefined &&
      wanted.get('code_challenge') === challenge &&
      wanted.get('code_challenge_method') === 'S256' &&
      wanted.get('redirect_uri') === form.get('redirect_uri');
    if (!right) return json(response, { error: 'invalid_grant' }, 400);
    const accessToken = newId();
    const digest = createHash('sha256').update(accessToken).digest();
    const claims: Json = {
      iss: issuer.replace('{tenantid}', tenant),
      ...person,
      ...(issuer === base ? {} : { tid: tenant, oid: object }),
      aud: 'the-hub',
      nonce: wanted.get('nonce'),
      sid: `session of ${person.sub}`,
      iat: seconds(),
      exp: seconds() + 300,
      at_hash: digest.subarray(0, 16).toString('base64url'),
    };
    const said = how.claims?.(claims) ?? claims;
    const idToken = how.token ? await how.token(said, op) : await op.sign(said);
    const body = { access_token: accessToken, token_type: 'Bearer', expires_in: 300 };
    const whole = { ...body, id_token: idToken };
    json(response, how.tokens === undefined ? whole : how.tokens(whole));
  }

  const op: MisbehavingOp = {
    base,
    clientId: 'the-hub',
    clientSecret: 'a secret of the hub, of its own',
    asked,
    misbehave(next) {
      how = next;
    },
    sign(claims, header = {}, with_ = key.privateKey) {
      const usual = { alg: 'ES256', kid: key.kid, typ: 'JWT', ...header };
      const { alg, ...rest } = how.header?.(usual) ?? usual;
      return new SignJWT(claims)
        .setProtectedHeader({ ...JSON.parse(JSON.stringify(rest)), alg: String(alg) })
        .sign(with_);
    },
    logoutToken(claims = {}, header = {}) {
      const usual = {
        iss: base,
        aud: 'the-hub',
        iat: seconds(),
        exp: seconds() + 120,
        jti: newId(),
        sub: person.sub,
        sid: `session of ${person.sub}`,
        events: { [logoutEvent]: {} },
      };
      const said = Object.entries({ ...usual, ...claims }).filter(([, one]) => one !== undefined);
      return op.sign(Object.fromEntries(said), { typ: 'logout+jwt', ...header });
    },
    async rotate() {
      key = await aKey();
    },
    publicKey: () => exportSPKI(key.publicKey),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return op;
}

async function aKey() {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { publicKey, privateKey, kid: newId() };
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function serves(body: string, type = 'application/json', status = 200): Serve {
  return (response) => void response.writeHead(status, { 'content-type': type }).end(body);
}
