// Attempts as both dialects tell them: wire.ts has the shapes.
import { haloCodes } from '#domain/halo-codes.ts';
import { checkNamed } from '#domain/sso/checks.ts';
import { redact } from '#domain/sso/redact.ts';
import type { Step } from '#domain/sso/trace.ts';
import { type AttemptStatus, attemptStatuses } from '#features/sso/model.ts';
import { haloTime } from '#http/halo/time.ts';
import type { Attempt } from './queries.ts';

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
