// What was read of a provider, kept for a while; those who ask at the same moment share one reading.

export type Kept<T> = {
  get(now: Date): Promise<T>;
  /** Reads anew, unless that was done a moment ago; says whether it did. */
  again(now: Date, atLeastMs: number): Promise<T | undefined>;
};

export function kept<T>(read: () => Promise<T>, forMs: number): Kept<T> {
  let known: { readonly value: T; readonly at: Date } | undefined;
  let reading: Promise<T> | undefined;
  let againFrom: number | undefined;
  const readOnce = (now: Date): Promise<T> => {
    reading ??= read()
      .then((value) => {
        known = { value, at: now };
        return value;
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  return {
    async get(now) {
      if (known !== undefined && Math.abs(now.getTime() - known.at.getTime()) < forMs) {
        return known.value;
      }
      return readOnce(now);
    },
    async again(now, atLeastMs) {
      if (againFrom !== undefined && now.getTime() < againFrom) return undefined;
      againFrom = now.getTime() + atLeastMs;
      return readOnce(now);
    },
  };
}
