// How far back a guard counts what was done already.
export const lastDayMs = 24 * 60 * 60_000;
