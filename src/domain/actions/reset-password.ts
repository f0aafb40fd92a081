// reset-password gives a person a new password in the place of one they have lost, and once for each request.
import { z } from 'zod';
import type { Change } from '#domain/change.ts';
import { Criteria, criteriaSentence, holds } from '#domain/criteria.ts';
import { ColumnName } from '#domain/endpoint.ts';
import { obstacleTo, ResetRules } from '#domain/reset.ts';
import { nothing, type Planned, type Subject } from '#domain/subject.ts';
import { dateOfFileTime } from '#lib/file-time.ts';
import { own } from '#lib/own.ts';
import { action } from './action.ts';
import { changeOf, noteOf } from './change-of.ts';

const name = 'reset-password';

export const resetPassword = action({
  name,
  title: 'Reset password',
  description:
    'Gives the account a new, generated password, which is revealed once. Each request is met once: what ' +
    'was set after it was made is not set again. Privileged accounts and service accounts are left alone.',
  input: z.object({
    when: Criteria.describe('For whom, such as: request is "reset password"'),
    requestedAt: ColumnName.describe('The column with the time of the request'),
    mustChangePassword: z
      .boolean()
      .default(true)
      .describe('The password must be changed at the next logon'),
    ...ResetRules.shape,
  }),
  sentence: ({ when }) => `resets passwords when ${criteriaSentence(when)}`,
  plan({ when, requestedAt, mustChangePassword, serviceNames }, subject): Planned {
    const { account, record, leaving, now } = subject;
    if (account === undefined || leaving || !holds(when, record.columns, now)) return nothing;
    const asked = timeIn(own(record.columns, requestedAt));
    if (asked === undefined) {
      const values = { person: record.name, column: requestedAt };
      return { changes: [], notes: [noteOf(subject, 'reset.undated', values)] };
    }
    const rules = { serviceNames };
    // Whether it is privileged is asked of the directory, for every action alike.
    const obstacle = obstacleTo(account, record.name, { isProtected: false, rules }, now);
    if (obstacle !== undefined) {
      return { changes: [], notes: [noteOf(subject, obstacle.code, obstacle.values)] };
    }
    if (isMet(subject, asked)) return nothing;
    const change = resetChange(subject, {
      password: 'generated',
      mustChangePassword,
      rules,
      because: [`${criteriaSentence(when)} in ${subject.source}, since ${asked.toISOString()}`],
    });
    return { changes: [change], notes: [] };
  },
});

/** The change itself, for an automation and for self-service alike. */
export function resetChange(
  subject: Subject,
  asked: {
    readonly password: 'chosen' | 'generated';
    readonly mustChangePassword: boolean;
    readonly rules: ResetRules;
    readonly because: readonly string[];
  },
): Change {
  const before = subject.account?.attributes.pwdLastSet ?? [];
  const { password, mustChangePassword, rules, because } = asked;
  return changeOf(subject, {
    action: name,
    kind: 'reset-password',
    before: { pwdLastSet: before },
    after: mustChangePassword ? { pwdLastSet: ['0'] } : {},
    because,
    mustChangePassword,
    reset: { password, rules },
    reversible: false,
    irreversibleBecause: 'Nobody knows the password there was before.',
  });
}

/** Set since it was asked for, or set and waiting to be changed: the request is met. */
function isMet({ account }: Subject, asked: Date): boolean {
  const set = account?.attributes.pwdLastSet?.[0] ?? '';
  return set === '0' || (/^\d+$/.test(set) && dateOfFileTime(set) >= asked);
}

function timeIn(cell: unknown): Date | undefined {
  const time = typeof cell === 'string' ? new Date(cell) : undefined;
  return time === undefined || Number.isNaN(time.getTime()) ? undefined : time;
}
