// How the states of plans, runs and outcomes are said and toned.

import type { Tone } from '#console/shell/state.tsx';
import type {
  AutomationRowWire,
  OutcomeWire,
  PlanWire,
  RunWire,
} from '#features/automation/wire.ts';

type Said = { readonly tone: Tone; readonly word: string };

export const automationStates: Readonly<Record<AutomationRowWire['state'], Said>> = {
  draft: { tone: 'quiet', word: 'draft' },
  proposed: { tone: 'waiting', word: 'proposed' },
  active: { tone: 'done', word: 'active' },
  paused: { tone: 'quiet', word: 'paused' },
};

export const planStates: Readonly<Record<PlanWire['state'], Said>> = {
  waiting: { tone: 'waiting', word: 'waits for a yes' },
  approved: { tone: 'waiting', word: 'approved' },
  rejected: { tone: 'quiet', word: 'rejected' },
  stopped: { tone: 'failed', word: 'stopped by a guard' },
  applying: { tone: 'running', word: 'being applied' },
  applied: { tone: 'done', word: 'applied' },
  expired: { tone: 'quiet', word: 'expired' },
  empty: { tone: 'quiet', word: 'nothing to do' },
};

export const runStates: Readonly<Record<RunWire['state'], Said>> = {
  running: { tone: 'running', word: 'running' },
  waiting: { tone: 'waiting', word: 'waiting' },
  finished: { tone: 'done', word: 'finished' },
  failed: { tone: 'failed', word: 'failed' },
};

export const results: Readonly<Record<OutcomeWire['result'], Said>> = {
  pending: { tone: 'quiet', word: 'not yet' },
  done: { tone: 'done', word: 'done' },
  skipped: { tone: 'quiet', word: 'skipped' },
  conflict: { tone: 'failed', word: 'conflict' },
  failed: { tone: 'failed', word: 'failed' },
  waiting: { tone: 'waiting', word: 'waiting' },
};

export const guardVerdicts = {
  pass: { tone: 'done', word: 'passes' },
  review: { tone: 'waiting', word: 'needs a look' },
  stop: { tone: 'failed', word: 'stops' },
} as const satisfies Record<string, Said>;

/** The verb of a change, as people say it. */
export const kinds: Readonly<Record<OutcomeWire['kind'], string>> = {
  create: 'create account',
  update: 'change account',
  enable: 'enable account',
  disable: 'disable account',
  'add-member': 'add to group',
  'remove-member': 'remove from group',
  'reset-password': 'reset password',
  unlock: 'unlock account',
  tell: 'tell ticket',
};

/** In a run a ticket is told through the webhook that is named. */
export const runKinds: typeof kinds = { ...kinds, tell: 'tell the ticket through' };
