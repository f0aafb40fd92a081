// The plan hash is what a person says yes to: sha-256 over the canonical JSON (RFC 8785) of all that is approved.
import { createHash } from 'node:crypto';
import { canonical } from './canonical.ts';
import type { Change } from './change.ts';
import type { GuardVerdict } from './plan.ts';

/** Everything approved but the changes, which may be more than memory holds. */
export type Approved = {
  readonly automationId: string;
  readonly automationVersion: number;
  readonly expiresAt: Date;
  readonly guards: readonly GuardVerdict[];
  readonly sourceDigest: string;
};

export type PlanHash = {
  /** Adds the next change, in the plan's order; gives its canonical text. */
  add(change: Change): string;
  /** Adds one as the database kept it. */
  addKept(document: unknown): void;
  finish(approved: Pick<Approved, 'expiresAt' | 'guards' | 'sourceDigest'>): string;
};

/**
 * Hashes {automationId, automationVersion, changes, expiresAt, guards, sourceDigest} as RFC 8785 spells it.
 * Its members stand in alphabetical order, so that what is known last may be written last.
 */
export function startPlanHash(
  head: Pick<Approved, 'automationId' | 'automationVersion'>,
): PlanHash {
  const hash = createHash('sha256');
  const id = canonical(head.automationId);
  hash.update(`{"automationId":${id},"automationVersion":${head.automationVersion},"changes":[`);
  let separator = '';
  const add = (value: unknown) => {
    const text = canonical(value);
    hash.update(separator + text);
    separator = ',';
    return text;
  };
  return {
    add,
    addKept: add,
    finish({ expiresAt, guards, sourceDigest }) {
      const expiry = canonical(expiresAt.toISOString());
      hash.update(`],"expiresAt":${expiry},"guards":${canonical(guards)}`);
      hash.update(`,"sourceDigest":${canonical(sourceDigest)}}`);
      return hash.digest('hex');
    },
  };
}

/** The hash of a plan that fits in memory. */
export function planHash(plan: Approved & { readonly changes: readonly Change[] }): string {
  const hash = startPlanHash(plan);
  for (const change of plan.changes) hash.add(change);
  return hash.finish(plan);
}
