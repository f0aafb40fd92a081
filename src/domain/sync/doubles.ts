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
  /** Of a record: comes to have it by this reading, because a person said so or as somebody who is back. */
  readonly joins: boolean;
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
    const members = oneEach(group);
    if (members.length < 2) continue;
    // A shared mailbox may be that of a hundred thousand: whom the others are is found once for all of them.
    const first = members.slice(0, othersMax + 1);
    // Of two who both have a good claim to one record, neither was paired with it: a person decides once more.
    const crowded = members.filter(({ fresh }) => !fresh).length > 1;
    for (const { target, entryId, name, key, fresh, joins } of members) {
      const id = `${target} ${entryId}`;
      const givesWay = fresh || (crowded && joins);
      if (!givesWay || found.has(id)) continue;
      const others = first.filter((other) => other.entryId !== entryId).slice(0, othersMax);
      const shown = others.map(({ dn }) => dn);
      const rest = members.length - 1 - shown.length;
      const more = rest > 0 ? [`${rest} more`] : [];
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

/** In order of their ids, each once. */
function oneEach(group: readonly Double[]): Double[] {
  const byId = new Map(group.map((one) => [one.entryId, one]));
  return [...byId].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, one]) => one);
}

/** So many of the others are named. */
const othersMax = 5;
