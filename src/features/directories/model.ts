// A directory sync as administrators keep it: its settings, what of Halo's words is kept, and when it is next due.
import { z } from 'zod';
import type { LdapSettings } from '#domain/connection.ts';
import { refuse } from '#domain/problem.ts';
import { type Sync, SyncSettings } from '#domain/sync/settings.ts';
import { nextTime, parseCron } from '#lib/cron.ts';

const line = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, { error: 'must be one line' });

/** A mapping to a field that this desk has not: kept as it was given, and it does nothing. */
const UnknownMapping = z.strictObject({
  id: z.int().min(1),
  target: z.enum(['user', 'agent', 'new-user']),
  from: line(4_000),
  field: line(4_000),
});

/** Members of Halo's LDAPConnection that are kept as they were given; docs/directory-sync.md says of each why. */
export const HaloKept = z.strictObject({
  connectionType: line(20).default(''),
  domainName: line(255).default(''),
  /** As it was entered; the connection has the name that the directory is told. */
  username: line(500).default(''),
  useAdAuthentication: z.int32().default(0),
  external: z.boolean().default(false),
  batch: z.int32().default(1),
  ipAddress: line(50).default(''),
  allowedClientIds: line(4_000).default(''),
  unknownMappings: z.array(UnknownMapping).max(500).default([]),
});
export type HaloKept = z.output<typeof HaloKept>;

export type DirectorySync = Sync & {
  readonly halo: HaloKept;
  /** Whether its schedule runs; by hand it may be run all the same. */
  readonly active: boolean;
  readonly nextAt: Date | null;
  readonly lastWholeAt: Date | null;
  readonly lastSyncedAt: Date | null;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** The directory's connection, as far as a sync speaks of it. */
export type DirectoryConnection = {
  readonly id: string;
  readonly name: string;
  readonly clientId: number | null;
  readonly lab: boolean;
  readonly settings: LdapSettings;
  readonly hasSecret: boolean;
  readonly version: number;
  /** What an administrator should know of it, in sentences. */
  readonly warnings: readonly string[];
};

/** Settings, or a refusal that names what does not fit. */
export function parseSettings(settings: unknown): SyncSettings {
  return parsedAs(SyncSettings, settings);
}

export function parseKept(kept: unknown): HaloKept {
  return parsedAs(HaloKept, kept);
}

function parsedAs<S extends z.ZodType>(schema: S, given: unknown): z.output<S> {
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const reason = parsed.error.issues
      .map(({ path, message }) => `${path.join('.')}: ${message}`)
      .join('; ');
    refuse('request.invalid', { reason });
  }
  return parsed.data;
}

/** When it is next due; never while it is inactive or runs by hand alone. */
export function nextDue(
  { active, settings }: Pick<DirectorySync, 'active' | 'settings'>,
  now: Date,
): Date | null {
  const { schedule } = settings;
  if (!active || schedule === null) return null;
  if ('everyMinutes' in schedule) return new Date(now.getTime() + schedule.everyMinutes * 60_000);
  const cron = parseCron(schedule.cron);
  return (cron && nextTime(cron, 'UTC', now)) ?? null;
}
