// Destroys what ran out, says what was forfeited, and forgets what was over long ago.
import { z } from 'zod';
import { type Task, task } from '#store/queue.ts';
import { destroyPassedParts, expireLinks, forgetOldLinks } from './burn.ts';
import type { SecretLinkPorts } from './ports.ts';
import { forfeitOldClaims } from './settle.ts';

const rowsAtOnce = 1_000;
const roundsMax = 200;

export function secretLinkTasks(ports: SecretLinkPorts): Task[] {
  const chores = [expireLinks, forfeitOldClaims, forgetOldLinks];
  return [
    task({
      name: 'secret-links:every-minute',
      cron: '* * * * *',
      payload: z.looseObject({}),
      run: async (_payload, { signal }) => {
        for (const chore of chores) {
          for (let round = 0; round < roundsMax && !signal.aborted; round += 1) {
            if ((await chore(ports, rowsAtOnce)) === 0) break;
          }
        }
        await destroyPassedParts(ports);
      },
    }),
  ];
}
