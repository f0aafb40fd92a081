// The rows of a plan on their way to PostgreSQL: in their order, counted, and hashed as they pass.
import assert from 'node:assert/strict';
import type { Change } from '#domain/change.ts';
import type { PlannedPerson } from '#domain/plan.ts';
import type { PlanHash } from '#domain/plan-hash.ts';
import type { SourceRecord } from '#domain/record.ts';
import type { CopiedValue } from '#store/copy-in.ts';

export type PlannedFor = Omit<PlannedPerson, 'leftOut'>;

export const changeColumns = [
  ...['plan_id', 'position', 'change_id', 'person_key', 'kind', 'connection_id', 'step'],
  'document',
];

/** One text of a change is hashed and kept: it is most of what writing a plan costs. */
export function* changeRows(
  planId: string,
  firstPosition: number,
  changes: Iterable<Change>,
  hash: Pick<PlanHash, 'add'>,
): Generator<readonly CopiedValue[]> {
  let position = firstPosition;
  for (const change of changes) {
    const { id, personKey, kind, connectionId, step } = change;
    const document = hash.add(change);
    assert(!hasNul(document), `${id} holds the character NUL, which no text of the database can`);
    yield [planId, position, id, personKey, kind, connectionId, step, document];
    position += 1;
  }
}

/** Kept as json, where the database would find out when somebody reads the value. */
function hasNul(document: string): boolean {
  return document.includes('\\u0000') && nul.test(document);
}

/** An escape, and not what stands behind a backslash that is one itself. */
const nul = /(?<!\\)(?:\\\\)*\\u0000/;

export const personColumns = [
  ...['plan_id', 'position', 'person_key', 'person_name', 'situation', 'in_group'],
  ...['change_count', 'notes', 'record'],
];

export function* personRows(
  planId: string,
  firstPosition: number,
  people: Iterable<PlannedFor>,
  record: (key: string) => SourceRecord | undefined,
): Generator<readonly CopiedValue[]> {
  let position = firstPosition;
  for (const person of people) {
    const said = person.changes.length > 0 ? record(person.key) : undefined;
    yield [
      ...[planId, position, person.key, person.name, person.situation, person.group],
      ...[person.changes.length, person.notes, said],
    ];
    position += 1;
  }
}
