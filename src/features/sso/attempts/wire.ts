// How attempts are spelt: in Halo's dialect, whose names of them are ours, and in /v1; the console reads the latter.
import { z } from 'zod';
import { haloCodes } from '#domain/halo-codes.ts';
import { checkNamed } from '#domain/sso/checks.ts';
import { redact } from '#domain/sso/redact.ts';
import type { Step } from '#domain/sso/trace.ts';
import { type AttemptStatus, attemptStatuses } from '#features/sso/attempts.ts';
import { entities } from '#features/sso/model.ts';
import { purposes } from '#features/sso/transactions.ts';
import { answered, coded, halo } from '#http/halo/members.ts';
import { haloModel } from '#http/halo/model.ts';
import { haloTime } from '#http/halo/time.ts';
import { pageOf } from '#http/page.ts';
import type { Attempt } from './queries.ts';

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

const codes: Readonly<Record<AttemptStatus, number>> = {
  'signed-in': 0,
  refused: 1,
  failed: 2,
  tested: 3,
  'signed-out': 4,
  linked: 5,
};

export const statusCodes: readonly number[] = haloCodes.SingleSignOnAttemptStatus.codes.map(
  ({ code }) => code,
);

export function statusOf(code: number): AttemptStatus | undefined {
  return attemptStatuses.find((status) => codes[status] === code);
}

export function attemptToHalo(attempt: Attempt) {
  return {
    id: attempt.id,
    app_id: attempt.application.id,
    app_name: attempt.application.name,
    date: haloTime(attempt.at),
    ip: attempt.address,
    subject: attempt.identity === undefined ? null : redact(attempt.identity.subject),
    user_info: attempt.userInfo,
    status: codes[attempt.status],
    result: attempt.result,
    failed_check: attempt.failedCheck,
  };
}

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

export function attemptWire(attempt: Attempt) {
  const { identity, owner, steps: _, ...told } = attempt;
  return { ...told, owner: owner ?? null, proven: identity !== undefined };
}

export function attemptDetailWire(attempt: Attempt) {
  return { ...attemptWire(attempt), steps: attempt.steps.map(stepWire) };
}

function stepWire({ check, verdict, because, facts }: Step) {
  const row = checkNamed(check);
  return {
    ...{ check, verdict },
    asks: row?.asks ?? null,
    because: because ?? null,
    mend: verdict === 'failed' ? (row?.mend ?? null) : null,
    facts: facts ?? {},
  };
}
