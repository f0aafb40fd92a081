// Times as the desk's queries spell them: the way of #http/halo/time.ts, in SQL.

/** to_json leaves out a fraction that is nothing. */
export function haloTimeSql(expression: string): string {
  return `(to_json(date_trunc('milliseconds', ${expression} at time zone 'UTC')) #>> '{}')`;
}
