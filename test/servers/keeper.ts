// A stand-in for the key vaults, for tests of connections: what is kept, what was asked, and what goes wrong.
import { VaultRefusal, type VaultRefusalCode } from '#domain/ports/vault.ts';
import { refuse } from '#domain/problem.ts';
import type { SecretReference } from '#domain/vault.ts';
import type { SecretKeeper } from '#features/connections/secrets.ts';
import { Secret } from '#lib/secret.ts';

export type TestKeeper = {
  readonly keeper: SecretKeeper;
  /** Name to value. */
  readonly secrets: Map<string, string>;
  /** Every fetch, as `how name use`. */
  readonly fetched: string[];
  /** From now on every fetch fails so; undefined mends it. */
  fail(code: VaultRefusalCode | undefined): void;
  /** Whose the vaults are; every client's when null. */
  belongTo(clientId: number | null): void;
};

export function aTestKeeper(): TestKeeper {
  const secrets = new Map<string, string>();
  const fetched: string[] = [];
  const remembered = new Map<string, string>();
  let failing: VaultRefusalCode | undefined;
  let owner: number | null = null;
  const fetch = (how: string, { secret }: SecretReference, use: string): Secret => {
    fetched.push(`${how} ${secret} ${use}`);
    if (failing !== undefined) throw new VaultRefusal(failing, 'The vault is down.', true);
    const value = secrets.get(secret);
    if (value === undefined) {
      throw new VaultRefusal('secret.unknown', `The vault has no "${secret}".`, false);
    }
    remembered.set(`${use} ${secret}`, value);
    return new Secret(value);
  };
  return {
    secrets,
    fetched,
    fail: (code) => {
      failing = code;
    },
    belongTo: (clientId) => {
      owner = clientId;
    },
    keeper: {
      async get(reference, use) {
        const known = remembered.get(`${use} ${reference.secret}`);
        return known === undefined ? fetch('get', reference, use) : new Secret(known);
      },
      renew: async (reference, use) => fetch('renew', reference, use),
      fetch: async (reference) => fetch('fetch', reference, 'once'),
      async checkUse(_tx, actor, { vault }, clientId) {
        if (!actor.permissions.has('admin'))
          refuse('permission.lacking', { permission: 'key-vaults:edit' });
        if (owner !== null && owner !== clientId)
          refuse('connection.vault-foreign', { vault: `${vault}` });
        return `Vault ${vault}`;
      },
    },
  };
}
