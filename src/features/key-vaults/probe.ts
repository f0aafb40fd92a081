// Tries a key vault by hand, records what came of it, and lists the names in it for those who choose one.
import type { Actor } from '#domain/actor.ts';
import { VaultRefusal } from '#domain/ports/vault.ts';
import { refuse } from '#domain/problem.ts';
import type { VaultProbe } from '#domain/vault.ts';
import { audit } from '#store/audit.ts';
import { inTransaction } from '#store/db.ts';
import type { VaultPorts } from './commands.ts';
import { vaultEntry } from './differences.ts';
import { type KeyVault, missingOf, type VaultHealth } from './model.ts';
import { getOwnVault } from './queries.ts';
import { openingOf } from './secrets.ts';

export const probeLimits = { probeMs: 30_000 } as const;

export async function testVault(
  ports: VaultPorts,
  actor: Actor,
  id: number,
): Promise<{ readonly result: VaultProbe; readonly checkedAt: Date }> {
  const vault = await getOwnVault(ports.db, actor, id);
  const result = await probed(ports, vault);
  const checkedAt = ports.clock();
  await inTransaction(ports.db, async (tx) => {
    await tx
      .updateTable('key_vaults')
      .set(healthColumns(result, checkedAt))
      .where('id', '=', id)
      // Changed while it was tried: the result is about something that is no more.
      .where('version', '=', vault.version)
      .execute();
    const outcome = result.ok ? 'done' : 'failed';
    const entry = { ...vaultEntry(actor, 'vault.tested', vault), because: result.sentence };
    await audit(tx, [{ ...entry, outcome }]);
  });
  return { result, checkedAt };
}

async function probed(ports: VaultPorts, vault: KeyVault): Promise<VaultProbe> {
  try {
    const opening = await openingOf(ports, vault);
    return await ports.probeVault(opening, AbortSignal.timeout(probeLimits.probeMs));
  } catch (error) {
    if (error instanceof VaultRefusal) {
      return { ok: false, stage: 'token', code: error.code, sentence: error.message };
    }
    if (!(error instanceof Error && error.name === 'TimeoutError')) throw error;
    const { host } = new URL(vault.settings.url);
    const sentence = `${host} took too long to answer; try again later.`;
    return { ok: false, stage: 'connect', code: 'vault.unreachable', sentence };
  }
}

function healthColumns(result: VaultProbe, checkedAt: Date) {
  const state: VaultHealth['state'] = result.ok ? 'healthy' : 'broken';
  return {
    health: state,
    health_stage: result.ok ? null : result.stage,
    health_code: result.ok ? null : result.code,
    health_sentence: result.sentence,
    health_warning: result.ok ? result.warning : null,
    checked_at: checkedAt,
  };
}

/** The names in the vault, a page at a time, for those who may refer to them. */
export async function listVaultSecrets(
  ports: VaultPorts,
  actor: Actor,
  asked: { readonly id: number; readonly cursor: string | undefined },
) {
  const vault = await getOwnVault(ports.db, actor, asked.id);
  const missing = missingOf(vault);
  if (missing !== undefined) {
    refuse('vault.incomplete', { name: vault.name, missing, id: vault.id });
  }
  try {
    const opening = await openingOf(ports, vault);
    await using opened = ports.openVault(vault.id, vault.version, opening);
    const signal = AbortSignal.timeout(probeLimits.probeMs);
    return await opened.listSecrets(asked.cursor ?? null, signal);
  } catch (error) {
    if (!(error instanceof VaultRefusal)) throw error;
    refuse('vault.unreadable', { reason: error.message }, error);
  }
}
