// Reads Retry-After: RFC 9110 §10.2.3 has seconds, or a date.

/** How many milliseconds to wait; undefined where the header is absent or says neither. */
export function retryAfterMs(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
