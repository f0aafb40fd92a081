// unlock-account lets somebody sign in again whose account too many wrong passwords have locked.
import { z } from 'zod';
import type { Change } from '#domain/change.ts';
import { Criteria, criteriaSentence, holds } from '#domain/criteria.ts';
import { isLocked, obstacleTo, ResetRules } from '#domain/reset.ts';
import { nothing, type Planned, type Subject } from '#domain/subject.ts';
import { action } from './action.ts';
import { changeOf, noteOf } from './change-of.ts';

const name = 'unlock-account';

export const unlockAccount = action({
  name,
  title: 'Unlock account',
  description:
    'Unlocks an account that too many wrong passwords have locked. An account that is not locked stays as it ' +
    'is. Privileged accounts and service accounts are left alone.',
  input: z.object({
    when: Criteria.describe('For whom, such as: request is "unlock"'),
    ...ResetRules.shape,
  }),
  sentence: ({ when }) => `unlocks accounts when ${criteriaSentence(when)}`,
  plan({ when, serviceNames }, subject): Planned {
    const { account, record, leaving, now } = subject;
    if (account === undefined || leaving || !holds(when, record.columns, now)) return nothing;
    if (!isLocked(account)) return nothing;
    const rules = { serviceNames };
    const obstacle = obstacleTo(account, record.name, { isProtected: false, rules }, now);
    if (obstacle !== undefined) {
      return { changes: [], notes: [noteOf(subject, obstacle.code, obstacle.values)] };
    }
    const because = [`${criteriaSentence(when)} in ${subject.source}`];
    return { changes: [unlockChange(subject, { rules, because })], notes: [] };
  },
});

/** The change itself; after a reset it waits for that one. */
export function unlockChange(
  subject: Subject,
  asked: {
    readonly rules: ResetRules;
    readonly because: readonly string[];
    readonly needs?: readonly string[];
  },
): Change {
  const { rules, because, needs = [] } = asked;
  return changeOf(subject, {
    action: name,
    kind: 'unlock',
    before: { lockoutTime: subject.account?.attributes.lockoutTime ?? [] },
    after: { lockoutTime: ['0'] },
    because,
    reset: { rules },
    needs,
    reversible: false,
    irreversibleBecause: 'Only wrong passwords lock an account.',
  });
}
