// The worker's share of a rotation: it goes on with one until it has ended, also after whoever began it is gone.
import { z } from 'zod';
import { enqueue, type Task, task } from '#store/queue.ts';
import { finishRotation } from './advance.ts';
import { type KeyPorts, resealTask } from './start.ts';

export function keyTasks(ports: KeyPorts): Task[] {
  return [
    task({
      name: resealTask,
      // Its job is gone when it failed too often; then this takes it up again.
      cron: '*/10 * * * *',
      payload: z.looseObject({}),
      async run(_payload, { signal }) {
        const rotation = await finishRotation(ports, { signal });
        if (rotation?.state === 'running') {
          await enqueue(ports.db, { task: resealTask, payload: {}, key: resealTask });
        }
      },
    }),
  ];
}
