import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import canonicalize from 'canonicalize';
import { aDefinition, everyone, noon, sourceOf } from '#test/planning/larkfield.ts';
import { larkfield, planWith } from '#test/planning/model-directory.ts';
import fc from '#test/property.ts';
import type { Change } from './change.ts';
import { type Approved, planHash } from './plan-hash.ts';

const { changes } = planWith(larkfield(), aDefinition(), sourceOf(everyone), noon);
const plan: Approved & { readonly changes: readonly Change[] } = {
  automationId: '01890000-0000-7000-8000-000000000005',
  automationVersion: 3,
  expiresAt: new Date('2026-03-03T12:00:00Z'),
  guards: [{ name: 'disables', verdict: 'pass', sentence: '2 of 38 accounts disabled, 5 %.' }],
  sourceDigest: 'a'.repeat(64),
  changes,
};

describe('The hash of a plan', () => {
  it('is sha-256 over its canonical JSON, so that a stranger can compute it', () => {
    const text = canonicalize({ ...plan, expiresAt: plan.expiresAt.toISOString() }) ?? '';

    assert.equal(planHash(plan), createHash('sha256').update(text).digest('hex'));
  });

  it('is the same however the members of a change are ordered', () => {
    const reversed = changes.map((change) => reorder(change));

    assert.equal(planHash({ ...plan, changes: reversed }), planHash(plan));
  });

  const others: readonly (readonly [string, Partial<typeof plan>])[] = [
    ['the automation', { automationId: '01890000-0000-7000-8000-000000000006' }],
    ['the version of the automation', { automationVersion: 4 }],
    ['the expiry', { expiresAt: new Date('2026-03-03T12:00:00.001Z') }],
    [
      'a verdict',
      {
        guards: [
          { name: 'disables', verdict: 'stop', sentence: '2 of 38 accounts disabled, 5 %.' },
        ],
      },
    ],
    [
      'the sentence of a guard',
      { guards: [{ name: 'disables', verdict: 'pass', sentence: 'Nothing.' }] },
    ],
    ['the digest of the source', { sourceDigest: 'b'.repeat(64) }],
    ['the number of changes', { changes: changes.slice(1) }],
    ['the order of changes', { changes: changes.toReversed() }],
  ];
  for (const [what, other] of others) {
    it(`is another as soon as ${what} is another`, () => {
      assert.notEqual(planHash({ ...plan, ...other }), planHash(plan));
    });
  }

  it('is another as soon as any member of any change is another', () => {
    fc.assert(
      fc.property(fc.nat({ max: changes.length - 1 }), fc.nat(), (at, which) => {
        const change = changes[at];
        assert.ok(change);
        const members = Object.keys(change);
        const member = members[which % members.length] ?? 'id';
        const altered = { ...change, [member]: 'something else' };

        assert.notEqual(planHash({ ...plan, changes: changes.with(at, altered) }), planHash(plan));
      }),
    );
  });
});

function reorder(change: Change): Change {
  return { ...change, ...Object.fromEntries(Object.entries(change).toReversed()) };
}
