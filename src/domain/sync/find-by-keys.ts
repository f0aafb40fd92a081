// Finds people of a desk by what a directory knows of them: `field=value` in lower case.
import type { Change } from '#domain/change.ts';
import type { Outcome } from '#domain/outcome.ts';
import type { DeskPeople, DeskPerson, KnownPeople } from '#domain/ports/desk-people.ts';
import { keyOf } from './draft.ts';
import { type SyncTarget, syncTargets } from './settings.ts';

/** Everybody that one of the keys finds, by key. */
export async function findByKeys(
  desk: Pick<DeskPeople, 'findBy'>,
  target: SyncTarget,
  keys: Iterable<string>,
  fields: readonly string[],
): Promise<ReadonlyMap<string, readonly DeskPerson[]>> {
  const values = new Map<string, Set<string>>();
  for (const key of keys) {
    const at = key.indexOf('=');
    const field = key.slice(0, at);
    const known = values.get(field) ?? new Set();
    values.set(field, known.add(key.slice(at + 1)));
  }
  if (values.size === 0) return new Map();
  const wanted = [...values].map(([field, some]) => ({ field, values: [...some] }));
  const found = new Map<string, DeskPerson[]>();
  const asked = [...new Set([...fields, ...values.keys()])];
  for (const person of await desk.findBy(target, wanted, asked)) {
    for (const [field, some] of values) {
      const value = person.fields[field]?.[0] ?? '';
      if (!some.has(value.toLowerCase())) continue;
      const key = keyOf(field, value);
      const those = found.get(key);
      if (those === undefined) found.set(key, [person]);
      else those.push(person);
    }
  }
  return found;
}

/** Creations of who is there by now: somebody made them since the desk was read, and the next sync finds them. */
export async function findMadeMeanwhile(
  desk: Pick<DeskPeople, 'findBy'>,
  changes: readonly Change[],
  { keys }: Pick<KnownPeople, 'keys'>,
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  if (keys.size === 0) return outcomes;
  for (const target of syncTargets) {
    const creations = changes.filter(
      ({ id, personKey }) => keys.has(id) && personKey.startsWith(`${target}:`),
    );
    const wanted = creations.flatMap(({ id }) => keys.get(id) ?? []);
    const found = await findByKeys(desk, target, wanted, []);
    for (const { id, system } of creations) {
      const key = (keys.get(id) ?? []).find((one) => found.has(one));
      const person = key === undefined ? undefined : found.get(key)?.[0];
      if (person === undefined) continue;
      const because = `${person.name} (${person.id}) is in ${system} by now, found by ${fieldOf(key)}`;
      outcomes.set(id, { result: 'conflict', because });
    }
  }
  return outcomes;
}

function fieldOf(key = ''): string {
  return key.slice(0, key.indexOf('='));
}
