// What directory syncs ask of the connections they read through; answered by composition.
import type { Actor } from '#domain/actor.ts';
import type { ProbeResult } from '#domain/connection.ts';
import type { DirectoryBrowser } from '#domain/ports/directory-browse.ts';
import type { Secret } from '#lib/secret.ts';
import type { Db, Tx } from '#store/db.ts';
import type { DirectoryConnection } from './model.ts';

export type ConnectionChange = {
  readonly name?: string | undefined;
  /** Only the settings given change. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  readonly secret?: Secret | undefined;
};

/** What is tried before it is saved: settings laid over a connection that is there, or none. */
export type Candidate = {
  readonly stored: DirectoryConnection | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Left out: the stored one, as long as it would go where it goes now. */
  readonly secret: Secret | undefined;
};

export interface ConnectionPort {
  /** Those of the ids that are directories and that the actor may see. */
  find(
    db: Db | Tx,
    actor: Pick<Actor, 'clientId'>,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, DirectoryConnection>>;
  create(
    tx: Tx,
    actor: Actor,
    given: ConnectionChange & { readonly name: string; readonly clientId: number | null },
  ): Promise<DirectoryConnection>;
  change(tx: Tx, actor: Actor, id: string, given: ConnectionChange): Promise<DirectoryConnection>;
  /** Deletes it, unless something else stands on it: then by name what. */
  remove(tx: Tx, actor: Actor, id: string): Promise<readonly string[]>;
  /** Tries it without changing anything, and names the stage that failed. */
  probe(candidate: Candidate, signal: AbortSignal): Promise<ProbeResult>;
  /** Signs in to look. Throws a DirectoryRefusal, or the Problem that there is no password. */
  browse(candidate: Candidate): Promise<DirectoryBrowser & AsyncDisposable>;
}
