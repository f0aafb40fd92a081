// One hub to a data folder: a second one would apply the same plans beside the first.
import pg from 'pg';
import { refuse } from '#domain/problem.ts';
import { locks } from './locks.ts';
import type { Store } from './store.ts';

export type HubRole = 'all' | 'web' | 'worker';

/**
 * Held for as long as the hub lives. On an embedded database `all` wants to be alone, while several
 * of `web` and `worker` share it; on a server any number of hubs work together. Commands take none.
 */
export async function takeHubLock(
  store: Pick<Store, 'connectionString' | 'embedded' | 'dataFolder'>,
  role: HubRole,
): Promise<AsyncDisposable> {
  if (store.embedded === undefined) return { async [Symbol.asyncDispose]() {} };
  const client = new pg.Client({
    connectionString: store.connectionString.reveal(),
    application_name: `sundog hub ${role} ${process.pid}`,
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => {});
  await client.connect();
  const lock = role === 'all' ? 'pg_try_advisory_lock' : 'pg_try_advisory_lock_shared';
  const { rows } = await client.query(`select ${lock}($1) as taken`, [locks.hub]);
  if (rows[0]?.taken !== true) {
    await client.end();
    refuse('store.second-hub', { folder: store.dataFolder });
  }
  return {
    async [Symbol.asyncDispose]() {
      await client.end();
    },
  };
}
