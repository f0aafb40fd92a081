// Times as SAML writes them (core §1.3.3): xs:dateTime in UTC, with its Z.

const form = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,9})?Z$/;

/** Undefined for anything else, and for days that no calendar has. */
export function instantOf(text: string | undefined): Date | undefined {
  const match = form.exec(text ?? '');
  if (match === null) return undefined;
  const [, seconds = '', fraction = '.0'] = match;
  const date = new Date(`${seconds}.${fraction.slice(1, 4).padEnd(3, '0')}Z`);
  return Number.isNaN(date.getTime()) || !date.toISOString().startsWith(seconds) ? undefined : date;
}

type Clock = { readonly now: Date; readonly clockSkewMs: number };

export function isPast(instant: Date, { now, clockSkewMs }: Clock): boolean {
  return instant.getTime() + clockSkewMs <= now.getTime();
}

export function isFuture(instant: Date, { now, clockSkewMs }: Clock): boolean {
  return instant.getTime() - clockSkewMs > now.getTime();
}
