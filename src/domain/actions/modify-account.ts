// modify-account makes an account's attributes what the mapping says they shall be.
import { z } from 'zod';
import { sameValues, valuesOf } from '#domain/apply.ts';
import type { Origin } from '#domain/origin.ts';
import { type MappedAttribute, nothing, type Planned, type Subject } from '#domain/subject.ts';
import { listed } from '#domain/words.ts';
import { action } from './action.ts';
import { changeOf, noteOf } from './change-of.ts';

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
    const { origin } = subject;
    const isTheirs = (name: string) => origin?.attributes.has(name.toLowerCase()) === true;
    const kept = differing.filter(({ attribute }) => isTheirs(attribute));
    const notes =
      origin === undefined || kept.length === 0 ? [] : [keptBack(subject, origin, kept)];
    return {
      changes: changesOf(
        subject,
        differing.filter((one) => !kept.includes(one)),
      ),
      notes,
    };
  },
});

/** Each attribute has one master: what a sync maps from the directory is not written back to it. */
function keptBack(subject: Subject, { sync }: Origin, kept: readonly MappedAttribute[]) {
  return noteOf(subject, 'account.synced-attributes', {
    ...{ person: subject.record.name, sync },
    attributes: listed(kept.map(({ attribute }) => attribute)),
  });
}

function changesOf(subject: Subject, differing: readonly MappedAttribute[]): Planned['changes'] {
  const { account } = subject;
  if (account === undefined || differing.length === 0) return [];
  return [
    changeOf(subject, {
      action: name,
      kind: 'update',
      before: Object.fromEntries(
        differing.map(({ attribute }) => [attribute, valuesOf(account.attributes, attribute)]),
      ),
      after: Object.fromEntries(differing.map(({ attribute, values }) => [attribute, values])),
      because: differing.map((one) => reason(one, subject)),
    }),
  ];
}

function reason({ attribute, values }: MappedAttribute, { source }: Subject): string {
  return values.length === 0
    ? `${attribute} has no value in ${source}`
    : `${attribute} is ${values.join(', ')} in ${source}`;
}
