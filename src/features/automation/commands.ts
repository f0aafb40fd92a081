// What the command line does with automations: functions that return values; main.ts parses and prints.
import type { Actor } from '#domain/actor.ts';
import type { ExplainedLine } from '#domain/explain.ts';
import { refuse } from '#domain/problem.ts';
import { approvePlan, commandLineId, type Override, rejectPlan } from './approve.ts';
import { findAutomationId } from './automations.ts';
import { explainPerson } from './explain.ts';
import { planAutomation } from './plan.ts';
import { getPlan, getPlanRow } from './plan-view.ts';
import type { AutomationPorts } from './ports.ts';
import { getRun, getRunRow } from './run-view.ts';
import { startRun } from './start-run.ts';
import { planUndoOf } from './undo.ts';
import type { PlanRowWire, PlanWire, RunWire } from './wire.ts';

/** Whoever can run the hub's own program holds its keys, so they may do everything; named by their login. */
export function commandLineActor(login: string): Actor {
  return {
    kind: 'system',
    id: commandLineId,
    name: `${login} at the command line`,
    permissions: new Set(['admin']),
  };
}

/** `sundog plan AUTOMATION [--person KEY]`: by name or id. */
export async function planCommand(
  ports: AutomationPorts,
  asked: { readonly automation: string; readonly person?: string | undefined },
  actor: Actor,
): Promise<PlanWire> {
  const automationId = await findAutomationId(ports.db, asked.automation, actor);
  const { id } = await planAutomation(ports, automationId, { person: asked.person, actor });
  return getPlan(ports.db, id, actor, ports.clock());
}

/** `sundog approve PLAN --hash H [--comment C] [--override GUARD,GUARD --because REASON]` */
export async function approveCommand(
  ports: AutomationPorts,
  asked: {
    readonly plan: string;
    readonly hash: string;
    readonly comment?: string | undefined;
    readonly override?: Override | undefined;
  },
  actor: Actor,
): Promise<PlanRowWire> {
  const { plan, hash, comment = '', override } = asked;
  await approvePlan(ports, planId(plan), { hash, comment, override }, actor);
  return getPlanRow(ports.db, plan, actor, ports.clock());
}

/** `sundog reject PLAN [--comment C]` */
export async function rejectCommand(
  ports: AutomationPorts,
  asked: { readonly plan: string; readonly comment?: string | undefined },
  actor: Actor,
): Promise<PlanRowWire> {
  await rejectPlan(ports, planId(asked.plan), asked.comment ?? '', actor);
  return getPlanRow(ports.db, asked.plan, actor, ports.clock());
}

export type Waiting = {
  /** Called with every new count, for a line that keeps up. */
  readonly onProgress?: (run: RunWire['counts']) => void;
  readonly limitMs: number;
};

const lookEveryMs = 300;

/**
 * `sundog apply PLAN`: starts the run and waits until it has ended or waits for something itself. Workers
 * must be at work: those of the running hub, or workers the caller starts.
 */
export async function applyCommand(
  ports: AutomationPorts,
  asked: { readonly plan: string },
  actor: Actor,
  waiting: Waiting,
): Promise<RunWire> {
  const { runId } = await startRun(ports, planId(asked.plan), actor);
  const deadline = Date.now() + waiting.limitMs;
  while (Date.now() < deadline) {
    const row = await getRunRow(ports.db, runId, actor, ports.clock());
    waiting.onProgress?.(row.counts);
    if (row.state !== 'running') break;
    await new Promise((wake) => setTimeout(wake, lookEveryMs));
  }
  return getRun(ports.db, runId, actor, ports.clock());
}

/** `sundog undo RUN`: a plan, which is approved and applied like any other. */
export async function undoCommand(
  ports: AutomationPorts,
  asked: { readonly run: string },
  actor: Actor,
): Promise<PlanWire> {
  if (!isId(asked.run)) refuse('record.unknown', { kind: 'run', id: asked.run });
  const { id } = await planUndoOf(ports, asked.run, actor);
  return getPlan(ports.db, id, actor, ports.clock());
}

/** `sundog explain AUTOMATION PERSON` */
export async function explainCommand(
  ports: AutomationPorts,
  asked: { readonly automation: string; readonly person: string },
  actor: Actor,
): Promise<readonly ExplainedLine[]> {
  const automationId = await findAutomationId(ports.db, asked.automation, actor);
  return explainPerson(ports, automationId, asked.person, actor);
}

function planId(text: string): string {
  return isId(text) ? text : refuse('record.unknown', { kind: 'plan', id: text });
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
