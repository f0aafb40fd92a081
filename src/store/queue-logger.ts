// What graphile-worker says, in our log; it never sees payloads there.
import { Logger } from 'graphile-worker';
import { type Log, silentLog } from '#lib/log.ts';

export function queueLogger(log: Log = silentLog): Logger {
  return new Logger(() => (level, message, meta) => {
    const fields = { queue: true, error: errorIn(meta) };
    if (level === 'error') log.error(message, fields);
    else if (level === 'warning') log.warn(message, fields);
    else log.debug(message, fields);
  });
}

function errorIn(meta: unknown): unknown {
  return typeof meta === 'object' && meta !== null && 'error' in meta ? meta.error : undefined;
}
