// modify-account makes an account's attributes what the mapping says they shall be.
import { z } from 'zod';
import { sameValues, valuesOf } from '#domain/apply.ts';
import { type MappedAttribute, nothing, type Planned, type Subject } from '#domain/subject.ts';
import { action } from './action.ts';
import { changeOf } from './change-of.ts';

const name = 'modify-account';

export const modifyAccount = action({
  name,
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
  plan({ only }, subject): Planned {
    const { account } = subject;
    if (account === undefined || subject.leaving) return nothing;
    const differing = subject
      .mappedForExisting(only)
      .filter(({ clears, values }) => clears || values.length > 0)
      .filter(
        ({ attribute, values }) => !sameValues(valuesOf(account.attributes, attribute), values),
      );
    if (differing.length === 0) return nothing;
    const change = changeOf(subject, {
      action: name,
      kind: 'update',
      before: Object.fromEntries(
        differing.map(({ attribute }) => [attribute, valuesOf(account.attributes, attribute)]),
      ),
      after: Object.fromEntries(differing.map(({ attribute, values }) => [attribute, values])),
      because: differing.map((one) => reason(one, subject)),
    });
    return { changes: [change], notes: [] };
  },
});

function reason({ attribute, values }: MappedAttribute, { source }: Subject): string {
  return values.length === 0
    ? `${attribute} has no value in ${source}`
    : `${attribute} is ${values.join(', ')} in ${source}`;
}
