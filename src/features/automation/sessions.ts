// One directory session for each connection, shared by everybody at work and closed when idle or old.
//
// A directory answers the requests of one session as they come; a second session would cost it a second
// memory of the same domain (docs/decisions/0083), and us a second sign-in.
import type { Directory } from '#domain/ports/directory.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { type Slots, slots } from '#lib/slots.ts';

export type Sessions = AsyncDisposable & {
  /** Runs the work with the connection's session; waits while too much is at work on it. */
  withDirectory<T>(
    connectionId: string,
    work: (directory: Directory) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T>;
};

export type SessionLimits = {
  /**
   * Works that share a connection's session at the same time; the connector limits what is on the wire, and
   * the others have their next request ready when it is asked for.
   */
  readonly perConnection: number;
  readonly idleMs: number;
  /** What a session remembers of groups grows old with it. */
  readonly ageMaxMs: number;
};

export const sessionLimits: SessionLimits = {
  perConnection: 16,
  idleMs: 10_000,
  ageMaxMs: 300_000,
};

type Shared = {
  readonly directory: Promise<Directory>;
  readonly openedMs: number;
  users: number;
  /** False: nobody else joins, and the last who leaves closes it. */
  open: boolean;
  timer: NodeJS.Timeout | undefined;
};

export function openSessions(
  openDirectory: (connectionId: string) => Promise<Directory>,
  limits: SessionLimits = sessionLimits,
): Sessions {
  const places = new Map<string, Slots>();
  const shared = new Map<string, Shared>();

  function join(connectionId: string): Shared {
    const known = shared.get(connectionId);
    if (known?.open && performance.now() - known.openedMs < limits.ageMaxMs) {
      clearTimeout(known.timer);
      known.users += 1;
      return known;
    }
    if (known !== undefined) retire(known);
    const directory = openDirectory(connectionId);
    const opened: Shared = {
      directory,
      openedMs: performance.now(),
      users: 1,
      open: true,
      timer: undefined,
    };
    shared.set(connectionId, opened);
    return opened;
  }

  function leave(session: Shared): void {
    session.users -= 1;
    if (session.users > 0) return;
    if (!session.open) return void closeQuietly(session);
    session.timer = setTimeout(() => retire(session), limits.idleMs);
    session.timer.unref();
  }

  async function share<T>(connectionId: string, work: (directory: Directory) => Promise<T>) {
    const session = join(connectionId);
    try {
      const directory = await session.directory.catch((error: unknown) => {
        session.open = false;
        throw error;
      });
      return await work(directory);
    } catch (error) {
      if (!(error instanceof DirectoryRefusal) || brokenBy.has(error.code)) session.open = false;
      throw error;
    } finally {
      leave(session);
    }
  }

  return {
    withDirectory(connectionId, work, signal) {
      const place = places.get(connectionId) ?? slots(limits.perConnection);
      places.set(connectionId, place);
      return place.run(() => share(connectionId, work), signal);
    },
    async [Symbol.asyncDispose]() {
      const idle = [...shared.values()].filter(({ users }) => users === 0);
      for (const session of shared.values()) session.open = false;
      for (const { timer } of idle) clearTimeout(timer);
      await Promise.all(idle.map(closeQuietly));
    },
  };
}

/** After these the session itself is in doubt; after any other refusal it goes on serving. */
const brokenBy: ReadonlySet<string> = new Set([
  'directory.unreachable',
  'directory.busy',
  'credentials.refused',
  'tls.untrusted',
  'tls.required',
  'read.incomplete',
]);

/** Nobody joins it any more; it is closed now, or by the last who is at work on it. */
function retire(session: Shared): void {
  clearTimeout(session.timer);
  if (!session.open) return;
  session.open = false;
  if (session.users === 0) void closeQuietly(session);
}

/** A session that never opened or will not close cleanly is gone all the same. */
async function closeQuietly({ directory }: Shared): Promise<void> {
  try {
    await (await directory)[Symbol.asyncDispose]();
  } catch {}
}
