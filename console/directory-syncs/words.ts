import { z } from 'zod';
import type { Tone } from '#console/shell/state.tsx';
import { counted, listed } from '#domain/words.ts';
import type { Drift, Place, Sync, SyncRun } from './queries.ts';

type Said = { readonly tone: Tone; readonly word: string };

export const targetWords: Readonly<Record<Place['target'], string>> = {
  user: 'users',
  agent: 'agents',
  'cab-member': 'members of boards',
};

const runStates: Readonly<Record<string, Said>> = {
  queued: { tone: 'waiting', word: 'waits for its turn' },
  reading: { tone: 'running', word: 'reading' },
  planned: { tone: 'waiting', word: 'waits for a yes' },
  applying: { tone: 'running', word: 'being applied' },
  done: { tone: 'done', word: 'done' },
  failed: { tone: 'failed', word: 'failed' },
  cancelled: { tone: 'quiet', word: 'cancelled' },
};

export function runState({ state, stopped }: Pick<SyncRun, 'state' | 'stopped'>): Said {
  if (stopped) return { tone: 'failed', word: 'stopped by a guard' };
  return runStates[state] ?? { tone: 'quiet', word: state };
}

/** What becomes of a plan that nobody has said yes to. */
export function plannedWords({ sentence, stopped }: Pick<SyncRun, 'sentence' | 'stopped'>): string {
  return stopped
    ? `${sentence} A guard stops it: nothing is written unless somebody approves it all the same, with a reason.`
    : `${sentence} Nothing is written until somebody approves.`;
}

/** The first line of the list. */
export function firstLine(syncs: readonly Sync[]): string {
  if (syncs.length === 0) return 'No directory is synchronised yet.';
  const failed = syncs.filter(({ lastError }) => lastError !== null);
  const [first] = failed;
  const all = `${counted(syncs.length, 'directory', 'directories')} ${syncs.length === 1 ? 'is' : 'are'} synchronised`;
  if (first === undefined) return `${all}.`;
  if (failed.length > 1) return `${all}; ${failed.length} of them failed the last time.`;
  return `${all}; ${first.settings.name} failed the last time.`;
}

export function stateOf({ lastError, settings, active }: Sync): Said {
  if (settings.places.length === 0) return { tone: 'waiting', word: 'has no places yet' };
  if (lastError !== null) return { tone: 'failed', word: 'failed the last time' };
  if (settings.schedule === null) return { tone: 'quiet', word: 'runs by hand' };
  return active ? { tone: 'done', word: 'runs by itself' } : { tone: 'quiet', word: 'paused' };
}

/** What it does, in a sentence or two. */
export function doesWords({ connection, deskConnectionId, settings, active }: Sync): string {
  const { places, schedule } = settings;
  const becomes = Object.entries(targetWords).flatMap(([target, word]) =>
    places.some((place) => place.target === target) ? [word] : [],
  );
  const desk = deskConnectionId === null ? 'this desk' : 'another desk';
  const whose = places.length === 1 ? 'its' : 'their';
  const what =
    becomes.length === 0
      ? `It reads nothing of ${connection} until it has a place.`
      : `Reads ${counted(places.length, 'place')} of ${connection}; ${whose} people become ${listed(becomes)} of ${desk}.`;
  return `${what} ${active ? scheduleWords(schedule) : 'Its schedule is paused.'}`;
}

export function scheduleWords(schedule: Sync['settings']['schedule']): string {
  if (schedule === null) return 'It runs by hand alone.';
  if ('cron' in schedule) return `It runs by the cron line ${schedule.cron} (UTC).`;
  const { everyMinutes: minutes } = schedule;
  if (minutes === 1) return 'It runs every minute.';
  return minutes % 60 === 0
    ? `It runs every ${minutes === 60 ? 'hour' : `${minutes / 60} hours`}.`
    : `It runs every ${minutes} minutes.`;
}

export function askedWords({ purpose, asked, did }: SyncRun): string {
  if (purpose === 'drift') return 'Report of what differs';
  return (did ?? asked) === 'whole' ? 'Read everything' : 'Read what changed';
}

export function isLive({ state }: Pick<SyncRun, 'state'>): boolean {
  return state === 'queued' || state === 'reading' || state === 'applying';
}

/** How far a run got: a sentence, and a share where the end is known. */
export function progressOf(
  run: SyncRun,
  nowMs: number,
): { readonly sentence: string; readonly share: number | null } {
  const { read, matched, planned, expected, applied } = run.counts;
  if (run.state === 'queued') return { sentence: 'It waits for its turn.', share: null };
  if (run.state === 'applying') {
    const done = applied ?? 0;
    return {
      sentence: `${number(done)} of ${counted(planned, 'change')} made.`,
      share: planned === 0 ? null : Math.min(1, done / planned),
    };
  }
  const isShare = expected !== null && expected > 0 && run.asked === 'whole';
  const of = isShare ? ` of about ${number(expected)}` : '';
  const told = `${number(read)}${of} read, ${number(matched)} known in the desk, ${counted(planned, 'change')} planned.`;
  if (!isShare) return { sentence: told, share: null };
  const left = leftMs(read, expected, nowMs - Date.parse(run.createdAt));
  const more = left === null ? '' : ` ${durationWords(left)} left.`;
  return { sentence: `${told}${more}`, share: Math.min(1, read / expected) };
}

const sureAfter = 0.02;

/** None while too little is done to tell by. */
function leftMs(done: number, all: number, elapsedMs: number): number | null {
  if (done >= all || done / all < sureAfter || elapsedMs <= 0) return null;
  return (elapsedMs * (all - done)) / done;
}

function durationWords(ms: number): string {
  if (ms < 60_000) return 'Less than a minute';
  return `About ${counted(Math.round(ms / 60_000), 'minute')}`;
}

export function number(count: number): string {
  return count.toLocaleString('en-GB').replaceAll(',', '\u202f');
}

export const kindWords: Readonly<Record<string, string>> = {
  create: 'is missing in the desk',
  update: 'differs',
  enable: 'is inactive in the desk',
  disable: 'is active in the desk alone',
  manager: 'has another manager',
  note: 'cannot be paired',
  orphan: 'is in the desk alone',
};

/** In plans: what was to be done. */
export const changeWords: Readonly<Record<string, string>> = {
  create: 'create the record',
  update: 'change the record',
  enable: 'make the record active',
  disable: 'deactivate the record',
};

export const personStates: Readonly<Record<string, Said>> = {
  linked: { tone: 'done', word: 'paired with a record' },
  disputed: { tone: 'waiting', word: 'waits for a decision' },
  'left-out': { tone: 'quiet', word: 'left out' },
  gone: { tone: 'quiet', word: 'gone from the directory' },
};

export const decisionWords: Readonly<Record<string, string>> = {
  link: 'linked to a record',
  create: 'made a record of their own',
  'leave-out': 'left out',
};

const Side = z.record(z.string(), z.array(z.string())).catch({});

export type Difference = {
  readonly field: string;
  readonly before: string;
  readonly after: string;
};

/** Field by field, whatever either side has. */
export function differencesOf({ before, after }: Pick<Drift, 'before' | 'after'>): Difference[] {
  const [was, is] = [Side.parse(before), Side.parse(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].map((field) => ({
    field,
    before: was[field]?.join(', ') ?? '',
    after: is[field]?.join(', ') ?? '',
  }));
}

/** How people are found in the desk. */
export function matchingWords({
  userMatching,
  agentMatching,
}: Pick<Sync['settings'], 'userMatching' | 'agentMatching'>): string {
  const users = userMatching.join(', then ') || 'nothing';
  const agents = agentMatching.join(', then ') || 'nothing';
  if (users === agents) return `People are found in the desk by ${users}.`;
  return `Users are found in the desk by ${users}, agents by ${agents}.`;
}

/** Those whose parent is not among them: the first level of a flat list. */
export function topOf<T extends { readonly dn: string }>(all: readonly T[]): readonly T[] {
  const known = new Set(all.map(({ dn }) => dn.toLowerCase()));
  return all.filter(({ dn }) => {
    const [, ...above] = dn.toLowerCase().split(/(?<!\\),/);
    return !above.some((_, at) => known.has(above.slice(at).join(',')));
  });
}

/** The last of a DN's parts, as people call a container; a domain by its whole name. */
export function nameOfDn(dn: string): string {
  const parts = dn.split(',');
  if (parts.every((part) => /^dc=/i.test(part))) {
    return parts.map((part) => part.slice('dc='.length)).join('.');
  }
  const [first = dn] = dn.split(/(?<!\\),/);
  return first.replace(/^[^=]+=/, '').replaceAll('\\,', ',');
}
