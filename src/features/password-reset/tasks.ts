// The jobs of self-service and what the outbox delivers for it, which a worker has without any of its pages.
import { z } from 'zod';
import type { Deliverer } from '#store/outbox.ts';
import { type Task, task } from '#store/queue.ts';
import { settleTask } from './finish.ts';
import { openAnswerHashing } from './hashing.ts';
import { openResetKeys } from './keys.ts';
import { selfServiceDeliverer, selfServiceMailKind } from './mails.ts';
import type { SelfServicePorts } from './ports.ts';

export type GivenPorts = Omit<SelfServicePorts, 'keys' | 'hashing'>;

export type SelfServiceWork = {
  readonly tasks: readonly Task[];
  readonly deliverers: Readonly<Record<string, Deliverer>>;
};

export function openedPorts(given: GivenPorts): SelfServicePorts {
  const keys = openResetKeys(given);
  return { ...given, keys, hashing: openAnswerHashing(keys) };
}

export function workOf(ports: SelfServicePorts): SelfServiceWork {
  return {
    tasks: [settleTask(ports), forgetTask(ports)],
    deliverers: { [selfServiceMailKind]: selfServiceDeliverer(ports) },
  };
}

/** Attempts are shown for ninety days; links and enrolments that are over, for as long. */
const keptDays = 90;
const rowsAtOnce = 5_000;

function forgetTask({ db, clock }: SelfServicePorts): Task {
  return task({
    name: 'self-service.forget',
    cron: '41 3 * * *',
    payload: z.looseObject({}),
    run: async () => {
      const before = new Date(clock().getTime() - keptDays * 86_400_000);
      for (const table of ['reset_requests', 'reset_enrolments'] as const) {
        const old = db
          .selectFrom(table)
          .select('id')
          .where('made_at', '<', before)
          .limit(rowsAtOnce);
        await db.deleteFrom(table).where('id', 'in', old).execute();
      }
      // Codes and links that are over need not be kept sealed.
      const now = clock();
      const over = { sealed_code: null };
      await db.updateTable('reset_requests').set(over).where('ends_at', '<', now).execute();
      await db.updateTable('reset_enrolments').set(over).where('code_ends_at', '<', now).execute();
    },
  });
}
