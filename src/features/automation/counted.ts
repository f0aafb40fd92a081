// As what a guard counts a change, and how far back it counts.
import type { ChangeKind } from '#domain/change.ts';
import type { Totals } from '#domain/totals.ts';

export const lastDayMs = 24 * 60 * 60_000;

export const countedAs: Readonly<Record<ChangeKind, keyof Totals>> = {
  create: 'creations',
  update: 'updates',
  enable: 'enables',
  disable: 'disables',
  'add-member': 'groupAdditions',
  'remove-member': 'groupRemovals',
  'reset-password': 'resets',
  unlock: 'unlocks',
  tell: 'tells',
};
