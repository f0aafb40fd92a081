// disable-account closes the account of somebody whom the source calls a leaver; absence alone never does.
import { z } from 'zod';
import { Criteria, criteriaSentence, holds } from '#domain/criteria.ts';
import { nothing, type Planned, type Subject } from '#domain/subject.ts';
import { action } from './action.ts';
import { changeOf, noteOf, synced } from './change-of.ts';

const name = 'disable-account';

export const disableAccount = action({
  name,
  title: 'Disable account',
  description:
    'Disables the account of a person for whom the criteria hold. Every other step leaves such a person alone.',
  input: z.object({
    when: Criteria.describe('Who has left, such as: inactive is true'),
  }),
  sentence: ({ when }) => `disables accounts when ${criteriaSentence(when)}`,
  plan({ when }, subject): Planned {
    const { account, link, record, now } = subject;
    if (account === undefined || !account.enabled) return nothing;
    if (!holds(when, record.columns, now)) return nothing;
    if (subject.origin !== undefined) return synced(subject, subject.origin);
    if (link?.origin === 'directory') {
      const person = record.name;
      return { changes: [], notes: [noteOf(subject, 'account.from-directory', { person })] };
    }
    return { changes: [disabling(when, subject)], notes: [] };
  },
});

function disabling(when: Criteria, subject: Subject) {
  return changeOf(subject, {
    action: name,
    kind: 'disable',
    before: { enabled: ['true'] },
    after: { enabled: ['false'] },
    because: [`${criteriaSentence(when)} in ${subject.source}`],
  });
}
