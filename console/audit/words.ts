// An audit entry in words: who did what to what.
import type { z } from 'zod';
import type { Tone } from '#console/shell/state.tsx';
import type { AuditStateWire, AuditWire } from '#features/audit/wire.ts';

export type Entry = z.output<typeof AuditWire>;

export const outcomes: Readonly<Record<string, { readonly word: string; readonly tone: Tone }>> = {
  done: { word: 'Done', tone: 'done' },
  intent: { word: 'Meant', tone: 'waiting' },
  refused: { word: 'Refused', tone: 'final' },
  failed: { word: 'Failed', tone: 'failed' },
};

/** user.updated reads "User updated". */
export function deed(action: string): string {
  const words = action.replace('.', ' ').replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function who({ actor, behind }: Entry): string {
  return behind === null ? actor.name : `${behind.name} as ${actor.name}`;
}

export function firstLine(state: z.output<typeof AuditStateWire>): string {
  if (state.stalled) return 'Entries wait to be chained, and it does not happen.';
  const count = state.entries.toLocaleString('en');
  return state.entries === 1
    ? 'One entry so far.'
    : `${count} entries, each bound to the one before.`;
}
