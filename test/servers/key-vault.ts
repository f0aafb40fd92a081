// The lab's key vault for a test, reached as in the lab or, behind a network of our own, as in Azure itself.
import { connect } from 'node:net';
import type { VaultAddress, VaultIdentity } from '#domain/vault.ts';
import {
  type KeyVaultSettings,
  type LabKeyVault,
  startKeyVault,
} from '#lab/key-vault/key-vault.ts';
import type { LabIdentity } from '#lab/key-vault/login.ts';
import type { Allowance, Network } from '#lib/connect-guard.ts';
import { Secret } from '#lib/secret.ts';
import { aCertificateAuthority } from './certificates.ts';

export type { Fault, Scene } from '#lab/key-vault/answers.ts';

export const tenantId = '7d2a1f0e-3c55-4a5e-9d0b-51f0c3a7b001';
export const applicationId = 'a3c1f0de-1111-4222-8333-0000000000a1';
export const clientSecret = new Secret('lab~client.secret-of-the-hub');
export const identityHeader = 'header-of-the-app-service';

export type TestVault = LabKeyVault & {
  readonly ca: string;
  readonly host: string;
  /** As a lab connection has it. */
  readonly address: VaultAddress;
  /** As in the public cloud; reachable through `azure` alone. */
  readonly azureAddress: VaultAddress;
  readonly azure: Network;
  /** What was dialled through `azure`. */
  readonly dialled: string[];
};

export const labAllowance: Allowance = { lab: true, confirmed: [], networks: [] };
export const azureAllowance: Allowance = { lab: false, confirmed: [], networks: [] };

export const bySecret = {
  kind: 'client-secret',
  tenantId: null,
  applicationId,
  proof: clientSecret,
} satisfies VaultIdentity;

const someAzureAddress = '20.49.1.1';
const azureHost = 'larkfield.vault.azure.net';

export async function aKeyVault(
  given: Partial<KeyVaultSettings> & { readonly inAzure?: boolean } = {},
): Promise<TestVault> {
  const authority = await aCertificateAuthority();
  const certificate = await authority.issue([
    '127.0.0.1',
    'localhost',
    azureHost,
    'login.microsoftonline.com',
  ]);
  const vault = await startKeyVault({
    certificate,
    tenantId,
    identities: [
      { kind: 'application', applicationId, clientSecret, role: 'user' },
      { kind: 'machine', role: 'user' },
    ],
    secrets: { 'halo-secret': 'the-halo-secret-in-the-vault' },
    identityHeader,
    clock: () => new Date(),
    ...(given.inAzure === true ? { login: 'https://login.microsoftonline.com' } : {}),
    ...given,
  });
  const dialled: string[] = [];
  return {
    ...vault,
    ca: authority.ca,
    host: `127.0.0.1:${vault.port}`,
    dialled,
    address: { url: vault.url, cloud: 'public', ca: authority.ca, lab: true },
    azureAddress: { url: `https://${azureHost}`, cloud: 'public', ca: authority.ca, lab: false },
    azure: {
      lookup: async () => [someAzureAddress],
      connect(address, port) {
        dialled.push(`${address}:${port}`);
        const own = port === 443 ? vault.port : vault.identityPort;
        return connect({ host: '127.0.0.1', port: own });
      },
    },
  };
}

export function anApplication(
  role: LabIdentity['role'],
  more: { readonly certificate?: string } = {},
): LabIdentity {
  return { kind: 'application', applicationId, clientSecret, role, ...more };
}
