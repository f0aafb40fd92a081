// add-to-groups makes a person a member of the groups that the rules name; it takes nobody out of one.
import { z } from 'zod';
import { Criteria, everybody } from '#domain/criteria.ts';
import { nothing } from '#domain/subject.ts';
import { action } from './action.ts';

export const addToGroups = action({
  name: 'add-to-groups',
  title: 'Add to groups',
  description:
    'Adds the account to groups, by rules. A group may be named with macros: %department%.',
  input: z.object({
    rules: z
      .array(
        z.object({
          name: z.string().min(1).max(200).describe('How a reason names this rule'),
          when: Criteria.default(everybody).describe('For whom it holds'),
          groups: z
            .array(z.string().min(1).max(1000))
            .min(1)
            .max(100)
            .describe('Names or DNs of groups; macros may stand in them'),
        }),
      )
      .min(1)
      .max(100),
  }),
  sentence: ({ rules }) =>
    `adds them to groups by ${rules.length === 1 ? 'one rule' : `${rules.length} rules`}`,
  plan: () => nothing,
});
