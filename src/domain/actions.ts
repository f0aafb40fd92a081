// Every action an automation's step can take, as a table.
import { z } from 'zod';
import { addToGroups } from './actions/add-to-groups.ts';
import { createAccount } from './actions/create-account.ts';
import { disableAccount } from './actions/disable-account.ts';
import { modifyAccount } from './actions/modify-account.ts';
import { resetPassword } from './actions/reset-password.ts';
import { unlockAccount } from './actions/unlock-account.ts';
import type { Planned, Subject } from './subject.ts';

export const actions = [
  createAccount,
  modifyAccount,
  disableAccount,
  addToGroups,
  resetPassword,
  unlockAccount,
] as const;

export const Step = z.discriminatedUnion('action', [
  z.object({ action: z.literal(createAccount.name), settings: createAccount.input }),
  z.object({ action: z.literal(modifyAccount.name), settings: modifyAccount.input }),
  z.object({ action: z.literal(disableAccount.name), settings: disableAccount.input }),
  z.object({ action: z.literal(addToGroups.name), settings: addToGroups.input }),
  z.object({ action: z.literal(resetPassword.name), settings: resetPassword.input }),
  z.object({ action: z.literal(unlockAccount.name), settings: unlockAccount.input }),
]);
export type Step = z.infer<typeof Step>;

export function planStep(step: Step, subject: Subject): Planned {
  switch (step.action) {
    case 'create-account':
      return createAccount.plan(step.settings, subject);
    case 'modify-account':
      return modifyAccount.plan(step.settings, subject);
    case 'disable-account':
      return disableAccount.plan(step.settings, subject);
    case 'add-to-groups':
      return addToGroups.plan(step.settings, subject);
    case 'reset-password':
      return resetPassword.plan(step.settings, subject);
    case 'unlock-account':
      return unlockAccount.plan(step.settings, subject);
  }
}

export function stepSentence(step: Step): string {
  switch (step.action) {
    case 'create-account':
      return createAccount.sentence(step.settings);
    case 'modify-account':
      return modifyAccount.sentence(step.settings);
    case 'disable-account':
      return disableAccount.sentence(step.settings);
    case 'add-to-groups':
      return addToGroups.sentence(step.settings);
    case 'reset-password':
      return resetPassword.sentence(step.settings);
    case 'unlock-account':
      return unlockAccount.sentence(step.settings);
  }
}
