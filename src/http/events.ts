// Server-sent events: writes what an iterable yields until it ends, the reader goes or the hub closes.
import type { ServerResponse } from 'node:http';
import type { ServerEvent } from './route.ts';

/** After this the stream ends and the browser opens it again by itself. */
const streamMsMax = 60 * 60_000;

export type StreamOptions = {
  /** Aborted when the reader goes or the hub closes. */
  readonly signal: AbortSignal;
  /** Asked at every heartbeat: a session that ended takes its streams with it. */
  readonly stillAllowed: () => Promise<boolean>;
  readonly heartbeatMs: number;
};

export async function streamEvents(
  response: ServerResponse,
  events: AsyncIterable<ServerEvent>,
  options: StreamOptions,
): Promise<void> {
  const iterator = events[Symbol.asyncIterator]();
  const ended = Symbol('ended');
  const over = Promise.withResolvers<typeof ended>();
  const stop = () => over.resolve(ended);
  options.signal.addEventListener('abort', stop, { once: true });
  const timeout = setTimeout(stop, streamMsMax);
  const heartbeat = setInterval(() => {
    if (response.writableNeedDrain) return;
    response.write(': here\n\n');
    options.stillAllowed().then((allowed) => {
      if (!allowed) stop();
    }, stop);
  }, options.heartbeatMs);
  try {
    while (!options.signal.aborted) {
      const next = await Promise.race([iterator.next(), over.promise]);
      if (next === ended || next.done) return;
      const roomy = response.write(spelt(next.value));
      if (!roomy && (await Promise.race([drained(response), over.promise])) === ended) return;
    }
  } finally {
    clearTimeout(timeout);
    clearInterval(heartbeat);
    options.signal.removeEventListener('abort', stop);
    response.end();
    // Not awaited: an iterator that waits for its next value only returns once that has come.
    iterator.return?.().catch(() => {});
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.once('drain', resolve));
}

/** JSON has no line breaks of its own, so an event is always two lines and an empty one. */
function spelt(event: ServerEvent): string {
  const name = event.event.replaceAll(/[\r\n]/g, ' ');
  return `event: ${name}\ndata: ${JSON.stringify(event.data ?? null)}\n\n`;
}
