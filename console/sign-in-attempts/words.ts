// How sign-ons and what became of them are spoken of; pure, so that tests can read it.

import type { z } from 'zod';
import type { Tone } from '#console/shell/state.tsx';
import type { SsoAttemptWire, SsoTallyWire } from '#features/sso/attempts/wire.ts';

type Status = SsoAttemptWire['status'];

export const statuses: Readonly<Record<Status, { readonly word: string; readonly tone: Tone }>> = {
  'signed-in': { word: 'Signed in', tone: 'done' },
  linked: { word: 'Linked', tone: 'done' },
  tested: { word: 'Test went well', tone: 'done' },
  refused: { word: 'Refused', tone: 'failed' },
  failed: { word: 'The hub failed', tone: 'failed' },
  'signed-out': { word: 'Signed out', tone: 'quiet' },
};

/** In the order in which an administrator asks for them. */
export const statusNames = [
  'refused',
  'failed',
  'signed-in',
  'tested',
  'linked',
  'signed-out',
] as const;

export function isStatus(text: string): text is Status {
  return Object.hasOwn(statuses, text);
}

export function firstLine({ statuses: counts, checks }: z.output<typeof SsoTallyWire>): string {
  const refused = (counts.refused ?? 0) + (counts.failed ?? 0);
  if (refused === 0) return 'No sign-in through another system was refused in the last day.';
  const line = `${refused} ${refused === 1 ? 'sign-in was' : 'sign-ins were'} refused in the last day`;
  const [most] = checks;
  const reason = most?.asks ?? most?.check;
  if (reason === undefined) return `${line}.`;
  const often = refused === 1 ? 'this did not hold' : 'most often this did not hold';
  return `${line}; ${often}: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}.`;
}

/** The first line of one attempt. */
export function outcome({
  status,
  purpose,
  result,
}: Pick<SsoAttemptWire, 'status' | 'purpose' | 'result'>): string {
  const isTest = purpose === 'test';
  if (status === 'refused')
    return `${isTest ? 'The test was refused' : 'Refused'}: ${lower(result)}`;
  return result;
}

function lower(sentence: string): string {
  return /^(The|No|Nobody|What|An|A|Several|Somebody|Another|Whoever)\b/.test(sentence)
    ? `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`
    : sentence;
}

/** "matchedBy" -> "matched by": names of facts are written for programs. */
export function factName(name: string): string {
  return name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}
