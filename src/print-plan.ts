// Plans and runs as tables for a terminal.
import type { OutcomeWire, PlanWire, RunWire } from '#features/automation/wire.ts';
import { tableText } from './print.ts';

const verbs: Readonly<Record<OutcomeWire['kind'], string>> = {
  create: 'create account',
  update: 'change',
  enable: 'enable account',
  disable: 'disable account',
  'add-member': 'add to group',
  'remove-member': 'remove from group',
  'reset-password': 'reset password',
  unlock: 'unlock account',
  tell: 'tell the ticket',
};

export function runTable(run: RunWire): string {
  return tableText(
    [
      ['person', 'change', 'target', 'outcome'],
      ...run.outcomes.map((outcome) => [
        outcome.personName,
        verbs[outcome.kind],
        outcome.targetName,
        [outcome.result, outcome.because].filter((part) => part !== null).join(': '),
      ]),
    ],
    '  ',
  );
}

export function planTable(plan: PlanWire): string {
  return tableText(
    [
      ['person', 'change', 'target', 'because'],
      ...plan.changes.map((change) => [
        change.personName,
        verbs[change.kind],
        change.kind === 'add-member'
          ? (change.after.memberOf ?? []).join(', ')
          : change.target.name,
        change.because[0] ?? '',
      ]),
      ...plan.people.flatMap(({ name, notes }) =>
        notes.map(({ sentence }) => [name, 'left alone', '', sentence]),
      ),
    ],
    '  ',
  );
}
