// modify-account makes an account's attributes what the mapping says they shall be.
import { z } from 'zod';
import { nothing } from '#domain/subject.ts';
import { action } from './action.ts';

export const modifyAccount = action({
  name: 'modify-account',
  title: 'Modify account',
  description:
    'Writes the attributes of the mapping that differ. An attribute whose master is the directory is left alone.',
  input: z.object({
    only: z
      .array(z.string())
      .max(200)
      .default([])
      .describe('Only these attributes of the mapping; all of them when empty'),
  }),
  sentence: () => 'keeps attributes up to date',
  plan: () => nothing,
});
