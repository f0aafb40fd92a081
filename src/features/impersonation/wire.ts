// How acting as somebody else is spelt in /v1; the console reads these too.
import { z } from 'zod';
import { impersonationLimits } from '#domain/impersonation.ts';

const { min, max } = impersonationLimits.reasonLength;

export const Reason = z
  .string()
  .trim()
  .min(min)
  .max(max)
  .regex(/^[^\p{Cc}]*$/u);

export const TokenWire = z.object({ token: z.string().min(1).max(4_000) });

export const BecameWire = z.object({ name: z.string(), endsAt: z.iso.datetime() });

const Switches = z.object({ allowed: z.boolean(), told: z.boolean() });
const ChangedSwitches = z.strictObject({
  allowed: z.boolean().optional(),
  told: z.boolean().optional(),
});

export const SettingsWire = z
  .object({
    agents: Switches.extend({ may: z.boolean() }),
    users: Switches.extend({ may: z.boolean() }),
  })
  .meta({
    id: 'ImpersonationSettings',
    description:
      '`allowed`: whether anybody acts as these at all. `told`: whether those are told. `may`: whether who asks holds the right.',
  });

export const SettingsChangeWire = z.strictObject({
  agents: ChangedSwitches.optional(),
  users: ChangedSwitches.optional(),
});

const whoever = z.object({ kind: z.enum(['agent', 'user']), id: z.int32(), name: z.string() });

export const ImpersonationWire = z
  .object({
    id: z.int32(),
    by: whoever,
    target: whoever,
    reason: z.string(),
    startedAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    endedBecause: z.string().nullable(),
  })
  .meta({ id: 'Impersonation' });

export const ImpersonationsWire = z.object({
  items: z.array(ImpersonationWire),
  next: z.string().nullable(),
});
