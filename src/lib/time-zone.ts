// Local time in a named zone, by the rules the platform knows (IANA); clock changes included.

export type LocalTime = {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
};

const dayMs = 86_400_000;

/** Making a formatter costs more than a thousand uses of it; zones are few and never change. */
const formatters = new Map<string, Intl.DateTimeFormat>();

export function isTimeZone(zone: string): boolean {
  try {
    formatter(zone);
    return true;
  } catch {
    return false;
  }
}

/**
 * The instant of a local time. An hour that the clock skips counts by the offset before it (so it falls after the
 * gap), an hour that comes twice is its first: as RFC 5545 §3.3.5 has it.
 */
export function instantOf(local: LocalTime, zone: string): Date {
  const asUtc = Date.UTC(local.year, local.month - 1, local.day, local.hour);
  const before = offsetMs(asUtc - dayMs, zone);
  const after = offsetMs(asUtc + dayMs, zone);
  const fitting = [asUtc - before, asUtc - after].filter(
    (instant) => instant + offsetMs(instant, zone) === asUtc,
  );
  return new Date(fitting.length === 0 ? asUtc - before : Math.min(...fitting));
}

/** "Monday, 3 March 2025 at 07:00" there. */
export function localWords(instant: Date, zone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    dateStyle: 'full',
    timeStyle: 'short',
  }).format(instant);
}

/** How far the zone's clocks are ahead of UTC at an instant. */
function offsetMs(instant: number, zone: string): number {
  const parts = formatter(zone).formatToParts(instant);
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((one) => one.type === type)?.value);
  const asUtc = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return asUtc - Math.floor(instant / 1000) * 1000;
}

function formatter(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(zone, made);
  return made;
}
