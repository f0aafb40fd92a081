// A start date is a day in a place: before it begins there, a new account stays disabled.

import { z } from 'zod';
import { own } from '#lib/own.ts';
import { instantOf, isTimeZone, localWords } from '#lib/time-zone.ts';
import type { Cell } from './record.ts';

const TimeZone = z.string().refine(isTimeZone, { error: 'a time zone such as Europe/Lisbon' });

export const StartDate = z.object({
  column: z.string().min(1),
  timeZone: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('fixed'), zone: TimeZone }),
    z.object({
      kind: z.literal('by-column'),
      column: z.string().min(1),
      zones: z.record(z.string(), TimeZone),
      otherwise: TimeZone,
    }),
  ]),
  /** The hour of the day, there, at which the account opens. */
  hour: z.int().min(0).max(23).default(0),
});
export type StartDate = z.infer<typeof StartDate>;

export type Start = {
  readonly at: Date;
  /** "Monday, 3 March 2025 at 07:00 (Europe/Lisbon)" */
  readonly words: string;
};

/** When a person starts, or nothing when the source names no day. */
export function startOf(
  startDate: StartDate | null,
  columns: Readonly<Record<string, Cell>>,
): Start | undefined {
  const cell = startDate === null ? null : (own(columns, startDate.column) ?? null);
  if (startDate === null || typeof cell !== 'string') return undefined;
  // The day as the source writes it: "2025-03-03T00:00:00Z" means the 3rd of March wherever the person works.
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})/.exec(cell) ?? [];
  if (year === undefined) return undefined;
  const zone = zoneOf(startDate, columns);
  const at = instantOf(
    { year: Number(year), month: Number(month), day: Number(day), hour: startDate.hour },
    zone,
  );
  return { at, words: `${localWords(at, zone)} (${zone})` };
}

function zoneOf({ timeZone }: StartDate, columns: Readonly<Record<string, Cell>>): string {
  if (timeZone.kind === 'fixed') return timeZone.zone;
  const value = own(columns, timeZone.column);
  const zone = typeof value === 'string' ? own(timeZone.zones, value.trim()) : undefined;
  return zone ?? timeZone.otherwise;
}
