// Builds a change from a subject: the id that stays the same however often it is planned, and the usual defaults.
import { hash } from 'node:crypto';
import type { Change } from '#domain/change.ts';
import type { Origin } from '#domain/origin.ts';
import type { PersonNote } from '#domain/plan.ts';
import { type ProblemCode, type ProblemValues, sentenceOf } from '#domain/problem.ts';
import type { Planned, Subject } from '#domain/subject.ts';

type Given = Pick<Change, 'action' | 'kind' | 'before' | 'after' | 'because'> &
  Partial<Pick<Change, 'fallbacks' | 'needs' | 'group' | 'mustChangePassword' | 'reset'>> &
  Partial<Pick<Change, 'reversible' | 'irreversibleBecause'>>;

export function changeOf(subject: Subject, given: Given): Change {
  const { record, step, directory } = subject;
  const target = targetOf(subject);
  const change = {
    personKey: record.key,
    personName: record.name,
    step,
    connectionId: directory.connectionId,
    system: directory.system,
    target,
    fallbacks: [],
    reversible: true,
    needs: [],
    ...given,
  };
  const id = changeId(change);
  // A creation's target is what it creates itself.
  return target.kind === 'planned' && given.kind === 'create'
    ? { ...change, id, target: { ...target, change: id } }
    : { ...change, id };
}

/** Derived from person, step, kind and target, so that planning twice gives the same id. */
export function changeId(
  change: Pick<Change, 'personKey' | 'step' | 'connectionId' | 'kind' | 'target' | 'group'>,
): string {
  const { personKey, step, connectionId, kind, target, group } = change;
  // A creation has no target yet; person and step say which one it is.
  const on = target.kind === 'existing' ? target.id : '';
  const parts = [connectionId, personKey, String(step), kind, on, group?.id ?? ''];
  return hash('sha256', JSON.stringify(parts)).slice(0, 24);
}

/** The account there is, or the one that this plan creates. */
export function targetOf({ account, created, record }: Subject): Change['target'] {
  if (account !== undefined) return { kind: 'existing', id: account.id, name: record.name };
  return { kind: 'planned', change: created?.id ?? '', name: record.name };
}

export function noteOf(
  { record, account }: Pick<Subject, 'record' | 'account'>,
  code: ProblemCode,
  values: ProblemValues,
): PersonNote {
  return {
    personKey: record.key,
    personName: record.name,
    situation: account === undefined ? 'new' : 'linked',
    sentence: sentenceOf(code, values),
    code,
  };
}

/** Of somebody whom a sync brought from this directory: nothing is done, and said why. */
export function synced(subject: Subject, { sync }: Origin): Planned {
  const person = subject.record.name;
  return { changes: [], notes: [noteOf(subject, 'account.synced', { person, sync })] };
}
