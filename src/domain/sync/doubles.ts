// Two entries that are one by what people are matched by: neither is paired before a person has decided.
import { sentenceOf } from '#domain/problem.ts';
import { listed } from '#domain/words.ts';
import type { Dispute } from './match-person.ts';

/** One of those who share a key, or who were matched with one record. */
export type Double = {
  readonly target: string;
  readonly entryId: string;
  readonly name: string;
  readonly dn: string;
  /** `email=maya@larkfield.test`, or `record=12`. */
  readonly key: string;
  /** Paired for the first time in this reading, or not yet: whoever was paired before keeps the record. */
  readonly fresh: boolean;
};

export type Withdrawal = {
  readonly target: string;
  readonly entryId: string;
  readonly name: string;
  readonly dispute: Dispute;
};

/** Who of those that share something must not be paired, once each. */
export function disputeDoubles(doubles: readonly Double[]): Withdrawal[] {
  const found = new Map<string, Withdrawal>();
  for (const group of Map.groupBy(doubles, ({ target, key }) => `${target} ${key}`).values()) {
    const members = group.toSorted((one, other) => (one.entryId < other.entryId ? -1 : 1));
    if (new Set(members.map(({ entryId }) => entryId)).size < 2) continue;
    for (const { target, entryId, name, key, fresh } of members) {
      const id = `${target} ${entryId}`;
      if (!fresh || found.has(id)) continue;
      const others = members.filter((other) => other.entryId !== entryId);
      const shown = others.slice(0, othersMax).map(({ dn }) => dn);
      const more = others.length > shown.length ? [`${others.length - shown.length} more`] : [];
      const code = 'sync.several-entries';
      const sentence = sentenceOf(code, {
        person: name,
        key: key.replace('=', ' '),
        others: listed([...shown, ...more]),
      });
      found.set(id, { target, entryId, name, dispute: { code, sentence, candidates: [] } });
    }
  }
  return [...found.values()];
}

/** So many of the others are named. */
const othersMax = 5;
