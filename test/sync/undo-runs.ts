// What the specs of an undo in a remote Halo share: the runs that are taken back, and how a plan of an undo is applied.
import { Problem } from '#domain/problem.ts';
import { approvePlan } from '#features/automation/approve.ts';
import { getPlan } from '#features/automation/plan-view.ts';
import { startRun } from '#features/automation/start-run.ts';
import { planUndoOf } from '#features/automation/undo.ts';
import { ended } from '#test/automation/stage.ts';
import { addOne, type RemoteScene } from './remote-stage.ts';
import { guardsOf, type RunRow, rosa, synced } from './stage.ts';

export const refusal = (code: string) => (error: unknown) =>
  error instanceof Problem && error.code === code;

/** Ines, to whom Maya reports, and Tomas; then Maya becomes a buyer and reports to Tomas. */
export async function twoRuns(scene: RemoteScene) {
  const { directory, stage } = scene;
  const ines = await addOne(directory, 'Ines Marlow', 'ines@larkfield.test', { title: 'Director' });
  const tomas = await addOne(directory, 'Tomas Reis', 'tomas@larkfield.test', { title: 'Clerk' });
  const more = { title: 'Optician', manager: ines };
  const maya = await addOne(directory, 'Maya Ridge', 'maya@larkfield.test', more);
  await synced(stage);
  await directory.set(maya, 'title', ['Buyer']);
  await directory.set(maya, 'manager', [tomas]);
  return { change: () => synced(stage), ines, tomas, maya };
}

export function undoOf({ stage }: RemoteScene, run: Pick<RunRow, 'apply_run_id'>) {
  return planUndoOf(stage.automation, run.apply_run_id ?? '', rosa);
}

/** With every guard that stops named; gives what became of the changes. */
export async function applied(
  scene: RemoteScene,
  { id, hash }: { readonly id: string; readonly hash: string },
) {
  const { automation, database } = scene.stage;
  const { guards } = await getPlan(database.db, id, rosa, new Date());
  const stopping = guardsOf(guards).filter(({ verdict }) => verdict === 'stop');
  const override = { guards: stopping.map(({ name }) => name), reason: 'The run is taken back.' };
  const yes = { hash, comment: '', ...(stopping.length === 0 ? {} : { override }) };
  await approvePlan(automation, id, yes, rosa);
  const { runId } = await startRun(automation, id, rosa);
  await ended(scene.stage, runId);
  const rows = await database.db
    .selectFrom('outcomes')
    .select(['result', 'code'])
    .where('run_id', '=', runId)
    .orderBy('position')
    .execute();
  return rows.map(({ result, code }) => (code === null ? result : `${result} ${code}`));
}

export async function undoPlans({ stage }: RemoteScene): Promise<number> {
  const plans = await stage.database.db
    .selectFrom('plans')
    .select('id')
    .where('undoes_run_id', 'is not', null)
    .execute();
  return plans.length;
}

export function asked({ halo }: RemoteScene, method: string, path: RegExp): number {
  return halo.asked.filter((one) => one.method === method && path.test(one.path)).length;
}
