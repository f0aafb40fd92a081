// Opens key vaults: hands settings and secrets to the connector, shares what is open, and keeps connections' secrets.
import { certificateParts } from '#connectors/key-vault/application-token.ts';
import { openVault, probeVault } from '#connectors/key-vault/vault.ts';
import type { Vault } from '#domain/ports/vault.ts';
import type { SecretKeeper } from '#features/connections/secrets.ts';
import { connectionsKeptIn } from '#features/connections/stored-secret.ts';
import type { VaultPorts } from '#features/key-vaults/commands.ts';
import { checkVaultUse, vaultSecrets } from '#features/key-vaults/secrets.ts';
import type { Config } from './config.ts';
import { shelf } from './shelf.ts';

export type KeyVaultsOptions = Pick<VaultPorts, 'db' | 'sealing' | 'clock' | 'rules'> &
  Pick<Config, 'appService'>;

export type KeyVaults = AsyncDisposable & {
  readonly ports: VaultPorts;
  readonly keeper: SecretKeeper;
};

/** A vault stays open between uses for so long; its token is worth keeping. */
const idleMs = 5 * 60_000;

export function openKeyVaults({ appService, ...options }: KeyVaultsOptions): KeyVaults {
  const vaults = shelf<Vault>(idleMs);
  const ports: VaultPorts = {
    ...options,
    keptIn: connectionsKeptIn,
    certificateProblem(pem) {
      const parts = certificateParts(pem);
      return typeof parts === 'string' ? parts : undefined;
    },
    openVault(id, version, opening) {
      const { thing, giveBack } = vaults.take(String(id), version, () =>
        openVault(opening, { appService, clock: options.clock }),
      );
      return { ...thing, [Symbol.asyncDispose]: giveBack };
    },
    probeVault: (opening, signal) => probeVault(opening, signal, { appService }),
  };
  const secrets = vaultSecrets(ports);
  return {
    ports,
    keeper: { ...secrets, checkUse: checkVaultUse },
    [Symbol.asyncDispose]: () => vaults[Symbol.asyncDispose](),
  };
}
