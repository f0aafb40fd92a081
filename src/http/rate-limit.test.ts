// Halo's rate limit, with the clock held in hand.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rateLimit } from './rate-limit.ts';

const minuteMs = 60_000;

describe('A rate limit of 700 requests in five minutes', () => {
  it('lets through 700 and refuses the next with Halo’s words', () => {
    const limit = rateLimit(700, () => 0);

    for (let turn = 0; turn < 700; turn += 1) limit('n8n');

    assert.throws(() => limit('n8n'), {
      code: 'rate.reached',
      message: 'Rate Limit Reached - 700 Requests per rolling 5 minute window.',
    });
  });

  it('counts each application for itself', () => {
    const limit = rateLimit(1, () => 0);
    limit('n8n');

    limit('HaloAPI');

    assert.throws(() => limit('n8n'));
  });

  it('rolls: what was asked five minutes ago no longer counts', () => {
    let now = 0;
    const limit = rateLimit(2, () => now);
    limit('n8n');
    now = 3 * minuteMs;
    limit('n8n');
    assert.throws(() => limit('n8n'));

    now = 5 * minuteMs + 10_000;

    limit('n8n');
    assert.throws(() => limit('n8n'));
  });

  it('says in how many seconds the next is let through, and keeps its word', () => {
    let now = 0;
    const limit = rateLimit(1, () => now);
    limit('n8n');
    now = minuteMs;
    const seconds = waitToldBy(() => limit('n8n'));

    now += (seconds - 1) * 1_000;
    assert.throws(() => limit('n8n'));
    now += 1_000;

    limit('n8n');
  });

  it('starts anew after a long rest', () => {
    let now = 0;
    const limit = rateLimit(1, () => now);
    limit('n8n');

    now = 24 * 60 * minuteMs;

    limit('n8n');
    assert.throws(() => limit('n8n'));
  });
});

function waitToldBy(work: () => void): number {
  try {
    work();
  } catch (error) {
    assert(typeof error === 'object' && error !== null && 'values' in error);
    const { values } = error;
    assert(typeof values === 'object' && values !== null && 'seconds' in values);
    return Number(values.seconds);
  }
  return assert.fail('it was let through');
}
