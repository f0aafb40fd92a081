// The jobs of automation: people to apply, schedules that are due, what has outlived its time.
import { z } from 'zod';
import type { Deliverer } from '#store/outbox.ts';
import { type Task, task } from '#store/queue.ts';
import { endAbandonedTests } from './abandoned-tests.ts';
import { applyPeopleTaskOf } from './apply-people.ts';
import { applySetTaskOf } from './apply-set.ts';
import { destroyExpired } from './passwords.ts';
import type { AutomationPorts } from './ports.ts';
import { enqueueDue, planOnSchedule, planOnScheduleTask } from './schedule.ts';
import type { Sessions } from './sessions.ts';
import { sweepUnfinished } from './store-plan.ts';
import { tellDeliverer, tellKind } from './tell.ts';

export function automationTasks(
  ports: AutomationPorts & { readonly sessions: Sessions },
): readonly Task[] {
  return [
    applyPeopleTaskOf(ports),
    applySetTaskOf(ports),
    task({
      name: planOnScheduleTask,
      payload: z.object({ automationId: z.uuid() }),
      run: ({ automationId }, { signal }) => planOnSchedule(ports, automationId, signal),
    }),
    task({
      name: 'automation:every-minute',
      payload: z.unknown(),
      cron: '* * * * *',
      run: () => enqueueDue(ports),
    }),
    task({
      name: 'automation:every-hour',
      payload: z.unknown(),
      cron: '7 * * * *',
      run: async () => {
        await destroyExpired(ports.db, ports.clock());
        await sweepUnfinished(ports);
        await endAbandonedTests(ports);
      },
    }),
  ];
}

/** What automation delivers of the outbox, by the kind of letter. */
export function automationDeliverers(ports: AutomationPorts): Readonly<Record<string, Deliverer>> {
  return { [tellKind]: tellDeliverer(ports) };
}
