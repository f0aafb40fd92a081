// Every writing route of automations, their parts, plans and runs, on what the lab has set up, with what it takes.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Step, Walk } from './walk.ts';

const Items = z.object({
  items: z.array(z.looseObject({ id: z.string(), name: z.string().optional() })),
});

/** A copy of the first there is, under another name. */
function copied(path: string, name: string): Step {
  return {
    route: `POST /v1/${path}`,
    json: ({ copy }) => JSON.parse(String(copy)),
    keep: { id: name },
    prepare: async ({ get, ids }) => {
      const [first] = Items.parse((await get(`/v1/${path}?limit=1`)).json).items;
      const { id, state, version, ...whole } = (await get(`/v1/${path}/${first?.id}`)).json;
      ids.copy = JSON.stringify({ ...whole, name: `Another of ${String(id)}` });
    },
  };
}

const changed = (path: string, name: string): Step => ({
  route: `PATCH /v1/${path}/{id}`,
  path: `/v1/${path}/{${name}}`,
  json: () => ({ description: 'Looked at again' }),
});

const deleted = (path: string, name: string): Step => ({
  route: `DELETE /v1/${path}/{id}`,
  path: `/v1/${path}/{${name}}`,
});

async function findPlan(walk: Walk): Promise<void> {
  const { items } = Items.parse((await walk.get('/v1/plans?waiting=true')).json);
  const plan = (await walk.get(`/v1/plans/${items[0]?.id}`)).json;
  Object.assign(walk.ids, z.object({ hash: z.string(), id: z.string() }).parse(plan));
  walk.ids.plan = walk.ids.id ?? '';
}

const Run = z.looseObject({
  finishedAt: z.string().nullable(),
  outcomes: z.array(z.looseObject({ changeId: z.string(), password: z.string() })),
});

async function findRun(walk: Walk): Promise<void> {
  const { items } = Items.parse((await walk.get('/v1/runs')).json);
  walk.ids.run = items.at(-1)?.id ?? '';
  const { outcomes } = Run.parse((await walk.get('/v1/runs/{run}')).json);
  walk.ids.change = outcomes.find(({ password }) => password !== 'none')?.changeId ?? '';
}

/** Until the run that was started is over: it writes of itself. */
async function settled(walk: Walk): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const { items } = z
      .object({ items: z.array(z.looseObject({ finishedAt: z.string().nullable() })) })
      .parse((await walk.get('/v1/runs')).json);
    if (items.every(({ finishedAt }) => finishedAt !== null)) return;
    await sleep(100);
  }
}

export const automatingSteps: readonly Step[] = [
  copied('inbound-endpoints', 'endpoint'),
  changed('inbound-endpoints', 'endpoint'),
  deleted('inbound-endpoints', 'endpoint'),
  copied('mappings', 'mapping'),
  changed('mappings', 'mapping'),
  deleted('mappings', 'mapping'),
  copied('outbound-webhooks', 'webhook'),
  changed('outbound-webhooks', 'webhook'),
  deleted('outbound-webhooks', 'webhook'),
  copied('automations', 'automation'),
  changed('automations', 'automation'),
  {
    route: 'POST /v1/automations/{id}/state',
    path: '/v1/automations/{automation}/state',
    json: () => ({ state: 'proposed' }),
  },
  deleted('automations', 'automation'),
  {
    route: 'POST /v1/plans/{id}/approve',
    path: '/v1/plans/{plan}/approve',
    as: 'person',
    json: ({ hash }) => ({ hash, comment: 'Go on' }),
    prepare: findPlan,
  },
  {
    route: 'POST /v1/plans/{id}/apply',
    path: '/v1/plans/{plan}/apply',
    as: 'person',
    json: () => ({}),
  },
  {
    route: 'POST /v1/runs/{id}/passwords/{changeId}/reveal',
    path: '/v1/runs/{run}/passwords/{change}/reveal',
    as: 'person',
    json: () => ({}),
    prepare: async (walk) => {
      await settled(walk);
      await findRun(walk);
    },
  },
  {
    route: 'POST /v1/runs/{id}/undo',
    path: '/v1/runs/{run}/undo',
    as: 'person',
    json: () => ({}),
    keep: { id: 'undoing' },
    // Its state stays 'planning': such a plan is neither shown nor approved nor applied.
    leaves: ['plans', 'plan_people', 'plan_changes'],
  },
  {
    route: 'POST /v1/plans/{id}/reject',
    path: '/v1/plans/{undoing}/reject',
    as: 'person',
    json: () => ({ comment: 'Not today' }),
  },
];
