// Guards judge a whole plan before the first write: how much it takes away, and whether to believe its source.
import { z } from 'zod';
import type { GuardVerdict } from './plan.ts';
import type { SourceFacts } from './record.ts';
import type { Totals } from './totals.ts';
import { counted, listed } from './words.ts';

const Limit = z.object({ count: z.int().min(0), percent: z.number().min(0).max(100) });
type Limit = z.infer<typeof Limit>;

/** More than `count` and more than `percent` of the accounts: both must be passed (RULES: max of the two). */
export const GuardLimits = z.object({
  disables: Limit.default({ count: 3, percent: 5 }),
  deletes: Limit.default({ count: 1, percent: 2 }),
  groupRemovals: Limit.default({ count: 3, percent: 5 }),
  keyAttributes: Limit.default({ count: 3, percent: 5 }),
  /** Passwords reset: whoever reads a whole source wrongly must not lock everybody out. */
  resets: Limit.default({ count: 3, percent: 5 }),
  /** Creations ask for a yes by hand above this; they never stop a run. */
  creations: Limit.default({ count: 10, percent: 10 }),
  /** How many records the source may have lost since the last run. */
  lostRecords: Limit.default({ count: 3, percent: 5 }),
});
export type GuardLimits = z.infer<typeof GuardLimits>;

export type Judged = {
  readonly totals: Totals;
  /** A sync alone has a limit for moves. */
  readonly limits: GuardLimits & { readonly moves?: Limit };
  /** What is counted: accounts of a directory, or people of a service desk. */
  readonly of?: 'accounts' | 'people';
  readonly source: SourceFacts;
  /** The facts of the last run that was applied; undefined before the first. */
  readonly lastSource: SourceFacts | undefined;
  /** What runs of every automation did to the same directory in the last 24 hours. */
  readonly lastDay: Totals;
  /** How many accounts the automation knows: linked or matched. */
  readonly accounts: number;
  /** People linked but no longer in the source. */
  readonly gone: number;
  /** Changes left out because account or group is protected. */
  readonly protectedLeftOut: number;
  /** Whether any run of this automation was applied before. */
  readonly firstRun: boolean;
};

export type JudgedAmounts = Pick<Judged, 'totals' | 'limits' | 'lastDay' | 'accounts' | 'of'>;

/** The guards that count, alone: what other runs did since counts against a plan when it is applied. */
export function judgeAmounts(judged: JudgedAmounts): GuardVerdict[] {
  return (judged.of === 'people' ? amountsOfPeople : amounts).map((amount) =>
    judgeAmount(amount, judged),
  );
}

/** Every guard's verdict on a whole plan, those that pass included: people read them all before they say yes. */
export function judge(judged: Judged): GuardVerdict[] {
  return [
    ...judgeAmounts(judged),
    judgeGone(judged),
    judgeProtected(judged),
    judgeComplete(judged),
    judgeSize(judged),
    judgeShape(judged),
    judgeQuestion(judged),
    judgeFirstRun(judged),
  ];
}

/** Whether a person must say yes: always, or because of a verdict. `never` is for the lab's sample alone. */
export function needsApproval(
  approval: 'always' | 'first-run' | 'never',
  verdicts: readonly GuardVerdict[],
): boolean {
  const heeded = verdicts.filter(({ name }) => approval !== 'never' || name !== 'first-run');
  return approval === 'always' || heeded.some(({ verdict }) => verdict !== 'pass');
}

/** A plan that a guard stops is applied only with an override that names a person and a reason. */
export function isStopped(verdicts: readonly GuardVerdict[]): boolean {
  return verdicts.some(({ verdict }) => verdict === 'stop');
}

type Amount = {
  readonly name: (keyof GuardLimits & keyof Totals) | 'moves';
  readonly things: string;
  /** One of them, where it is said by itself. */
  readonly thing?: string;
  readonly none: string;
  readonly over: 'stop' | 'review';
};

const amounts: readonly Amount[] = [
  {
    name: 'creations',
    ...{ thing: 'account created', things: 'accounts created' },
    none: 'No account is created',
    over: 'review',
  },
  { name: 'disables', things: 'accounts disabled', none: 'No account is disabled', over: 'stop' },
  { name: 'deletes', things: 'accounts deleted', none: 'No account is deleted', over: 'stop' },
  {
    name: 'groupRemovals',
    ...{ thing: 'group membership removed', things: 'group memberships removed' },
    none: 'Nobody is taken out of a group',
    over: 'stop',
  },
  {
    name: 'resets',
    things: 'passwords reset',
    none: 'No password is reset',
    over: 'stop',
  },
  {
    name: 'keyAttributes',
    things: 'accounts with a changed address or key',
    none: 'No address or key changes',
    over: 'stop',
  },
];

const amountsOfPeople: readonly Amount[] = [
  {
    name: 'creations',
    ...{ thing: 'person created', things: 'people created' },
    none: 'Nobody is created',
    over: 'review',
  },
  { name: 'disables', things: 'people deactivated', none: 'Nobody is deactivated', over: 'stop' },
  {
    name: 'keyAttributes',
    things: 'people with a changed address or login',
    none: 'No address or login changes',
    over: 'stop',
  },
  {
    name: 'moves',
    things: 'people with a changed site, role or name',
    none: 'Nobody changes their site, role or name',
    over: 'stop',
  },
];

function judgeAmount(amount: Amount, judged: JudgedAmounts): GuardVerdict {
  const { name, none, over } = amount;
  const limit = judged.limits[name];
  const planned = judged.totals[name];
  if (limit === undefined || planned === 0) return { name, verdict: 'pass', sentence: `${none}.` };
  const earlier = judged.lastDay[name];
  const above = isAbove(planned + earlier, judged.accounts, limit);
  const arithmetic = arithmeticOf(amount, { planned, earlier, accounts: judged.accounts, limit });
  return {
    name,
    verdict: above ? over : 'pass',
    sentence: `${arithmetic}; the limit is ${limit.count} or ${limit.percent} %.`,
  };
}

/** Only what is a part of the accounts is said to be so many of them. */
function arithmeticOf(
  { name, things, thing = things }: Amount,
  counts: {
    readonly planned: number;
    readonly earlier: number;
    readonly accounts: number;
    readonly limit: Limit;
  },
): string {
  const { planned, earlier, accounts, limit } = counts;
  const before = earlier === 0 ? '' : ` and ${earlier} more in the last 24 hours`;
  const together = earlier === 0 ? '' : ' together';
  const share = `${shareOf(planned + earlier, accounts, limit)} %${together}`;
  switch (name) {
    // Said as a share of those that are there, 3 new ones would be 300 % of 1.
    case 'creations':
      return `${counted(planned, thing, things)}${before} beside ${accounts} that are known`;
    // An account has several.
    case 'groupRemovals':
      return `${counted(planned, thing, things)}${before} for ${counted(accounts, 'account')}, ${share}`;
    default:
      return `${planned} of ${accounts} ${things}${before}, ${share}`;
  }
}

function judgeGone({ gone, accounts, limits }: Judged): GuardVerdict {
  const name = 'gone';
  if (gone === 0) return { name, verdict: 'pass', sentence: 'Nobody is missing from the source.' };
  const people = gone === 1 ? '1 person is' : `${gone} people are`;
  const sentence = `${people} missing from the source; their accounts stay as they are.`;
  return { name, verdict: isAbove(gone, accounts, limits.disables) ? 'review' : 'pass', sentence };
}

function judgeProtected({ protectedLeftOut }: Judged): GuardVerdict {
  const left =
    protectedLeftOut === 0 ? '' : `; ${counted(protectedLeftOut, 'change')} left out for that`;
  const sentence = `No protected account or group is changed${left}.`;
  return { name: 'protected', verdict: 'pass', sentence };
}

function judgeComplete({ source }: Judged): GuardVerdict {
  const name = 'source-complete';
  return source.complete
    ? {
        name,
        verdict: 'pass',
        sentence: `The source was read to the end, ${source.records} people.`,
      }
    : { name, verdict: 'stop', sentence: 'The source answered only in part.' };
}

/** An empty or short answer looks like everybody leaving (RULES: source sanity). */
function judgeSize({ source, lastSource, limits }: Judged): GuardVerdict {
  const name = 'source-size';
  if (lastSource === undefined) {
    return { name, verdict: 'pass', sentence: 'There is no earlier read to compare with.' };
  }
  const lost = Math.max(0, lastSource.records - source.records);
  const limit = limits.lostRecords;
  const emptied = source.records === 0 && lost > 0;
  const stops = emptied || isAbove(lost, lastSource.records, limit);
  const share = shareOf(lost, lastSource.records, limit);
  const sentence =
    lost === 0
      ? `The source has ${source.records} people; it had ${lastSource.records}.`
      : `The source has ${source.records} people where it had ${lastSource.records}, ` +
        `${share} % fewer; the limit is ${limit.count} or ${limit.percent} %.`;
  return { name, verdict: stops ? 'stop' : 'pass', sentence };
}

function judgeShape({ source, lastSource }: Judged): GuardVerdict {
  const name = 'source-shape';
  const missing = (lastSource?.columns ?? []).filter((column) => !source.columns.includes(column));
  return missing.length === 0
    ? { name, verdict: 'pass', sentence: 'Every column of the last read is there.' }
    : { name, verdict: 'stop', sentence: `The source no longer has ${listed(missing)}.` };
}

/** Fewer rights or another question may hide people; where that takes something away it stops the run. */
function judgeQuestion({ source, lastSource, totals }: Judged): GuardVerdict {
  const name = 'source-question';
  const lost = (lastSource?.rights ?? []).filter((right) => !source.rights?.includes(right));
  const differs = lastSource?.asked !== undefined && lastSource.asked !== source.asked;
  if (lost.length === 0 && !differs) {
    return { name, verdict: 'pass', sentence: 'The source is asked as before.' };
  }
  const takes = totals.disables + totals.deletes + totals.groupRemovals > 0;
  const sentence =
    lost.length > 0
      ? `The source is read with fewer rights than before, without ${listed(lost)}.`
      : 'The source is asked in another way than at the last run.';
  return { name, verdict: takes ? 'stop' : 'review', sentence };
}

function judgeFirstRun({ firstRun }: Judged): GuardVerdict {
  const name = 'first-run';
  return firstRun
    ? { name, verdict: 'review', sentence: 'This is the first run; a person approves it.' }
    : { name, verdict: 'pass', sentence: 'This automation has run before.' };
}

/** Above max(count, percent of all). */
function isAbove(number: number, all: number, limit: Limit): boolean {
  return number > Math.max(limit.count, (all * limit.percent) / 100);
}

/** A whole percentage; where rounding would hide that the limit is passed, the next decimal above. */
function shareOf(number: number, all: number, limit: Limit): string {
  const percent = all === 0 ? 100 : (number / all) * 100;
  const hides = isAbove(number, all, limit) && Math.round(percent) <= limit.percent;
  return String(hides ? Math.ceil(percent * 10) / 10 : Math.round(percent));
}
