// disable-account closes the account of somebody whom the source calls a leaver; absence alone never does.
import { z } from 'zod';
import { Criteria, criteriaSentence } from '#domain/criteria.ts';
import { nothing } from '#domain/subject.ts';
import { action } from './action.ts';

export const disableAccount = action({
  name: 'disable-account',
  title: 'Disable account',
  description:
    'Disables the account of a person for whom the criteria hold. Every other step leaves such a person alone.',
  input: z.object({
    when: Criteria.describe('Who has left, such as: inactive is true'),
  }),
  sentence: ({ when }) => `disables accounts when ${criteriaSentence(when)}`,
  plan: () => nothing,
});
