// The states of a secret link in words and tones, and the page's first line.
import type { Tone } from '#console/shell/state.tsx';
import type { SecretLinkWire } from '#features/secret-links/wire.ts';

type State = SecretLinkWire['state'];

export const linkStatesSaid = {
  asked: { word: 'waits for an answer', tone: 'waiting' },
  filling: { word: 'is being sent', tone: 'running' },
  waiting: { word: 'not read yet', tone: 'waiting' },
  claimed: { word: 'is being read', tone: 'running' },
  viewed: { word: 'read', tone: 'done' },
  forfeited: { word: 'lost on its way', tone: 'failed' },
  burnt: { word: 'burnt', tone: 'quiet' },
  expired: { word: 'ran out', tone: 'quiet' },
} as const satisfies Record<State, { readonly word: string; readonly tone: Tone }>;

/** What became of it, when. */
export function timeOf(link: SecretLinkWire): { readonly word: string; readonly at: string } {
  if (isOpen(link)) return { word: 'runs out', at: link.expiresAt };
  if (link.state === 'viewed') return { word: '', at: link.viewedAt ?? link.createdAt };
  if (link.state === 'expired') return { word: '', at: link.expiresAt };
  return { word: '', at: link.endedAt ?? link.createdAt };
}

export function isOpen({ state }: Pick<SecretLinkWire, 'state'>): boolean {
  return state === 'asked' || state === 'filling' || state === 'waiting';
}

/** The first line: is anything waiting, and was anything lost? */
export function firstLine(links: readonly SecretLinkWire[]): string {
  if (links.length === 0) return 'No secret is on its way.';
  const count = (state: State) => links.filter((link) => link.state === state).length;
  const sentences = [
    sentence(count('waiting'), 'secret waits to be read', 'secrets wait to be read'),
    sentence(count('asked'), 'request waits for its answer', 'requests wait for their answer'),
    sentence(count('forfeited'), 'was lost on its way; send it anew', 'were lost; send them anew'),
  ].filter((one) => one !== '');
  return sentences.length === 0 ? 'Nothing is on its way.' : sentences.join(' ');
}

function sentence(count: number, one: string, many: string): string {
  if (count === 0) return '';
  return `${count} ${count === 1 ? one : many}.`;
}
