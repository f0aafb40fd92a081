// How long ago or ahead a time is, as people say it; pure, so that tests can read it.
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

export function spoken(differenceMs: number): string {
  const step = steps.find(([, lengthMs]) => Math.abs(differenceMs) >= lengthMs);
  if (step === undefined) return 'just now';
  return relative.format(Math.round(differenceMs / step[1]), step[0]);
}
