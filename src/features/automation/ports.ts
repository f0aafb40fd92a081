// What automation needs from the rest of the hub; main.ts hands it over.
import type pg from 'pg';
import type { Actor } from '#domain/actor.ts';
import type { ConnectionFacts } from '#domain/connection.ts';
import type { Notice } from '#domain/notice.ts';
import type { Application } from '#domain/ports/application.ts';
import type { Directory, DirectoryReader } from '#domain/ports/directory.ts';
import type { Clock } from '#lib/clock.ts';
import type { Log } from '#lib/log.ts';
import type { Db, Tx } from '#store/db.ts';
import type { Sealing } from '#store/sealing.ts';

/** Looking and planning: no writer of a directory is in reach. */
export type LookPorts = {
  readonly db: Db;
  readonly pool: pg.Pool;
  readonly clock: Clock;
  openDirectory(connectionId: string): Promise<DirectoryReader & AsyncDisposable>;
  openApplication(connectionId: string): Promise<Application>;
  findConnections(ids: readonly string[]): Promise<ReadonlyMap<string, ConnectionFacts>>;
  /** Tells whoever wants to know, in the transaction it is about. */
  notify(tx: Tx, notice: Notice): Promise<void>;
  /** The administrator's environment variables, for %env.name%. */
  readonly environment: Readonly<Record<string, string>>;
};

export type AutomationPorts = LookPorts & {
  readonly sealing: Sealing;
  readonly log: Log;
  openDirectory(connectionId: string): Promise<Directory>;
  /** Every connection the actor may see, for the overview. */
  listConnections(actor: Actor): Promise<readonly ConnectionFacts[]>;
  /** A whole number below the limit, unforeseeable: for first passwords. */
  pickBelow(limit: number): number;
  /** How long to wait after each refusal that may pass; after the last of them the change has failed. */
  readonly retryDelaysMs?: readonly number[];
};

export const retryDelaysMs: readonly number[] = [
  ...[2_000, 5_000, 15_000, 60_000, 120_000, 300_000, 600_000, 900_000],
];
