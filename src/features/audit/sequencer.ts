// Chains what was committed, every second, in every process; and raises an alarm when that does not work.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Notice } from '#domain/notice.ts';
import type { Clock } from '#lib/clock.ts';
import type { Log } from '#lib/log.ts';
import { chainOldest } from '#store/audit-chain.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { unchainedMsMax, waitsTooLong } from './state.ts';

export type SequencerPorts = {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  readonly notify: (tx: Tx, notice: Notice) => Promise<void>;
};

const limits = {
  tickMs: 1_000,
  /** In one transaction; while there are more, the next follows at once. */
  batch: 5_000,
  /** The alarm is repeated so often in the log. */
  againMs: 60_000,
} as const;

/** Works until it is disposed. Two of them take turns: the database lets one chain at a time. */
export function startSequencer(ports: SequencerPorts): AsyncDisposable {
  const stopping = new AbortController();
  const work = run(ports, stopping.signal);
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await work;
    },
  };
}

async function run(ports: SequencerPorts, signal: AbortSignal): Promise<void> {
  let alarmedMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const failure = await tick(ports, signal);
    const late = await waitsTooLong(ports.db).catch(() => failure !== undefined);
    const nowMs = performance.now();
    if (late && nowMs - alarmedMs > limits.againMs && !signal.aborted) {
      alarmedMs = nowMs;
      await alarm(ports, failure);
    }
    await sleep(limits.tickMs, undefined, { signal }).catch(() => {});
  }
}

async function tick({ db }: SequencerPorts, signal: AbortSignal): Promise<unknown> {
  try {
    while ((await chainOldest(db, limits.batch)) === limits.batch && !signal.aborted);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Told once an hour; what cannot be told because the database is gone stands in the log. */
async function alarm({ db, log, clock, notify }: SequencerPorts, error: unknown): Promise<void> {
  const seconds = unchainedMsMax / 1000;
  const sentence = `Entries of the audit trail have waited for more than ${seconds} seconds to be chained; reveals and resets are refused until they are.`;
  log.error(sentence, { error });
  const hour = clock().toISOString().slice(0, 13);
  const notice: Notice = {
    event: 'audit.stalled',
    key: `audit.stalled:${hour}`,
    clientId: null,
    title: 'The audit trail is not being chained',
    sentence,
    path: '/audit',
  };
  await inTransaction(db, (tx) => notify(tx, notice)).catch((failed: unknown) =>
    log.error('The alarm about the audit trail could not be sent', { error: failed }),
  );
}
