// Waiting is an argument, as time is: what pauses takes a Wait, so that a test need not sit it out.
import { setTimeout as pause } from 'node:timers/promises';

/** Resolves after so many milliseconds; rejects at once when the signal aborts. */
export type Wait = (ms: number, signal?: AbortSignal) => Promise<void>;

export const systemWait: Wait = async (ms, signal) => {
  await pause(ms, undefined, signal === undefined ? {} : { signal });
};
