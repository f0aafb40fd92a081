// The first line of the overview: is anyone about to be hurt, and did everything happen that should?
import { counted, listed } from '#domain/words.ts';

export type ConnectionHealth = {
  readonly name: string;
  readonly healthy: boolean;
  /** Null while it was not tried yet. */
  readonly checkedAt: string | null;
};

/** "All 5 connections are healthy. 2 plans wait for you. 1 run failed in the last day." */
export function overviewSentence(facts: {
  readonly connections: readonly ConnectionHealth[];
  readonly waitingPlans: number;
  readonly failedRuns: readonly string[];
}): string {
  return [
    connectionsSentence(facts.connections),
    facts.waitingPlans === 0
      ? 'No plan waits for you.'
      : `${counted(facts.waitingPlans, 'plan')} ${facts.waitingPlans === 1 ? 'waits' : 'wait'} for you.`,
    ...(facts.failedRuns.length === 0
      ? []
      : [
          `${counted(facts.failedRuns.length, 'run')} failed in the last day: ${ended(facts.failedRuns[0] ?? '')}`,
        ]),
  ].join(' ');
}

function connectionsSentence(connections: readonly ConnectionHealth[]): string {
  if (connections.length === 0) return 'There is no connection yet.';
  const tried = connections.filter(({ checkedAt }) => checkedAt !== null);
  const broken = tried.filter(({ healthy }) => !healthy).map(({ name }) => name);
  if (broken.length === 1) return `${broken[0]} does not answer as it should.`;
  if (broken.length > 1) return `${listed(broken)} do not answer as they should.`;
  const untried = connections.length - tried.length;
  if (untried > 0) {
    return `${counted(untried, 'connection')} ${untried === 1 ? 'was' : 'were'} not tried yet.`;
  }
  if (connections.length === 1) return 'The one connection is healthy.';
  return `All ${connections.length} connections are healthy.`;
}

function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
