// What a sync asks of a remote Halo: its people as Halo has them, read whole and written in arrays.
import type { SyncTarget } from '#domain/sync/settings.ts';

/** A record by Halo's own names. */
export type RemoteRecord = Readonly<Record<string, unknown>>;

/** A board's members have no place in Halo's API. */
export type RemoteTarget = Exclude<SyncTarget, 'cab-member'>;

export type RemoteSaved =
  | { readonly id: number }
  /** In Halo's words. */
  | { readonly refused: string }
  | { readonly gone: true };

/** Reading stops at a signal, in the middle of a request. Saving ends first: else nobody knew what was made. */
export interface RemotePeople {
  /** Everybody, active and not, as lists show them; ends normally only after a complete read. */
  readAll(target: RemoteTarget, signal?: AbortSignal): AsyncIterable<readonly RemoteRecord[]>;
  /** One with everything; undefined where there is none. */
  read(target: RemoteTarget, id: number, signal?: AbortSignal): Promise<RemoteRecord | undefined>;
  /** Those whose names, addresses or logins have the text, as lists show them. */
  search(target: RemoteTarget, text: string): Promise<readonly RemoteRecord[]>;
  /**
   * Saves all in one request, and says of each what became of it, in order. Undefined where Halo refused the
   * whole, or its answer fits no record: what of it was made is not known then.
   */
  save(
    target: RemoteTarget,
    records: readonly RemoteRecord[],
  ): Promise<readonly RemoteSaved[] | undefined>;
}
