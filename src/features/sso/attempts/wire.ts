// How attempts are spelt: in Halo's dialect, whose names of them are ours, and in /v1; the console reads the latter.
import { z } from 'zod';
import { attemptStatuses, entities, purposes } from '#features/sso/model.ts';
import { answered, coded, halo } from '#http/halo/members.ts';
import { haloModel } from '#http/halo/model.ts';
import { pageOf } from '#http/page.ts';

/** Halo declares the endpoint and no component: one name for each column of its table (halo-api.md 2.8). */
export const SingleSignOnAttempt = haloModel('SingleSignOnAttempt', {
  id: answered(halo.int64),
  app_id: answered(halo.int),
  app_name: answered(halo.text.nullable()),
  date: answered(halo.time),
  ip: answered(halo.text.nullable()),
  subject: answered(halo.text.nullable(), 'Its beginning: enough to compare.'),
  user_info: answered(halo.text.nullable()),
  status: answered(coded('SingleSignOnAttemptStatus')),
  result: answered(halo.text.nullable()),
  failed_check: answered(halo.text.nullable(), 'The check that refused, by its name in /v1.'),
});

const whoever = z.object({ kind: z.enum(entities), id: z.int(), name: z.string().nullable() });

const attemptShape = {
  id: z.int(),
  application: z.object({ id: z.int(), guid: z.string(), name: z.string() }),
  at: z.iso.datetime(),
  address: z.string().nullable(),
  purpose: z.enum(purposes),
  status: z.enum(attemptStatuses),
  owner: whoever.nullable(),
  userInfo: z.string().nullable(),
  failedCheck: z.string().nullable(),
  result: z.string(),
  /** Whether the identity was proven, so that it can be linked to a person from here. */
  proven: z.boolean(),
};

export const SsoAttemptWire = z.object(attemptShape).meta({ id: 'SsoAttempt' });
export type SsoAttemptWire = z.output<typeof SsoAttemptWire>;

export const SsoAttemptsWire = pageOf(SsoAttemptWire);

const StepWire = z.object({
  check: z.string(),
  verdict: z.enum(['passed', 'failed']),
  /** What is asked; null for a check of an earlier version. */
  asks: z.string().nullable(),
  /** Of one that failed: what was wrong, and what an administrator does about it. */
  because: z.string().nullable(),
  mend: z.string().nullable(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type StepWire = z.output<typeof StepWire>;

export const SsoAttemptDetailWire = z
  .object({ ...attemptShape, steps: z.array(StepWire) })
  .meta({ id: 'SsoAttemptDetail' });
export type SsoAttemptDetailWire = z.output<typeof SsoAttemptDetailWire>;

export const SsoTallyWire = z
  .object({
    since: z.iso.datetime(),
    statuses: z.partialRecord(z.enum(attemptStatuses), z.int()),
    checks: z.array(z.object({ check: z.string(), asks: z.string().nullable(), count: z.int() })),
  })
  .meta({ id: 'SsoAttemptTally' });
