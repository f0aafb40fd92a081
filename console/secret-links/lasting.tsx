// How long a link lasts, in words people choose by.
import { NativeSelect } from '@mantine/core';

const choices = [
  { hours: 1, label: 'an hour' },
  { hours: 8, label: '8 hours' },
  { hours: 24, label: 'a day' },
  { hours: 72, label: '3 days' },
  { hours: 168, label: 'a week' },
  { hours: 336, label: '2 weeks' },
  { hours: 720, label: '30 days' },
] as const;

export function Lasting({
  hours,
  setHours,
  hoursMax,
}: {
  readonly hours: number;
  readonly setHours: (hours: number) => void;
  readonly hoursMax: number;
}) {
  const offered: { hours: number; label: string }[] = choices.filter(
    (choice) => choice.hours <= hoursMax,
  );
  if (!offered.some((choice) => choice.hours === hours)) {
    offered.push({ hours, label: `${hours} hours` });
  }
  return (
    <NativeSelect
      label="Lasts"
      description="and is then destroyed, read or not."
      data={offered.map((choice) => ({ value: String(choice.hours), label: choice.label }))}
      value={String(hours)}
      onChange={(event) => setHours(Number(event.currentTarget.value))}
    />
  );
}
