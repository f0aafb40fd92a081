// Remembers answers for a few seconds, so that a busy caller is not looked up at every request.

export type Recent<T> = {
  /** The remembered answer, or the one `find` gives; what is not there is never remembered. */
  get(key: string, find: () => Promise<T | undefined>): Promise<T | undefined>;
  /** Forgets everything, also what is being looked up at this moment. */
  forget(): void;
};

export type RecentOptions = {
  readonly forMs: number;
  readonly keptMax: number;
  /** False: nothing is remembered and nothing remembered is used. */
  readonly trusted: () => boolean;
  readonly nowMs?: () => number;
};

type Kept<T> = { readonly value: T; readonly untilMs: number };

export function recent<T>(options: RecentOptions): Recent<T> {
  const nowMs = options.nowMs ?? (() => performance.now());
  const kept = new Map<string, Kept<T>>();
  let generation = 0;
  return {
    async get(key, find) {
      const known = kept.get(key);
      if (known !== undefined && known.untilMs > nowMs() && options.trusted()) return known.value;
      kept.delete(key);
      const begun = generation;
      const value = await find();
      // Forgotten meanwhile: the answer may be from before what made us forget.
      if (value === undefined || begun !== generation || !options.trusted()) return value;
      for (const oldest of kept.keys()) {
        if (kept.size < options.keptMax) break;
        kept.delete(oldest);
      }
      kept.set(key, { value, untilMs: nowMs() + options.forMs });
      return value;
    },
    forget() {
      generation += 1;
      kept.clear();
    },
  };
}
