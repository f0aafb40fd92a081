// What the domain asks of a key vault: one secret by name, the names there are, and nothing written.
import type { Secret } from '#lib/secret.ts';

export type VaultSecret = {
  readonly value: Secret;
  /** 32 hexadecimal digits. */
  readonly version: string;
  readonly expiresAt: Date | null;
};

/** What may be said of a secret without its value. */
export type VaultItem = {
  readonly name: string;
  readonly enabled: boolean;
  readonly expiresAt: Date | null;
};

export type VaultItems = {
  readonly items: readonly VaultItem[];
  /** What the next page is asked with; null when this was the last. */
  readonly next: string | null;
};

export interface Vault extends AsyncDisposable {
  /** The newest version unless one is named. Throws a VaultRefusal. */
  getSecret(name: string, version?: string | null, signal?: AbortSignal): Promise<VaultSecret>;
  listSecrets(cursor?: string | null, signal?: AbortSignal): Promise<VaultItems>;
}

export type VaultRefusalCode =
  | 'address.refused'
  | 'vault.unreachable'
  | 'vault.foreign'
  | 'vault.busy'
  | 'vault.failed'
  | 'identity.absent'
  | 'token.refused'
  | 'token.unreachable'
  | 'permission.missing'
  | 'network.refused'
  | 'secret.unknown'
  | 'secret.disabled'
  | 'secret.expired'
  | 'secret.early'
  | 'answer.malformed';

/** Why a vault gave nothing, as a sentence; `retryable` when trying again later may help. */
export class VaultRefusal extends Error {
  readonly code: VaultRefusalCode;
  readonly retryable: boolean;
  readonly detail: unknown;
  override readonly name = 'VaultRefusal';

  constructor(code: VaultRefusalCode, sentence: string, retryable: boolean, detail?: unknown) {
    super(sentence);
    this.code = code;
    this.retryable = retryable;
    this.detail = detail;
  }
}
