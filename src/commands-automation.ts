// The commands of the one path but apply: plan, approve, reject, undo, and why a person's plan is what it is.
import {
  approveCommand as approve,
  explainCommand as explain,
  planCommand as plan,
  rejectCommand as reject,
  undoCommand as undo,
} from '#features/automation/commands.ts';
import type { PlanWire } from '#features/automation/wire.ts';
import type { Words } from './commands.ts';
import { commandLine, withHub } from './hub.ts';
import { optional, printJson, required, tableText, WrongUsage } from './print.ts';
import { planTable } from './print-plan.ts';

export async function planCommand({ options, words: [automation = ''] }: Words): Promise<void> {
  const person = optional(options, 'person');
  await withHub(async (hub) => {
    show(await plan(hub.automation, { automation, person }, commandLine), options.json === true);
  });
}

export async function approveCommand({ options, words: [id = ''] }: Words): Promise<void> {
  const hash = required(options, 'hash');
  const comment = optional(options, 'comment');
  const override = overrideOf(options);
  await withHub(async (hub) => {
    const asked = { plan: id, hash, comment, override };
    const row = await approve(hub.automation, asked, commandLine);
    console.log(`${row.automation.name} is approved. Apply it with: sundog apply ${row.id}`);
  });
}

function overrideOf(options: Words['options']) {
  const guards = optional(options, 'override')
    ?.split(',')
    .map((guard) => guard.trim());
  if (guards === undefined) return undefined;
  const reason = optional(options, 'because');
  if (reason === undefined) throw new WrongUsage('--override needs a reason: --because.');
  return { guards, reason };
}

export async function rejectCommand({ options, words: [id = ''] }: Words): Promise<void> {
  const comment = optional(options, 'comment');
  await withHub(async (hub) => {
    const row = await reject(hub.automation, { plan: id, comment }, commandLine);
    console.log(`${row.automation.name} is rejected; nothing was written.`);
  });
}

export async function undoCommand({ options, words: [run = ''] }: Words): Promise<void> {
  await withHub(async (hub) => {
    show(await undo(hub.automation, { run }, commandLine), options.json === true);
  });
}

export async function explainCommand({ options, words }: Words): Promise<void> {
  const [automation = '', person = ''] = words;
  await withHub(async (hub) => {
    const lines = await explain(hub.automation, { automation, person }, commandLine);
    if (options.json === true) return printJson(lines);
    console.log(tableText(lines.map(({ step, sentence }) => [step, sentence])));
  });
}

function show(made: PlanWire, asJson: boolean): void {
  if (asJson) {
    printJson(made);
    return;
  }
  console.log(`${made.sentence}\n`);
  if (made.changes.length + made.people.length > 0) console.log(`${planTable(made)}\n`);
  console.log(
    tableText(
      made.guards.map(({ verdict, sentence }) => [verdict, sentence]),
      '  ',
    ),
  );
  console.log(`\nPlan ${made.id} is ${made.state}. ${next(made)}`);
}

function next(made: PlanWire): string {
  switch (made.state) {
    case 'waiting':
      return `Say yes with: sundog approve ${made.id} --hash ${made.hash}`;
    case 'stopped':
      return `A guard stops it: sundog approve ${made.id} --hash ${made.hash} --override GUARD --because REASON`;
    case 'approved':
      return `Apply it with: sundog apply ${made.id}`;
    default:
      return '';
  }
}
