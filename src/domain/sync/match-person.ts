// Who of the desk an entry is that nobody has paired yet: by what a person decided, else by what is known of both.
import type { DeskPerson } from '#domain/ports/desk-people.ts';
import { type ProblemCode, sentenceOf } from '#domain/problem.ts';
import { listed } from '#domain/words.ts';
import type { Draft } from './draft.ts';

export type Decision =
  | { readonly decision: 'link'; readonly deskId: number }
  | { readonly decision: 'create' | 'leave-out'; readonly deskId: null };

export type Candidate = {
  readonly deskId: number;
  readonly name: string;
  readonly email: string;
};

export type Dispute = {
  readonly code: ProblemCode;
  readonly sentence: string;
  readonly candidates: readonly Candidate[];
};

export type Match =
  | { readonly kind: 'found'; readonly person: DeskPerson; readonly because: string }
  | { readonly kind: 'none'; readonly because?: string }
  | { readonly kind: 'left-out' }
  | { readonly kind: 'disputed'; readonly dispute: Dispute };

export type Matching = {
  readonly decision: Decision | undefined;
  /** Everybody of the desk that one of the keys of the page finds. */
  readonly candidates: ReadonlyMap<string, readonly DeskPerson[]>;
  /** Records of the desk by id, as far as the page needs them. */
  readonly desk: ReadonlyMap<number, DeskPerson>;
  /** Whose a record is already, by its id. */
  readonly taken: ReadonlyMap<number, Holder>;
};

/** An entry that a record belongs to; one that is gone gives it up where a person says so. */
export type Holder = { readonly entryId: string; readonly isGone: boolean };

export function matchPerson(draft: Draft, matching: Matching): Match {
  const { decision } = matching;
  if (decision?.decision === 'leave-out') return { kind: 'left-out' };
  if (decision?.decision === 'create') {
    return { kind: 'none', because: 'A person decided on a new record.' };
  }
  if (decision?.decision === 'link') return linked(draft, decision.deskId, matching);
  for (const key of draft.keys) {
    const found = matching.candidates.get(key) ?? [];
    const [only] = found;
    if (only === undefined) continue;
    if (found.length > 1) return disputed('sync.several-in-desk', draft, found);
    const holder = otherHolder(matching, only, draft);
    if (holder !== undefined) {
      // An address may be given to somebody new: whether it is the same person nobody can tell from it.
      const code = holder.isGone ? 'sync.former-record' : 'sync.taken';
      return disputed(code, draft, found);
    }
    if (only.administrator && !isSure(draft, only, matching)) {
      return disputed('sync.administrator', draft, found);
    }
    const [field = ''] = key.split('=', 1);
    return { kind: 'found', person: only, because: `Found in the desk by ${field}.` };
  }
  return { kind: 'none' };
}

function linked(draft: Draft, deskId: number, matching: Matching): Match {
  const person = matching.desk.get(deskId);
  if (person === undefined) {
    const sentence = sentenceOf('sync.desk-record-gone', { id: deskId, person: draft.name });
    return {
      kind: 'disputed',
      dispute: { code: 'sync.desk-record-gone', sentence, candidates: [] },
    };
  }
  const holder = otherHolder(matching, person, draft);
  if (holder?.isGone === false) return disputed('sync.taken', draft, [person]);
  return { kind: 'found', person, because: 'A person linked them.' };
}

function otherHolder({ taken }: Matching, person: DeskPerson, draft: Draft): Holder | undefined {
  const holder = taken.get(person.id);
  return holder?.entryId === draft.entry.id ? undefined : holder;
}

/** Whoever may write mail addresses in a directory must not become an administrator of the desk by one. */
function isSure(draft: Draft, person: DeskPerson, { candidates }: Matching): boolean {
  return draft.keys.some(
    (key) => !/^email/.test(key) && candidates.get(key)?.some(({ id }) => id === person.id),
  );
}

export function disputed(
  code: 'sync.several-in-desk' | 'sync.taken' | 'sync.former-record' | 'sync.administrator',
  draft: Pick<Draft, 'name'>,
  found: readonly DeskPerson[],
): Match {
  const shown = found.slice(0, candidatesMax).toSorted((one, other) => one.id - other.id);
  const names = shown.map(({ name, id }) => `${name} (${id})`);
  const more = found.length > shown.length ? [`${found.length - shown.length} more`] : [];
  const sentence = sentenceOf(code, {
    person: draft.name,
    candidates: listed([...names, ...more]),
  });
  return { kind: 'disputed', dispute: { code, sentence, candidates: shown.map(candidateOf) } };
}

/** So many are shown of those that somebody may be. */
const candidatesMax = 20;

export function candidateOf({ id, name, fields }: DeskPerson): Candidate {
  return { deskId: id, name, email: fields.email?.[0] ?? '' };
}
