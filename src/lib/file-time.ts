// Windows' way to say when: tenths of microseconds since 1601, in decimal (MS-DTYP §2.3.3).

const epochMs = 11_644_473_600_000n;

/** The text must be digits; what lies beyond a Date's reach becomes an invalid one. */
export function dateOfFileTime(text: string): Date {
  return new Date(Number(BigInt(text) / 10_000n - epochMs));
}

export function fileTime(date: Date): string {
  return String((BigInt(date.getTime()) + epochMs) * 10_000n);
}
