// How plans, runs and automations are spelt in /v1: JSON, camelCase, ids as text, dates as ISO 8601.
import { z } from 'zod';
import { changeKinds } from '#domain/change.ts';

const Attributes = z.record(z.string(), z.array(z.string()));

export const ChangeWire = z.object({
  id: z.string(),
  personKey: z.string(),
  personName: z.string(),
  system: z.string(),
  action: z.string(),
  kind: z.enum(changeKinds),
  target: z.object({ kind: z.enum(['existing', 'planned']), id: z.string(), name: z.string() }),
  before: Attributes,
  after: Attributes,
  fallbacks: z.array(Attributes),
  because: z.array(z.string()),
  reversible: z.boolean(),
  irreversibleBecause: z.string().nullable(),
});
export type ChangeWire = z.infer<typeof ChangeWire>;

export const GuardWire = z.object({
  name: z.string(),
  verdict: z.enum(['pass', 'review', 'stop']),
  sentence: z.string(),
});
export type GuardWire = z.infer<typeof GuardWire>;

/** One person of a plan: starters, movers, leavers, disputed and those with nothing to do. */
export const PlanPersonWire = z.object({
  key: z.string(),
  name: z.string(),
  group: z.enum(['starter', 'mover', 'leaver', 'disputed', 'waiting', 'unchanged']),
  changes: z.int(),
  notes: z.array(z.object({ sentence: z.string(), code: z.string().nullable() })),
});
export type PlanPersonWire = z.infer<typeof PlanPersonWire>;

export const planStates = [
  'waiting',
  'approved',
  'rejected',
  'stopped',
  'applying',
  'applied',
  'expired',
  'empty',
] as const;

export const PlanWire = z.object({
  id: z.uuid(),
  hash: z.string(),
  state: z.enum(planStates),
  /** What made it; the id of a directory sync is a number as text. */
  automation: z.object({
    kind: z.enum(['automation', 'outbound-webhook', 'password-reset', 'directory-sync']),
    id: z.string(),
    name: z.string(),
    version: z.int(),
  }),
  /** What the plan would do, in one sentence: "Creates 3 accounts and adds them to 5 groups." */
  sentence: z.string(),
  /** For an undo: the run it takes back. */
  undoes: z.uuid().nullable(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  expiresAt: z.iso.datetime(),
  decidedAt: z.iso.datetime().nullable(),
  decidedBy: z.string().nullable(),
  comment: z.string().nullable(),
  runId: z.uuid().nullable(),
  source: z.object({ records: z.int(), complete: z.boolean() }),
  guards: z.array(GuardWire),
  people: z.array(PlanPersonWire),
  changes: z.array(ChangeWire),
  changeCount: z.int(),
  /** Of all changes, how many disable an account or deactivate somebody. */
  disables: z.int(),
  /** Where the changes go on, at /v1/plans/{id}/changes?cursor=; null when these are all. */
  next: z.string().nullable(),
});
export type PlanWire = z.infer<typeof PlanWire>;

/** A plan in a list: without its changes. */
export const PlanRowWire = PlanWire.omit({
  changes: true,
  people: true,
  guards: true,
  disables: true,
  next: true,
});
export type PlanRowWire = z.infer<typeof PlanRowWire>;

export const OutcomeWire = z.object({
  changeId: z.string(),
  personKey: z.string(),
  personName: z.string(),
  system: z.string(),
  action: z.string(),
  kind: ChangeWire.shape.kind,
  targetName: z.string(),
  result: z.enum(['pending', 'done', 'skipped', 'conflict', 'failed', 'waiting']),
  because: z.string().nullable(),
  code: z.string().nullable(),
  at: z.iso.datetime().nullable(),
  until: z.iso.datetime().nullable(),
  /** A generated password waits for its one reveal: POST /v1/runs/{id}/passwords/{changeId}/reveal. */
  password: z.enum(['none', 'sealed', 'revealed', 'destroyed']),
});
export type OutcomeWire = z.infer<typeof OutcomeWire>;

export const RunWire = z.object({
  id: z.uuid(),
  planId: z.uuid(),
  automation: z.object({ id: z.string(), name: z.string() }),
  undoes: z.uuid().nullable(),
  undoneBy: z.uuid().nullable(),
  state: z.enum(['running', 'waiting', 'finished', 'failed']),
  /** "Finished in 12 s: 14 done, 1 skipped because it was already so." */
  sentence: z.string(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  startedBy: z.string(),
  counts: z.object({
    done: z.int(),
    skipped: z.int(),
    failed: z.int(),
    waiting: z.int(),
    pending: z.int(),
  }),
  outcomes: z.array(OutcomeWire),
});
export type RunWire = z.infer<typeof RunWire>;

export const RunRowWire = RunWire.omit({ outcomes: true });
export type RunRowWire = z.infer<typeof RunRowWire>;

export const AutomationRowWire = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  state: z.enum(['draft', 'proposed', 'active', 'paused']),
  version: z.int(),
  /** "Reads Halo users, creates accounts in AD and adds them to groups." */
  sentence: z.string(),
  trigger: z.string(),
  steps: z.array(z.object({ action: z.string(), sentence: z.string() })),
  lastRun: RunRowWire.nullable(),
  waitingPlanId: z.uuid().nullable(),
});
export type AutomationRowWire = z.infer<typeof AutomationRowWire>;

/** The first line of the console's overview, and what it is made of. */
export const OverviewWire = z.object({
  sentence: z.string(),
  connections: z.array(
    z.object({
      id: z.uuid(),
      name: z.string(),
      kind: z.string(),
      address: z.string(),
      healthy: z.boolean(),
      sentence: z.string(),
      checkedAt: z.iso.datetime().nullable(),
    }),
  ),
  waitingPlans: z.array(PlanRowWire),
  recentRuns: z.array(RunRowWire),
});
export type OverviewWire = z.infer<typeof OverviewWire>;

type TreeNode = {
  readonly name: string;
  readonly path: string;
  readonly type: 'text' | 'number' | 'timestamp' | 'array' | 'object' | 'empty';
  readonly sample: string | null;
  readonly children: readonly TreeNode[];
};

/** A field of an answer, with the path a column would read it by. */
export const TreeNodeWire: z.ZodType<TreeNode> = z
  .object({
    name: z.string(),
    path: z.string(),
    type: z.enum(['text', 'number', 'timestamp', 'array', 'object', 'empty']),
    sample: z.string().nullable(),
    get children() {
      return z.array(TreeNodeWire);
    },
  })
  .meta({ id: 'TreeNode' });

/** What a test asked and was answered; secrets are masked in all of it. */
export const TestedWire = z.object({
  request: z.object({
    method: z.string(),
    url: z.string(),
    headers: z.record(z.string(), z.string()),
    parameters: z.record(z.string(), z.string()),
    body: z.string().nullable(),
  }),
  response: z.object({
    status: z.int(),
    headers: z.record(z.string(), z.string()),
    text: z.string(),
    tookMs: z.int(),
  }),
  tree: TreeNodeWire.nullable(),
});

export const WebhookTestWire = z.strictObject({
  person: z.string().min(1).max(256).optional(),
  group: z.string().min(1).max(256).optional(),
  directoryConnectionId: z.uuid().optional(),
  /** Values for macros of columns, such as the ticket's id. */
  columns: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).default({}),
  confirm: z.boolean().default(false),
  /** Makes a draft active when the answer is good. */
  save: z.boolean().default(false),
});

export const WebhookTestedWire = TestedWire.extend({ plan: z.uuid(), run: z.uuid() });

export const ApproveWire = z.strictObject({
  hash: z.string().min(1).max(200),
  comment: z.string().max(2_000).default(''),
  /** Names every guard that stops the plan, with the reason to go on all the same. */
  override: z
    .strictObject({
      guards: z.array(z.string().max(100)).max(50),
      reason: z.string().min(1).max(2_000),
    })
    .optional(),
});

export const RejectWire = z.strictObject({ comment: z.string().max(2_000).default('') });

export const ExplainedWire = z.object({
  lines: z.array(
    z.object({
      step: z.enum(['fetch', 'join', 'scope', 'match', 'mapping', 'decision']),
      sentence: z.string(),
    }),
  ),
});

/** Every list of /v1 looks so. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}
