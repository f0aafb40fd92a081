// A shelf of things that are costly to open: shared while in use, kept a while after, closed when outdated.

export type Shelf<T> = AsyncDisposable & {
  /**
   * The thing of that id and version; opened when it is not on the shelf. One of an older version is
   * closed as soon as the last who uses it has given it back.
   */
  take(id: string, version: number, open: () => T): { thing: T; giveBack: () => Promise<void> };
};

type Kept<T> = {
  readonly thing: T;
  readonly version: number;
  users: number;
  outdated: boolean;
  timer: NodeJS.Timeout | undefined;
};

export function shelf<T extends AsyncDisposable>(idleMs: number): Shelf<T> {
  const kept = new Map<string, Kept<T>>();
  const close = async ({ thing, timer }: Kept<T>) => {
    clearTimeout(timer);
    await thing[Symbol.asyncDispose]();
  };
  const discard = (id: string, one: Kept<T>) => {
    one.outdated = true;
    if (kept.get(id) === one) kept.delete(id);
    // Nobody waits for it, and that it closes badly changes nothing.
    if (one.users === 0) close(one).catch(() => {});
  };
  return {
    take(id, version, open) {
      const found = kept.get(id);
      if (found !== undefined && found.version !== version) discard(id, found);
      const one = kept.get(id) ?? {
        thing: open(),
        version,
        users: 0,
        outdated: false,
        timer: undefined,
      };
      kept.set(id, one);
      clearTimeout(one.timer);
      one.users += 1;
      let given = false;
      const giveBack = async () => {
        if (given) return;
        given = true;
        one.users -= 1;
        if (one.users > 0) return;
        if (one.outdated) return close(one);
        one.timer = setTimeout(() => discard(id, one), idleMs);
        one.timer.unref();
      };
      return { thing: one.thing, giveBack };
    },
    async [Symbol.asyncDispose]() {
      const all = [...kept.values()];
      kept.clear();
      await Promise.all(all.map(close));
    },
  };
}
