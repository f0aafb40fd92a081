// The command that applies a plan. Its workers need every feature, for which the other commands need not wait.
import { applyCommand as apply } from '#features/automation/commands.ts';
import type { Words } from './commands.ts';
import { commandLine, withHub } from './hub.ts';
import { printJson } from './print.ts';
import { runTable } from './print-plan.ts';
import { startHubWorkers, tasksOf } from './work.ts';

/** A run of many thousands takes hours; the command can be stopped, the run goes on in the hub. */
const applyMs = 24 * 60 * 60_000;

/** Works on the run itself, beside the workers of a running hub or alone. */
export async function applyCommand({ options, words: [id = ''] }: Words): Promise<void> {
  await withHub(async (hub) => {
    const publicUrl = new URL(hub.config.publicUrl ?? 'http://localhost');
    await using _workers = await startHubWorkers(hub, tasksOf(hub, publicUrl));
    const waiting = { limitMs: applyMs };
    const run = await apply(hub.automation, { plan: id }, commandLine, waiting);
    if (options.json === true) printJson(run);
    else console.log(`${run.sentence} (run ${run.id})\n\n${runTable(run)}`);
    if (run.counts.failed > 0) process.exitCode = 1;
  });
}
