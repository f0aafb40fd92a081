// A token for this machine's own managed identity: from a virtual machine's metadata service or from App Service.
// The one connector that may reach link-local and loopback outside of the lab, and only where tokens are had.
import { z } from 'zod';
import { VaultRefusal } from '#domain/ports/vault.ts';
import { type Allowance, identityAllowance } from '#lib/connect-guard.ts';
import type { Secret } from '#lib/secret.ts';
import type { Token } from './application-token.ts';
import type { Call, Reply } from './call.ts';
import { jsonOf, quoted, vaultError } from './words.ts';

/** IDENTITY_ENDPOINT and IDENTITY_HEADER, as App Service sets them. */
export type AppService = { readonly endpoint: URL; readonly header: Secret };

export type MachineIdentity = {
  readonly kind: 'managed-identity' | 'app-service';
  readonly managedIdentityId: string | null;
};

/** Azure's instance metadata service; the same address on every virtual machine. */
export const metadataService = new URL('http://169.254.169.254');

export type Desk = {
  readonly url: URL;
  readonly allowance: Allowance;
  readonly call: (resource: string) => Call;
};

/** Where this machine is asked for its token. `lab` stands in for both services on loopback. */
export function identityDesk(
  identity: MachineIdentity,
  appService: AppService | undefined,
  lab: { readonly origin: URL; readonly allowance: Allowance } | undefined,
): Desk {
  if (identity.kind === 'managed-identity') {
    const url = lab?.origin ?? metadataService;
    return {
      url,
      allowance: lab?.allowance ?? identityAllowance(placeOf(url)),
      call: (resource) => metadataCall(url, resource, identity.managedIdentityId),
    };
  }
  if (appService === undefined) {
    throw new VaultRefusal(
      'identity.absent',
      'The hub does not run in App Service with a managed identity: IDENTITY_ENDPOINT and IDENTITY_HEADER are not set. Assign one to the app, or choose another way to sign in to the vault.',
      false,
    );
  }
  const { endpoint, header } = appService;
  return {
    url: endpoint,
    allowance: lab?.allowance ?? identityAllowance(placeOf(endpoint)),
    call: (resource) => appServiceCall(endpoint, header, resource, identity.managedIdentityId),
  };
}

function placeOf({ hostname, port, protocol }: URL) {
  const usual = protocol === 'https:' ? 443 : 80;
  return { host: hostname, port: port === '' ? usual : Number(port) };
}

function metadataCall(origin: URL, resource: string, id: string | null): Call {
  const url = new URL('/metadata/identity/oauth2/token', origin);
  url.searchParams.set('api-version', '2018-02-01');
  url.searchParams.set('resource', resource);
  if (id !== null) url.searchParams.set(isResourceId(id) ? 'msi_res_id' : 'client_id', id);
  return { method: 'GET', url, headers: { metadata: 'true' } };
}

function appServiceCall(endpoint: URL, header: Secret, resource: string, id: string | null): Call {
  const url = new URL(endpoint);
  url.searchParams.set('api-version', '2019-08-01');
  url.searchParams.set('resource', resource);
  if (id !== null) url.searchParams.set(isResourceId(id) ? 'mi_res_id' : 'client_id', id);
  return { method: 'GET', url, headers: { 'x-identity-header': header.reveal() } };
}

function isResourceId(id: string): boolean {
  return id.startsWith('/');
}

const TokenAnswer = z.object({
  access_token: z.string().min(1),
  /** Seconds since 1970 as text; App Service may also write a date. */
  expires_on: z.coerce.string(),
});

export function machineToken(reply: Reply, url: URL, secrets: readonly Secret[]): Token {
  const answer = TokenAnswer.safeParse(jsonOf(reply.text));
  const expiresAt = answer.success ? instantOf(answer.data.expires_on) : Number.NaN;
  if (reply.status === 200 && answer.success && !Number.isNaN(expiresAt)) {
    return { text: answer.data.access_token, expiresAt };
  }
  throw refusal(reply, url, secrets);
}

function instantOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

const Refused = z.object({ error: z.string(), error_description: z.string().default('') });

function refusal({ status, text }: Reply, { host }: URL, secrets: readonly Secret[]): VaultRefusal {
  const parsed = Refused.safeParse(jsonOf(text));
  const said = parsed.success ? parsed.data.error_description : vaultError(text).said;
  const words = quoted(said, secrets);
  if (status === 400 || status === 403 || status === 404) {
    const sentence = `This machine has no such managed identity${words}; assign it in Azure, and check its client id where one is entered.`;
    return new VaultRefusal('identity.absent', sentence, false, { status });
  }
  if (status === 401) {
    const sentence = `${host} does not believe that the hub runs on this machine${words}; restart the hub, so that it reads IDENTITY_HEADER anew.`;
    return new VaultRefusal('token.refused', sentence, false, { status });
  }
  const sentence = `${host} gives no tokens for now (status ${status})${words}; the hub tries again later.`;
  return new VaultRefusal('token.unreachable', sentence, true, { status });
}
