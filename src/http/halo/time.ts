// Halo writes times in UTC without an offset: 2026-06-16T09:30:00, with a fraction only where there is one.

const spelling = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/i;

/** A time as people and programs send it: with Z or an offset, or without one and then in UTC. */
export function readTime(text: string): Date | undefined {
  if (!spelling.test(text)) return undefined;
  const hasClock = text.includes('T') || text.includes('t');
  const hasOffset = hasClock && /(Z|[+-]\d{2}:\d{2})$/i.test(text);
  const time = new Date(hasOffset ? text : `${text}${hasClock ? '' : 'T00:00:00'}Z`);
  return Number.isNaN(time.getTime()) || !sameDay(text, time, hasOffset) ? undefined : time;
}

export function haloTime(time: Date): string {
  return time
    .toISOString()
    .slice(0, -1)
    .replace(/\.?0+$/, '');
}

/** The same, or null where there is no time. */
export function haloTimeOrNull(time: Date | null | undefined): string | null {
  return time === null || time === undefined ? null : haloTime(time);
}

/** JavaScript takes 31 February for 3 March; nobody means that. */
function sameDay(text: string, time: Date, hasOffset: boolean): boolean {
  return hasOffset || time.toISOString().startsWith(text.slice(0, 10));
}
