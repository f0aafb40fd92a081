// add-to-groups makes a person a member of the groups that the rules name; it takes nobody out of one.
import { z } from 'zod';
import { Criteria, everybody, holds } from '#domain/criteria.ts';
import { nothing, type Planned, type Subject } from '#domain/subject.ts';
import { action } from './action.ts';
import { changeOf, noteOf } from './change-of.ts';

const name = 'add-to-groups';

const Rule = z.object({
  name: z.string().min(1).max(200).describe('How a reason names this rule'),
  when: Criteria.default(everybody).describe('For whom it holds'),
  groups: z
    .array(z.string().min(1).max(1000))
    .min(1)
    .max(100)
    .describe('Names or DNs of groups; macros may stand in them'),
});
type Rule = z.infer<typeof Rule>;

export const addToGroups = action({
  name,
  title: 'Add to groups',
  description:
    'Adds the account to groups, by rules. A group may be named with macros: %department%.',
  input: z.object({
    rules: z
      .array(Rule)
      .min(1)
      .max(100)
      .describe('Rules, each with a `name`, `when` it holds (for everybody) and its `groups`'),
  }),
  sentence: ({ rules }) =>
    `adds them to groups by ${rules.length === 1 ? 'one rule' : `${rules.length} rules`}`,
  plan({ rules }, subject): Planned {
    if (subject.leaving) return nothing;
    if (subject.account === undefined && subject.created === undefined) return nothing;
    const wanted = groupsByRules(rules, subject);
    const planned = [...wanted].map(([group, rule]) => addition(group, rule, subject));
    const added = new Map(planned.flatMap(({ changes }) => changes).map((one) => [one.id, one]));
    return { changes: [...added.values()], notes: planned.flatMap(({ notes }) => notes) };
  },
});

/** The groups that rules name for this person, each with the first rule that does. */
export function groupsByRules(
  rules: readonly Rule[],
  { record, now, fill }: Pick<Subject, 'record' | 'now' | 'fill'>,
): Map<string, string> {
  const wanted = new Map<string, string>();
  for (const rule of rules.filter(({ when }) => holds(when, record.columns, now))) {
    for (const group of rule.groups.map(fill)) {
      if (!wanted.has(group)) wanted.set(group, rule.name);
    }
  }
  return wanted;
}

function addition(wanted: string, rule: string, subject: Subject): Planned {
  const group = subject.groups.get(wanted) ?? null;
  if (group === null) {
    return { changes: [], notes: [noteOf(subject, 'group.unknown', { group: wanted, rule })] };
  }
  if (subject.account?.groupIds.includes(group.id)) return nothing;
  if (group.protected) {
    return { changes: [], notes: [noteOf(subject, 'group.protected', { group: group.name })] };
  }
  const change = changeOf(subject, {
    action: name,
    kind: 'add-member',
    before: { memberOf: [] },
    after: { memberOf: [group.name] },
    group: { id: group.id, name: group.name },
    because: [`Rule "${rule}" holds in ${subject.source}`],
    needs: subject.created === undefined ? [] : [subject.created.id],
  });
  return { changes: [change], notes: [] };
}
