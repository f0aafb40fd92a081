// What writing into a remote Halo goes by: its kinds of records, the members a change makes, and how a refusal is told.
import type { Attributes } from '#domain/account.ts';
import type { Change } from '#domain/change.ts';
import type { Outcome } from '#domain/outcome.ts';
import type { KnownPeople } from '#domain/ports/desk-people.ts';
import type { RemoteRecord, RemoteTarget } from '#domain/ports/remote-people.ts';
import { Problem, type ProblemCode, type ProblemValues } from '#domain/problem.ts';
import { syncTargets } from '#domain/sync/settings.ts';
import { isRemote, type Mirror } from './mirror.ts';
import { membersOf, together } from './remote-fields.ts';

export type RemoteWriting = Mirror & {
  /** What is written before a creation, and found after a kill, belongs to a run. */
  readonly runId: string;
  now(): Date;
};

export type Pending = {
  readonly change: Change;
  readonly target: RemoteTarget;
  readonly members: RemoteRecord;
  /** Whether somebody who administers that Halo is to be disabled. */
  readonly administratorLeaves?: boolean;
};

export function membersFor(
  target: RemoteTarget,
  fields: Attributes,
): { readonly members: RemoteRecord } | Extract<Outcome, { result: 'failed' }> {
  let members: RemoteRecord = {};
  for (const [field, values] of Object.entries(fields)) {
    const texts = values.map((value) => value.toWellFormed());
    const some = texts.some((text) => text.includes('\0'))
      ? undefined
      : membersOf(target, field, texts);
    if (some === undefined) {
      const reason = `a ${target} has no such field, or it cannot hold this`;
      return failed('person.misfit', { field: field.slice(0, 80), reason });
    }
    members = together(members, some);
  }
  return { members };
}

export function targetOf({ target, personKey }: Change): RemoteTarget | undefined {
  const name = (target.kind === 'existing' ? target.id : personKey).split(':')[0];
  const found = syncTargets.find((one) => one === name);
  return found !== undefined && isRemote(found) ? found : undefined;
}

export function idOf({ id, kind, target }: Change, { records }: KnownPeople): number | undefined {
  if (kind === 'create') return undefined;
  return (
    records.get(id) ?? (target.kind === 'existing' ? Number(target.id.split(':')[1]) : undefined)
  );
}

export function gone({ target, system }: Change): Outcome {
  return { result: 'conflict', because: `${target.name} is no longer in ${system}` };
}

export function failed(
  code: ProblemCode,
  values: ProblemValues,
): Extract<Outcome, { result: 'failed' }> {
  return { result: 'failed', code, because: new Problem(code, values).message, retryable: false };
}
