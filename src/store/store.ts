// Opens the hub's memory: an embedded PostgreSQL or a server of the administrator's, up to date.
import type pg from 'pg';
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import { errorMessage } from '#lib/errors.ts';
import type { Log } from '#lib/log.ts';
import type { Secret } from '#lib/secret.ts';
import { closeDb, type Db, openDb, openPool } from './db.ts';
import { makeFolder } from './embedded/data-folder.ts';
import { type Embedded, openEmbedded } from './embedded/embedded.ts';
import { migrate, needsMigration } from './migrate.ts';

export type StoreSettings = {
  readonly dataFolder: string;
  /** Somebody named the data folder: then it is never exchanged for another. */
  readonly dataFolderChosen: boolean;
  /** Undefined: the embedded PostgreSQL. */
  readonly databaseUrl?: Secret | undefined;
  /** The role that owns the tables; undefined: the same as the hub's. */
  readonly databaseOwnerUrl?: Secret | undefined;
  readonly connectionsMax?: number;
  readonly log: Log;
  /** Called once when the database goes away for good: the process should end. */
  readonly onLost?: (because: string) => void;
};

export type Store = AsyncDisposable & {
  readonly db: Db;
  readonly pool: pg.Pool;
  readonly connectionString: Secret;
  /** The owner's address: migrations, redaction, backups. */
  readonly ownerConnectionString: Secret;
  /** Where the data folder really is; as root it may have moved. */
  readonly dataFolder: string;
  /** The embedded server, when there is one. */
  readonly embedded: Embedded | undefined;
};

const connectionsMax = 12;
/** The oldest that the tests run on. */
const versionLeast = 15;

const ServerFacts = z.object({ version: z.string(), encoding: z.string() });
type ServerFacts = z.infer<typeof ServerFacts>;

export async function openStore(settings: StoreSettings): Promise<Store> {
  const embedded =
    settings.databaseUrl === undefined
      ? await openEmbedded({
          dataFolder: settings.dataFolder,
          chosen: settings.dataFolderChosen,
          ...(settings.onLost === undefined ? {} : { onLost: settings.onLost }),
        })
      : undefined;
  try {
    return await connect(settings, embedded);
  } catch (error) {
    await embedded?.[Symbol.asyncDispose]();
    throw error;
  }
}

async function connect(settings: StoreSettings, embedded: Embedded | undefined): Promise<Store> {
  const connectionString =
    embedded?.connectionString('hub', 'sundog') ??
    settings.databaseUrl ??
    refuse('settings.invalid', { name: 'SUNDOG_DATABASE_URL', reason: 'it is empty' });
  const ownerConnectionString =
    embedded?.connectionString('owner', 'sundog') ?? settings.databaseOwnerUrl ?? connectionString;
  const dataFolder = embedded?.dataFolder ?? makeFolder(settings.dataFolder);
  const pool = openPool({
    connectionString,
    name: 'sundog',
    connectionsMax: settings.connectionsMax ?? connectionsMax,
    log: settings.log,
  });
  const db = openDb(pool);
  try {
    await reach(pool, connectionString);
    if (await needsMigration(pool)) {
      const { applied } = await migrate(ownerConnectionString, { hub: connectionString });
      settings.log.info('The database was brought up to date', { applied: applied.length });
    }
  } catch (error) {
    await closeDb(db, pool);
    throw error;
  }
  return {
    db,
    pool,
    connectionString,
    ownerConnectionString,
    dataFolder,
    embedded,
    async [Symbol.asyncDispose]() {
      await closeDb(db, pool);
      await embedded?.[Symbol.asyncDispose]();
    },
  };
}

async function reach(pool: pg.Pool, connectionString: Secret): Promise<void> {
  const { version, encoding } = await askServer(pool, connectionString);
  if (Number.parseInt(version, 10) < versionLeast) {
    refuse('store.too-old', { version, least: versionLeast });
  }
  if (encoding !== 'UTF8') refuse('store.encoding', { encoding });
}

async function askServer(pool: pg.Pool, connectionString: Secret): Promise<ServerFacts> {
  try {
    const { rows } = await pool.query(
      "select current_setting('server_version') as version, current_setting('server_encoding') as encoding",
    );
    return ServerFacts.parse(rows[0]);
  } catch (error) {
    const address = connectionString.reveal().replace(/^.*@/, '').replace(/\?.*$/, '');
    refuse('store.unreachable', { address, reason: errorMessage(error) }, error);
  }
}
