// The settings of secret links: how long they may last and how much they may keep.
import { z } from 'zod';

export type SecretLinkConfig = {
  readonly hours: number;
  readonly hoursMax: number;
  readonly fileBytesMax: number;
  readonly senderBytesMax: number;
  readonly hubBytesMax: number;
};

export function about<T extends z.ZodType>(meaning: string, fallback: string, check: T): T {
  return check.meta({ meaning, fallback });
}

export const secretLinkSettings = {
  SUNDOG_SECRET_LINK_HOURS: about(
    'How many hours a secret link lasts when its sender does not say.',
    '168, a week',
    whole(1, 87_600).default(168),
  ),
  SUNDOG_SECRET_LINK_HOURS_MAX: about(
    'How many hours a secret link may last at most.',
    '720, thirty days',
    whole(1, 87_600).default(720),
  ),
  SUNDOG_SECRET_FILE_MB: about(
    'The largest file a secret link carries, in MB.',
    '25',
    whole(0, 1_024).default(25),
  ),
  SUNDOG_SECRET_SENDER_MB: about(
    'What all secret links of one sender may keep together, in MB.',
    '250',
    whole(1, 1_000_000).default(250),
  ),
  SUNDOG_SECRET_TOTAL_MB: about(
    'What all secret links may keep together, in MB.',
    '5000',
    whole(1, 10_000_000).default(5_000),
  ),
} as const;

const megabyte = 1024 * 1024;

/** A default that is longer than the most is the most. */
export function secretLinkConfig(
  data: z.output<z.ZodObject<typeof secretLinkSettings>>,
): SecretLinkConfig {
  const hoursMax = data.SUNDOG_SECRET_LINK_HOURS_MAX;
  return {
    hours: Math.min(data.SUNDOG_SECRET_LINK_HOURS, hoursMax),
    hoursMax,
    fileBytesMax: data.SUNDOG_SECRET_FILE_MB * megabyte,
    senderBytesMax: data.SUNDOG_SECRET_SENDER_MB * megabyte,
    hubBytesMax: data.SUNDOG_SECRET_TOTAL_MB * megabyte,
  };
}

function whole(min: number, max: number) {
  const wanted = `it is not a number from ${min} to ${max}`;
  return z
    .string()
    .trim()
    .regex(/^\d{1,9}$/, wanted)
    .transform(Number)
    .refine((number) => number >= min && number <= max, wanted);
}
