// Applying is dull: look again; write only if the target is still as the plan saw it, skip if it is already so.
import { own } from '#lib/own.ts';
import type { Account, Attributes } from './account.ts';
import type { Change } from './change.ts';

export type Decision =
  /** What is left to write: of an update only the attributes that are not yet as they shall be. */
  | { readonly do: 'write'; readonly before: Attributes; readonly after: Attributes }
  | { readonly do: 'skip'; readonly because: string }
  | { readonly do: 'conflict'; readonly because: string };

/** The pure half of one write to an existing account; `present` is what a fresh look found. */
export function decide(change: Change, present: Account | undefined): Decision {
  if (present === undefined) {
    return { do: 'conflict', because: `${change.target.name} is no longer in ${change.system}` };
  }
  switch (change.kind) {
    case 'create':
    case 'reset-password':
    case 'unlock':
    case 'tell':
      return write(change);
    case 'enable':
      return present.enabled ? already('it is already enabled') : write(change);
    case 'disable':
      return present.enabled ? write(change) : already('it is already disabled');
    case 'add-member':
      return isMember(change, present) ? already('it is already a member') : write(change);
    case 'remove-member':
      return isMember(change, present) ? write(change) : already('it is not a member any more');
    case 'update':
      return decideUpdate(change, present);
  }
}

/** The account a creation makes, with the names of its nth set: 0 for the planned ones, then the fallbacks. */
export function accountToCreate(
  change: Change,
  attempt: number,
): { readonly dn: string; readonly attributes: Attributes; readonly enabled: boolean } | undefined {
  const fallback = attempt === 0 ? {} : change.fallbacks[attempt - 1];
  if (fallback === undefined) return undefined;
  const { distinguishedName, enabled, ...attributes } = { ...change.after, ...fallback };
  return { dn: distinguishedName?.[0] ?? '', attributes, enabled: enabled?.[0] === 'true' };
}

/** Whether two attributes hold the same values: a directory keeps them in no order (RFC 4511 §4.1.7). */
export function sameValues(
  one: readonly string[] | undefined,
  other: readonly string[] | undefined,
): boolean {
  const a = one ?? [];
  const b = other ?? [];
  if (a.length !== b.length) return false;
  if (a.length < 2) return a[0] === b[0];
  const sorted = b.toSorted();
  return a.toSorted().every((value, at) => value === sorted[at]);
}

/** The value of an attribute, whatever the letter case its name is written in (RFC 4512 §2.5). */
export function valuesOf(attributes: Attributes, name: string): readonly string[] {
  const exact = own(attributes, name);
  if (exact !== undefined) return exact;
  const lower = name.toLowerCase();
  const key = Object.keys(attributes).find((each) => each.toLowerCase() === lower);
  return key === undefined ? [] : (attributes[key] ?? []);
}

function decideUpdate(change: Change, present: Account): Decision {
  const names = Object.keys(change.after);
  const isSo = (side: Attributes) => (name: string) =>
    sameValues(valuesOf(present.attributes, name), side[name]);
  if (names.every(isSo(change.after))) return already('it is already so');
  const other = names.find((name) => !isSo(change.before)(name) && !isSo(change.after)(name));
  if (other !== undefined) {
    return { do: 'conflict', because: `${other} was changed since the plan was made` };
  }
  const open = names.filter((name) => !isSo(change.after)(name));
  return { do: 'write', before: only(open, change.before), after: only(open, change.after) };
}

function write({ before, after }: Change): Decision {
  return { do: 'write', before, after };
}

function only(names: readonly string[], attributes: Attributes): Attributes {
  return Object.fromEntries(names.map((name) => [name, attributes[name] ?? []]));
}

function isMember(change: Change, present: Account): boolean {
  return change.group !== undefined && present.groupIds.includes(change.group.id);
}

function already(because: string): Decision {
  return { do: 'skip', because };
}
