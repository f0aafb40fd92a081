// A connection made ready to be opened: settings, where its secret comes from and what it may reach.
import type { Reached } from '#domain/connection.ts';
import { VaultRefusal } from '#domain/ports/vault.ts';
import { refuse } from '#domain/problem.ts';
import type { Allowance } from '#lib/connect-guard.ts';
import type { Secret } from '#lib/secret.ts';
import type { SecretSource } from '#lib/secret-source.ts';
import type { ConnectionRules } from './commands.ts';
import { allowanceOf, needsSecret } from './model.ts';
import { getConnection } from './queries.ts';
import { type SecretPorts, secretSource } from './secrets.ts';

export type ReadyConnection = {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly reached: Reached;
  readonly secret: SecretSource | null;
  readonly allowance: Allowance;
};

/** For the hub's own work, whichever client the connection belongs to. */
export async function readyConnection(
  ports: SecretPorts & { readonly rules: ConnectionRules },
  id: string,
): Promise<ReadyConnection> {
  const connection = await getConnection(ports.db, {}, id);
  const { name, version, reached } = connection;
  const source = secretSource(ports, connection);
  if (source === null && needsSecret(reached)) refuse('connection.no-secret', { name });
  const allowance = allowanceOf(connection, ports.rules);
  return { id, name, version, reached, secret: source && inWords(source, name), allowance };
}

/** A vault's refusal tells of the vault; here it tells whose secret could not be had. */
function inWords({ current, renewed }: SecretSource, name: string): SecretSource {
  const told = (work: Promise<Secret | undefined>) =>
    work.catch((error: unknown): never => {
      if (!(error instanceof VaultRefusal)) throw error;
      refuse('connection.secret-unreachable', { name, reason: error.message }, error);
    });
  return {
    current: async () => (await told(current())) ?? refuse('connection.changed'),
    renewed: (refused) => told(renewed(refused)),
  };
}

export function wrongKind(connection: ReadyConnection, wanted: Reached['kind']): never {
  refuse('connection.wrong-kind', {
    name: connection.name,
    kind: connection.reached.kind,
    wanted,
  });
}
