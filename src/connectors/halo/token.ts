// Gets and keeps the access token: client credentials with tenant, renewed before it ends, asked for once at a time.
import { z } from 'zod';
import type { HaloSettings } from '#domain/connection.ts';
import { ApplicationRefusal } from '#domain/ports/application.ts';
import type { Clock } from '#lib/clock.ts';
import { Secret } from '#lib/secret.ts';
import { type SecretSource, withSecret } from '#lib/secret-source.ts';
import type { Call, Reply } from './call.ts';
import { masked } from './mask.ts';

export type Tokens = {
  /** A token that is good for a while yet. */
  current(): Promise<Secret>;
  /** Forgets this token, if it is still the current one: Halo refused it. */
  forget(token: Secret): void;
  /** What must never be shown: the client secret and every token seen. */
  secrets(): readonly Secret[];
};

export type TokenSource = {
  readonly settings: HaloSettings;
  /** See Session.root. */
  readonly root: string;
  readonly secret: SecretSource;
  readonly renewBeforeMs: number;
  readonly clock: Clock;
  /** Sends without a token; retries as is proper for the method. */
  readonly exchange: (call: Call) => Promise<Reply>;
};

type Held = { readonly token: Secret; readonly renewAt: number };

const secretsKeptMax = 3;

export function keepTokens(source: TokenSource): Tokens {
  let held: Held | undefined;
  let underWay: Promise<Held> | undefined;
  let tokenUrl: URL | undefined;
  const seen: Secret[] = [];
  const used: Secret[] = [];

  const renew = async (): Promise<Held> => {
    tokenUrl ??= await findTokenUrl(source);
    const url = tokenUrl;
    const ask = (secret: Secret) => {
      used.unshift(secret);
      used.length = Math.min(used.length, secretsKeptMax);
      return askForToken(source, url, secret);
    };
    held = await withSecret(source.secret, ask, isRefusedSecret);
    seen.unshift(held.token);
    seen.length = Math.min(seen.length, secretsKeptMax);
    return held;
  };
  return {
    async current() {
      if (held !== undefined && source.clock().getTime() < held.renewAt) return held.token;
      underWay ??= renew().finally(() => {
        underWay = undefined;
      });
      return (await underWay).token;
    },
    forget(token) {
      if (held?.token === token) held = undefined;
    },
    secrets: () => [...used, ...seen],
  };
}

function isRefusedSecret(error: unknown): boolean {
  return error instanceof ApplicationRefusal && error.code === 'credentials.refused';
}

const AuthInfo = z.object({
  auth_url: z.url({ protocol: /^https?$/ }),
  tenant_id: z.string().nullish(),
});

/** What AuthInfo says, else /auth/token on the same host (halo-api.md 1.1). */
async function findTokenUrl({ settings, root, exchange }: TokenSource): Promise<URL> {
  if (settings.tokenAddress !== null) return withTenant(settings.tokenAddress, settings.tenant);
  const base = new URL(root);
  const url = new URL(`${root}/api/AuthInfo`);
  const reply = await exchange({ method: 'GET', url, headers: {} });
  const info = AuthInfo.safeParse(jsonOf(reply.text));
  if (reply.status !== 200 || !info.success) {
    return withTenant(`${root}/auth/token`, settings.tenant);
  }
  const authority = new URL(info.data.auth_url);
  if (!isNeighbour(base, authority)) {
    throw new ApplicationRefusal(
      'address.refused',
      `${base.host} names ${authority.host} as its sign-in server, which is not below the same domain; if that is right, enter ${authority.origin}/… as the connection’s token address.`,
      false,
    );
  }
  const tenant = settings.tenant ?? info.data.tenant_id ?? null;
  return withTenant(`${info.data.auth_url.replace(/\/+$/, '')}/token`, tenant);
}

/**
 * The client secret goes to the same host, or to a sibling over TLS (auth.haloitsm.com for
 * larkfield.haloitsm.com); an answer of the API cannot send it anywhere else.
 */
function isNeighbour(base: URL, authority: URL): boolean {
  if (authority.origin === base.origin) return true;
  if (authority.protocol !== 'https:' || authority.port !== '') return false;
  const domain = base.hostname.split('.').slice(1);
  return (
    authority.hostname === base.hostname ||
    (domain.length >= 2 && authority.hostname.endsWith(`.${domain.join('.')}`))
  );
}

function withTenant(address: string, tenant: string | null): URL {
  const url = new URL(address);
  if (tenant !== null && tenant !== '') url.searchParams.set('tenant', tenant);
  return url;
}

const TokenAnswer = z.object({
  access_token: z.string().min(1),
  /** Seconds. Halo's clients assume an hour when it is not said. */
  expires_in: z.coerce.number().positive().default(3600),
});

async function askForToken(source: TokenSource, url: URL, secret: Secret): Promise<Held> {
  const { settings, exchange, clock, renewBeforeMs } = source;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: settings.clientId,
    client_secret: secret.reveal(),
    scope: settings.scope,
  });
  const askedAt = clock().getTime();
  const reply = await exchange({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  });
  const answer = TokenAnswer.safeParse(jsonOf(reply.text));
  if (reply.status === 200 && answer.success) {
    const lifeMs = answer.data.expires_in * 1000;
    const renewAt = askedAt + Math.max(lifeMs * 0.9, lifeMs - renewBeforeMs);
    return { token: new Secret(answer.data.access_token), renewAt };
  }
  throw refusal(settings, secret, { url, reply });
}

const OAuthError = z.object({ error: z.string(), error_description: z.string().nullish() });

/** RFC 6749 §5.2 in OpenIddict's shape; a wrong client gets 401 from Halo. */
function refusal(
  settings: HaloSettings,
  secret: Secret,
  { url, reply }: { readonly url: URL; readonly reply: Reply },
): ApplicationRefusal {
  const where = url.host;
  const parsed = OAuthError.safeParse(jsonOf(reply.text));
  if (!parsed.success) {
    return new ApplicationRefusal(
      'answer.malformed',
      `There is no token endpoint at ${url.origin}${url.pathname} (it answered ${reply.status}); check the address, or enter the token address Halo shows under Configuration > Integrations > Halo API.`,
      false,
    );
  }
  const said = masked((parsed.data.error_description ?? '').slice(0, 200), [secret]);
  const sentence: Readonly<Record<string, string>> = {
    invalid_client: `${where} does not know this client id with this secret; enter both anew from Halo’s API application.`,
    invalid_scope: `${where} does not grant the scope "${settings.scope}"; allow it in Halo’s API application or ask for less.`,
    unauthorized_client: `${where} does not allow client credentials for this application; set its authentication method to "Client ID and Secret (Services)".`,
  };
  return new ApplicationRefusal(
    'credentials.refused',
    sentence[parsed.data.error] ??
      `${where} gives no token (${parsed.data.error}${said === '' ? '' : `: ${said}`}); check the connection’s client id, secret and tenant.`,
    false,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
