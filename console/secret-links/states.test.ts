// What the secret link page says in its first line.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SecretLinkWire } from '#features/secret-links/wire.ts';
import { firstLine, timeOf } from './states.ts';

describe('The first line about secret links', () => {
  it('says what waits and what was lost, and nothing else', () => {
    const links = [aLink('waiting'), aLink('asked'), aLink('forfeited'), aLink('viewed')];

    const said = firstLine(links);

    assert.equal(
      said,
      '1 secret waits to be read. 1 request waits for its answer. 1 was lost on its way; send it anew.',
    );
  });

  it('is calm where nothing waits', () => {
    assert.equal(firstLine([]), 'No secret is on its way.');
    assert.equal(firstLine([aLink('viewed')]), 'Nothing is on its way.');
  });

  it('gives the time that matters in each state', () => {
    assert.deepEqual(timeOf(aLink('waiting')), { word: 'runs out', at: '2026-11-29T09:00:00Z' });
    assert.deepEqual(timeOf(aLink('viewed')), { word: '', at: '2026-11-22T10:00:00Z' });
    assert.deepEqual(timeOf(aLink('burnt')), { word: '', at: '2026-11-22T11:00:00Z' });
  });
});

function aLink(state: SecretLinkWire['state']): SecretLinkWire {
  return {
    id: 1,
    kind: state === 'asked' ? 'request' : 'secret',
    label: 'The portal password',
    state,
    sender: { kind: 'agent', id: '1', name: 'Ines Marlow' },
    hasPassphrase: false,
    isFile: false,
    revealsMax: 1,
    revealsLeft: 1,
    wrongPassphrases: 0,
    tellMe: false,
    ticketId: null,
    userId: null,
    createdAt: '2026-11-22T09:00:00Z',
    expiresAt: '2026-11-29T09:00:00Z',
    viewedAt: '2026-11-22T10:00:00Z',
    endedAt: '2026-11-22T11:00:00Z',
  };
}
