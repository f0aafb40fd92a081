// Does together what is asked for at the same time: a lone call waits for nobody, many share a round trip.

export type BatchLimits = {
  /** Of one batch. */
  readonly itemsMax: number;
  /** Batches under way; while there are so many, calls gather for the next. */
  readonly atOnce: number;
  /** What fails together is tried again one by one, so that nobody fails by another's fault. */
  readonly againAlone?: boolean;
};

type Waiting<T, R> = { readonly item: T; readonly answer: PromiseWithResolvers<R> };

/** `run` answers every item of a batch, in order; when it throws, every call of the batch does. */
export function batches<T, R>(
  { itemsMax, atOnce, againAlone = false }: BatchLimits,
  run: (items: readonly T[]) => Promise<readonly R[]>,
): (item: T) => Promise<R> {
  const waiting: Waiting<T, R>[] = [];
  let underWay = 0;
  let due = false;

  async function runNext(): Promise<void> {
    const batch = waiting.splice(0, itemsMax);
    underWay += 1;
    await together(batch);
    underWay -= 1;
    schedule();
  }

  async function together(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const answers = await run(batch.map(({ item }) => item));
      if (answers.length !== batch.length) throw new RangeError('A batch answers every item.');
      for (const [index, given] of answers.entries()) batch[index]?.answer.resolve(given);
    } catch (error) {
      if (againAlone && batch.length > 1) {
        for (const one of batch) await together([one]);
      } else {
        for (const { answer } of batch) answer.reject(error);
      }
    }
  }

  function schedule(): void {
    if (due || waiting.length === 0 || underWay >= atOnce) return;
    due = true;
    // Whatever else arrived in this turn of the event loop comes along.
    setImmediate(() => {
      due = false;
      void runNext();
      schedule();
    });
  }

  return (item) => {
    const answer = Promise.withResolvers<R>();
    waiting.push({ item, answer });
    schedule();
    return answer.promise;
  };
}
