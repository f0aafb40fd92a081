// How acting as somebody else is spelt: Halo's ImpersonationRequest, and /v1.
import { z } from 'zod';
import { impersonationLimits } from '#domain/impersonation.ts';
import { answered, halo, warning } from '#http/halo/members.ts';
import { haloModel } from '#http/halo/model.ts';

const members = {
  irid: answered(halo.int),
  requestor: answered(halo.int, 'The agent who asks: from the sign-in, whatever is posted.'),
  agent: halo.int.nullable(),
  user: halo.int.nullable(),
  timestamp: answered(halo.time.nullable()),
  enc_id: answered(halo.int.nullable(), 'Always null: of the token a hash alone is kept.'),
  token_used: answered(halo.bool.nullable()),
  used_timestamp: answered(halo.time.nullable()),
  jwt: answered(halo.text.nullable(), 'The one-time token, in the answer to the POST alone.'),
  _warning: warning,
} as const;

export const ImpersonationRequest = haloModel('ImpersonationRequest', members);

/** Halo has no word for why; the hub does not do without one. */
export const NewImpersonationRequest = haloModel('NewImpersonationRequest', {
  agent: members.agent,
  user: members.user,
  reason: halo.text.nullable(),
});

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
