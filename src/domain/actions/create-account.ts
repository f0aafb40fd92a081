// create-account gives a person an account, and opens again one that we closed when they had left.
import { z } from 'zod';
import { nothing } from '#domain/subject.ts';
import { action } from './action.ts';

export const createAccount = action({
  name: 'create-account',
  title: 'Create account',
  description:
    'Creates an account for a person who has none, with a generated password to be changed at first ' +
    'logon. Before the start date it is disabled. Someone who comes back gets their own account back.',
  input: z.object({
    mustChangePassword: z
      .boolean()
      .default(true)
      .describe('The password must be changed at the first logon'),
  }),
  sentence: () => 'creates accounts',
  plan: () => nothing,
});
