// When a crontab line is next due, in a time zone: minute, hour, day of month, month, day of week.
import { instantOf } from './time-zone.ts';

export type Cron = {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** Sunday is 0. */
  readonly weekdays: ReadonlySet<number>;
  /** As cron has it: when both are restricted, one of day and weekday is enough. */
  readonly eitherDay: boolean;
};

const dayMs = 86_400_000;
/** 29 February comes within eight years, across a century that is no leap year. */
const daysMax = 8 * 366 + 1;

/** The five fields, or nothing when they cannot be read. */
export function parseCron(text: string): Cron | undefined {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  const minutes = parseField(minute, 0, 59);
  const hours = parseField(hour, 0, 23);
  const days = parseField(day, 1, 31);
  const months = parseField(month, 1, 12);
  const week = parseField(weekday, 0, 7);
  if (!minutes || !hours || !days || !months || !week) return undefined;
  const weekdays = new Set([...week].map((one) => one % 7));
  const eitherDay = !day.startsWith('*') && !weekday.startsWith('*');
  return { minutes, hours, days, months, weekdays, eitherDay };
}

/** The first time after the given one; nothing when there is none, as on 30 February. */
export function nextTime(cron: Cron, zone: string, after: Date): Date | undefined {
  // A day early, so that no zone's today is missed.
  const first = Math.floor(after.getTime() / dayMs) - 1;
  for (let at = first; at < first + daysMax; at += 1) {
    const date = new Date(at * dayMs);
    if (!isDay(cron, date)) continue;
    const found = timesOf(cron, zone, date).find((time) => time > after);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isDay({ days, months, weekdays, eitherDay }: Cron, date: Date): boolean {
  if (!months.has(date.getUTCMonth() + 1)) return false;
  const day = days.has(date.getUTCDate());
  const weekday = weekdays.has(date.getUTCDay());
  return eitherDay ? day || weekday : day && weekday;
}

function timesOf({ hours, minutes }: Cron, zone: string, date: Date): Date[] {
  const day = {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
  };
  return [...hours]
    .flatMap((hour) => {
      const full = instantOf({ ...day, hour }, zone).getTime();
      return [...minutes].map((minute) => full + minute * 60_000);
    })
    .toSorted((one, other) => one - other)
    .map((time) => new Date(time));
}

function parseField(text: string, least: number, most: number): Set<number> | undefined {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [, range, from, to, step] =
      /^(\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    if (range === undefined) return undefined;
    const start = from === undefined ? least : Number(from);
    const single = from !== undefined && to === undefined && step === undefined;
    const end = to !== undefined ? Number(to) : single ? start : most;
    const every = step === undefined ? 1 : Number(step);
    if (start < least || end > most || start > end || every < 1) return undefined;
    for (let value = start; value <= end; value += every) values.add(value);
  }
  return values;
}
