// What a change says of a remote Halo's record before and after, in the words that the record is compared by.
import type { Attributes } from '#domain/account.ts';
import type { Change } from '#domain/change.ts';
import type { KnownPeople } from '#domain/ports/desk-people.ts';
import type { RemoteTarget } from '#domain/ports/remote-people.ts';
import { fieldsOf } from './remote-fields.ts';
import type { RemoteWriting } from './remote-writing.ts';

/** Halo keeps the address of a user's manager, and an agent's by id. What takes a run back names both by record. */
export async function sidesOf(
  { remote }: RemoteWriting,
  target: RemoteTarget,
  change: Change,
  known: KnownPeople,
): Promise<{ readonly before: Attributes; readonly after: Attributes } | undefined> {
  const { before, after, kind, manager } = change;
  if (kind === 'enable' || kind === 'disable') {
    const isOn = kind === 'enable';
    return {
      before: { ...before, enabled: [String(!isOn)] },
      after: { ...after, enabled: [String(isOn)] },
    };
  }
  if (manager === undefined && after.manager === undefined) return { before, after };
  const paired = (entryId: string | null) =>
    entryId === null ? null : known.managers.get(change.id);
  const nameOf = async (id: number | null | undefined): Promise<readonly string[] | undefined> => {
    if (id === null || id === undefined) return [];
    if (target === 'agent') return [String(id)];
    const record = await remote.read(target, id);
    return record === undefined ? undefined : fieldsOf(target, record, ['email']).email;
  };
  const was = manager === undefined ? recordIn(before) : manager.was;
  const id = manager === undefined ? recordIn(after) : paired(manager.entryId);
  const then = id === undefined ? undefined : await nameOf(id);
  if (then === undefined) return undefined;
  return {
    before: { ...before, manager: (await nameOf(was)) ?? [] },
    after: { ...after, manager: then },
  };
}

function recordIn({ manager }: Attributes): number | null {
  return manager?.[0] === undefined ? null : Number(manager[0]);
}
