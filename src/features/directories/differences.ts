// The audit entries of a change to a directory sync: one a changed field, one a changed row.
import type { Actor } from '#domain/actor.ts';
import type { AuditEntry } from '#store/audit.ts';
import type { DirectorySync } from './model.ts';

export function differences(
  actor: Actor,
  before: DirectorySync,
  after: DirectorySync,
): AuditEntry[] {
  const [old, young] = [textsOf(before), textsOf(after)];
  return [...new Set([...Object.keys(old), ...Object.keys(young)])]
    .filter((field) => (old[field] ?? null) !== (young[field] ?? null))
    .map((field) => ({
      ...syncEntry(actor, 'directory-sync.changed', after),
      field,
      before: old[field] ?? null,
      after: young[field] ?? null,
    }));
}

export function syncEntry(
  actor: Actor,
  action: string,
  { id, settings, clientId }: Pick<DirectorySync, 'id' | 'settings' | 'clientId'>,
): AuditEntry {
  return {
    actor,
    action,
    subject: { kind: 'directory sync', id: String(id), name: settings.name },
    outcome: 'done',
    ...(clientId === null ? {} : { clientId }),
  };
}

type Texts = Readonly<Record<string, string | null>>;

function textsOf({ settings, halo, active, deskConnectionId }: DirectorySync): Texts {
  const { places, fields, ...rest } = settings;
  const { unknownMappings, ...kept } = halo;
  return Object.fromEntries([
    ...flat({ ...rest, active, desk: deskConnectionId }, ''),
    ...flat(kept, 'halo.'),
    ...[...fields, ...unknownMappings].map(({ id, target, from, ...to }): [string, string] => [
      `field ${id}`,
      `${from} -> ${Object.values(to).join(' ')} of ${target}`,
    ]),
    ...places.map(({ id, ...place }): [string, string] => [`place ${id}`, inWords(place)]),
  ]);
}

function inWords(place: object): string {
  return flat(place, '')
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
}

function flat(group: object, path: string): [string, string | null][] {
  return Object.entries(group).flatMap(([name, value]): [string, string | null][] => {
    const field = `${path}${name}`;
    if (value === null) return [[field, null]];
    if (Array.isArray(value)) return [[field, value.length === 0 ? null : value.join(', ')]];
    return typeof value === 'object' ? flat(value, `${field}.`) : [[field, String(value)]];
  });
}
