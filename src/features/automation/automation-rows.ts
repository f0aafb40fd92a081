// Automations as a list shows them: what they do in a sentence, when, their last run and the plan that waits.

import { stepSentence } from '#domain/actions.ts';
import type { Actor } from '#domain/actor.ts';
import { type Automation, automationSentence } from '#domain/automation.ts';
import type { InboundEndpoint } from '#domain/endpoint.ts';
import { PageQuery } from '#http/page.ts';
import { findDefinition, inboundEndpoints } from './definitions.ts';
import { listPlans } from './plan-view.ts';
import type { LookPorts } from './ports.ts';
import { listRuns } from './run-view.ts';
import type { AutomationRowWire } from './wire.ts';

const one = PageQuery.parse({ limit: 1 });

export async function automationRow(
  ports: LookPorts,
  automation: Automation,
  actor: Actor,
): Promise<AutomationRowWire> {
  const { db } = ports;
  const now = ports.clock();
  const automationId = automation.id;
  const endpoints = await endpointsOf(ports, automation);
  const connections = await ports.findConnections([
    automation.directoryConnectionId,
    ...endpoints.map(({ connectionId }) => connectionId),
  ]);
  const systems = Object.fromEntries([...connections].map(([id, { name }]) => [id, name]));
  const plans = await listPlans(db, actor, now, one, { automationId, waiting: true });
  const runs = await listRuns(db, actor, now, one, { automationId });
  return {
    id: automation.id,
    name: automation.name,
    description: automation.description,
    state: automation.state,
    version: automation.version,
    sentence: automationSentence({ automation, endpoints, systems }),
    trigger: triggerSentence(automation.trigger),
    steps: automation.steps.map((step) => ({
      action: step.action,
      sentence: stepSentence(step),
    })),
    lastRun: runs.items[0] ?? null,
    waitingPlanId: plans.items[0]?.id ?? null,
  };
}

async function endpointsOf(
  { db }: LookPorts,
  { source }: Automation,
): Promise<readonly InboundEndpoint[]> {
  const found = await Promise.all(
    source.endpoints.map(({ endpointId }) => findDefinition(db, inboundEndpoints, endpointId)),
  );
  return found.flatMap((each) => each?.thing ?? []);
}

function triggerSentence(trigger: Automation['trigger']): string {
  return trigger.kind === 'by-hand'
    ? 'By hand'
    : `On schedule ${trigger.cron} (${trigger.timeZone})`;
}
