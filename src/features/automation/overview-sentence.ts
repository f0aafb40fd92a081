// The first line of the overview: is anyone about to be hurt, and did everything happen that should?
import { counted, listed } from '#domain/words.ts';

/** "All 5 connections are healthy. 2 plans wait for you. 1 run failed in the last day." */
export function overviewSentence(facts: {
  readonly connections: readonly { readonly name: string; readonly healthy: boolean }[];
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

function connectionsSentence(
  connections: readonly { readonly name: string; readonly healthy: boolean }[],
): string {
  if (connections.length === 0) return 'There is no connection yet.';
  const broken = connections.filter(({ healthy }) => !healthy).map(({ name }) => name);
  if (broken.length > 0) {
    return `${listed(broken)} ${broken.length === 1 ? 'does' : 'do'} not answer as it should.`;
  }
  if (connections.length === 1) return 'The one connection is healthy.';
  return `All ${connections.length} connections are healthy.`;
}

function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
