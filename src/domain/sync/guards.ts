// The guards of a sync, before the first write: how much it takes away, and whether to believe what was read.
import { z } from 'zod';
import { judgeAmounts } from '#domain/guards.ts';
import type { GuardVerdict } from '#domain/plan.ts';
import type { SourceFacts } from '#domain/record.ts';
import type { Totals } from '#domain/totals.ts';
import { counted, listed } from '#domain/words.ts';
import type { SyncLimits } from './settings.ts';

export type JudgedSync = {
  readonly totals: Totals;
  readonly limits: SyncLimits;
  /** A whole read found everybody; one of changes those who changed. */
  readonly did: 'whole' | 'changes';
  readonly source: SourceFacts;
  /** Attributes that are asked for now: one that is not can be missing for no other reason. */
  readonly attributes: readonly string[];
  /** Of the last whole read whose plan was applied; undefined before the first. */
  readonly lastSource: SourceFacts | undefined;
  /** What syncs of the same directory did in the last 24 hours. */
  readonly lastDay: Totals;
  /** How many people the sync knows, or found where that is more. */
  readonly people: number;
  /** Those gone whom a person decides about, for so the sync is told. */
  readonly goneToReview: number;
  /** Whether a sync of just these settings was applied before. */
  readonly firstRun: boolean;
  readonly administrators: {
    /** Active in the desk; undefined where none is deactivated. */
    readonly active: number | undefined;
    readonly deactivated: number;
  };
  /** Entries that are the account Sundog signs in with. */
  readonly serviceAccounts: number;
};

/** Those that judge what was read, and so stop also a run that changes nobody. */
export const sourceGuards = ['source-size', 'source-shape', 'source-question'] as const;

/** Which of them one run passes over, and why: a cleared-out directory is smaller for good. */
export const SourceOverride = z.strictObject({
  guards: z.array(z.enum(sourceGuards)).min(1).max(sourceGuards.length),
  reason: z.string().trim().min(1).max(2_000),
});
export type SourceOverride = z.output<typeof SourceOverride>;

/** What stops a run that changes nobody: there is no plan whose amounts a person could say yes to. */
export function stopsOfSource(
  guards: readonly GuardVerdict[],
  override: SourceOverride | undefined,
): readonly GuardVerdict[] {
  const stopping = new Set<string>(sourceGuards.filter((name) => !override?.guards.includes(name)));
  return guards.filter(({ name, verdict }) => verdict === 'stop' && stopping.has(name));
}

/** Every guard's verdict, those that pass included: people read them all before they say yes. */
export function judgeSync(judged: JudgedSync): GuardVerdict[] {
  const { totals, limits, lastDay, people } = judged;
  return [
    ...judgeAmounts({ totals, limits, lastDay, accounts: people, of: 'people' }),
    judgeGone(judged),
    judgeAdministrators(judged),
    judgeServiceAccount(judged),
    judgeSize(judged),
    judgeShape(judged),
    judgeQuestion(judged),
    judgeFirstRun(judged),
  ];
}

function judgeGone({ goneToReview, people, limits }: JudgedSync): GuardVerdict {
  const name = 'gone';
  if (goneToReview === 0) {
    return { name, verdict: 'pass', sentence: 'Nobody waits for a decision on having left.' };
  }
  const who = goneToReview === 1 ? '1 person is' : `${goneToReview} people are`;
  const sentence = `${who} no longer in the directory; they stay active until a person decides.`;
  return {
    name,
    verdict: isAbove(goneToReview, people, limits.disables) ? 'review' : 'pass',
    sentence,
  };
}

/** Nobody could mend a desk without one. */
function judgeAdministrators({ administrators }: JudgedSync): GuardVerdict {
  const name = 'last-administrator';
  const { active, deactivated } = administrators;
  if (deactivated === 0 || active === undefined) {
    return { name, verdict: 'pass', sentence: 'No administrator of the desk is deactivated.' };
  }
  const left = Math.max(0, active - deactivated);
  return {
    name,
    verdict: left === 0 ? 'stop' : 'review',
    sentence: `${counted(deactivated, 'administrator')} of the desk would be deactivated; ${left} would be left.`,
  };
}

function judgeServiceAccount({ serviceAccounts }: JudgedSync): GuardVerdict {
  const sentence =
    serviceAccounts === 0
      ? 'The account that Sundog signs in with is not among the people.'
      : 'The account that Sundog signs in with is left out.';
  return { name: 'service-account', verdict: 'pass', sentence };
}

/** A short or empty answer looks like everybody leaving: a filter that finds nobody, rights that were taken. */
function judgeSize({ did, source, lastSource, limits }: JudgedSync): GuardVerdict {
  const name = 'source-size';
  if (did === 'changes') {
    const sentence = `The directory told of ${counted(source.records, 'change')}.`;
    return { name, verdict: 'pass', sentence };
  }
  if (lastSource === undefined) {
    return { name, verdict: 'pass', sentence: 'There is no earlier read to compare with.' };
  }
  const had = lastSource.records;
  const lost = Math.max(0, had - source.records);
  const limit = limits.lostRecords;
  if (lost === 0) {
    const sentence = `The directory has ${source.records} people; it had ${had}.`;
    return { name, verdict: 'pass', sentence };
  }
  const stops = source.records === 0 || isAbove(lost, had, limit);
  const share = Math.ceil((lost / had) * 1_000) / 10;
  const sentence =
    `The directory has ${source.records} people where it had ${had}, ${share} % fewer; ` +
    `the limit is ${limit.count} or ${limit.percent} %.`;
  return { name, verdict: stops ? 'stop' : 'pass', sentence };
}

/** An attribute that nobody has any more was hidden from the service account, or renamed. */
function judgeShape({ source, lastSource, attributes }: JudgedSync): GuardVerdict {
  const name = 'source-shape';
  const asked = lettersOf(attributes);
  const found = lettersOf(source.columns);
  const missing = (lastSource?.columns ?? []).filter((column) => {
    const letters = column.toLowerCase();
    return asked.has(letters) && !found.has(letters);
  });
  return missing.length === 0
    ? { name, verdict: 'pass', sentence: 'Every attribute of the last read is there.' }
    : {
        name,
        verdict: 'stop',
        sentence: `Nobody has ${listed(missing)} any more; it looks as if the service account may no longer read it.`,
      };
}

/** Another base, filter or place may hide people; where that takes something away it stops the run. */
function judgeQuestion({ source, lastSource, totals, goneToReview }: JudgedSync): GuardVerdict {
  const name = 'source-question';
  if (lastSource?.asked === undefined || lastSource.asked === source.asked) {
    return { name, verdict: 'pass', sentence: 'The directory is asked as before.' };
  }
  const takes = totals.disables + goneToReview > 0;
  return {
    name,
    verdict: takes ? 'stop' : 'review',
    sentence: takes
      ? 'Base, filter or places changed since the last sync, and people would be deactivated.'
      : 'Base, filter or places changed since the last sync; nobody is deactivated.',
  };
}

function judgeFirstRun({ firstRun }: JudgedSync): GuardVerdict {
  const name = 'first-run';
  return firstRun
    ? {
        name,
        verdict: 'review',
        sentence: 'This is the first sync of these settings; a person approves it.',
      }
    : { name, verdict: 'pass', sentence: 'These settings were synced before.' };
}

/** A mapping may be spelt in other letter cases than before. */
function lettersOf(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()));
}

function isAbove(
  number: number,
  all: number,
  limit: { readonly count: number; readonly percent: number },
): boolean {
  return number > Math.max(limit.count, (all * limit.percent) / 100);
}
