// A connection made ready to be opened: settings, unsealed secret and what it may reach.
import type { Reached } from '#domain/connection.ts';
import { refuse } from '#domain/problem.ts';
import type { Allowance } from '#lib/connect-guard.ts';
import type { Secret } from '#lib/secret.ts';
import type { Db } from '#store/db.ts';
import type { Sealing } from '#store/sealing.ts';
import type { ConnectionRules } from './commands.ts';
import { allowanceOf, needsSecret } from './model.ts';
import { getConnection, sealedSecret, secretPlace } from './queries.ts';

export type ReadyConnection = {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly reached: Reached;
  readonly secret: Secret | null;
  readonly allowance: Allowance;
};

/** For the hub's own work, whichever client the connection belongs to. */
export async function readyConnection(
  { db, sealing, rules }: { db: Db; sealing: Sealing; rules: ConnectionRules },
  id: string,
): Promise<ReadyConnection> {
  const connection = await getConnection(db, {}, id);
  const { name, version, reached } = connection;
  const sealed = await sealedSecret(db, connection);
  if (sealed === null && needsSecret(reached)) refuse('connection.no-secret', { name });
  const secret = sealed && sealing.unseal(secretPlace(id), sealed);
  return { id, name, version, reached, secret, allowance: allowanceOf(connection, rules) };
}

export function wrongKind(connection: ReadyConnection, wanted: Reached['kind']): never {
  refuse('connection.wrong-kind', {
    name: connection.name,
    kind: connection.reached.kind,
    wanted,
  });
}
