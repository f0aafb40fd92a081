// Writes the ends of impersonations that came by themselves into the audit trail.
import { z } from 'zod';
import { type Task, task } from '#store/queue.ts';
import { noteEnds } from './end.ts';
import type { ImpersonationPorts } from './ports.ts';

const roundsMax = 100;

export function impersonationTasks({
  db,
  clock,
}: Pick<ImpersonationPorts, 'db' | 'clock'>): Task[] {
  return [
    task({
      name: 'note-ended-impersonations',
      cron: '* * * * *',
      payload: z.looseObject({}),
      run: async (_payload, { signal }) => {
        for (let round = 0; round < roundsMax && !signal.aborted; round += 1) {
          if ((await noteEnds(db, clock())) === 0) return;
        }
      },
    }),
  ];
}
