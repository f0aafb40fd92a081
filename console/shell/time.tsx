// A time as people say it, with the exact one on hover, in the reader's zone.
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

export function Time({ at }: { readonly at: string }) {
  const date = new Date(at);
  return (
    <time dateTime={at} title={date.toLocaleString()}>
      {spoken(date.getTime() - Date.now())}
    </time>
  );
}

function spoken(differenceMs: number): string {
  const step = steps.find(([, lengthMs]) => Math.abs(differenceMs) >= lengthMs);
  if (step === undefined) return 'just now';
  return relative.format(Math.round(differenceMs / step[1]), step[0]);
}
