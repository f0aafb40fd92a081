// The jobs of syncs: a run to carry out, schedules that are due, and what nobody needs any more.
import { z } from 'zod';
import { type Task, task } from '#store/queue.ts';
import { performSync } from './perform.ts';
import type { SyncPorts } from './ports.ts';
import { syncTask } from './runs.ts';
import { startDue } from './schedule.ts';
import { sweep } from './sweep.ts';

export function directoryTasks(ports: SyncPorts): readonly Task[] {
  return [
    task({
      name: syncTask,
      payload: z.object({ runId: z.uuid() }),
      run: ({ runId }, { signal }) => performSync(ports, runId, signal),
    }),
    task({
      name: 'directories:every-minute',
      payload: z.unknown(),
      cron: '* * * * *',
      run: () => startDue(ports),
    }),
    task({
      name: 'directories:hourly',
      payload: z.unknown(),
      cron: '7 * * * *',
      run: () => sweep(ports),
    }),
  ];
}
