// Finding what a creation that was never answered for may have made in a remote Halo.
import { sql } from 'kysely';
import type { Change } from '#domain/change.ts';
import type { Outcome } from '#domain/outcome.ts';
import type { KnownPeople } from '#domain/ports/desk-people.ts';
import type { RemoteRecord, RemoteTarget } from '#domain/ports/remote-people.ts';
import { findMadeMeanwhile } from '#domain/sync/find-by-keys.ts';
import { mirroredPeople } from './mirror.ts';
import { fieldsOf, keyOf, keysOf } from './remote-fields.ts';
import type { Pending, RemoteWriting } from './remote-writing.ts';

/** How far Halo's clock may be behind ours. */
const clockSkewMs = 300_000;
/** Of what is searched for: it goes into an address. */
const searchMax = 100;

/**
 * Who was made since the intent with everything that tells people apart is the one that was asked for. Where
 * that is a name alone, nobody can tell: Halo may have made them, and a person looks. `others` are somebody else.
 */
export async function adopted(
  { remote }: RemoteWriting,
  { target, members, change }: Pending,
  askedAt: Date,
  others: ReadonlySet<number>,
): Promise<Outcome | undefined> {
  const wanted = keysOf(target, members);
  const isNamed = isNameAlone(wanted);
  const by = ['email', 'login', 'name']
    .flatMap((field) =>
      (fieldsOf(target, members, [field])[field] ?? []).map((value) => ({ field, value })),
    )
    .at(0);
  if (by === undefined) return undefined;
  const key = keyOf(by.field, by.value);
  const listed = await remote.search(target, by.value.slice(0, searchMax));
  const found: RemoteRecord[] = [];
  for (const row of listed.filter((one) => keysOf(target, one).includes(key))) {
    if (others.has(Number(row.id))) continue;
    const whole = await remote.read(target, Number(row.id));
    if (whole === undefined || createdAt(whole) < askedAt.getTime() - clockSkewMs) continue;
    const has = new Set(keysOf(target, whole));
    if (wanted.every((one) => has.has(one))) found.push(whole);
  }
  const [only, other] = found;
  if (only === undefined) return undefined;
  if (isNamed || other !== undefined) {
    const because = `it may be there already: somebody of the name ${change.target.name} was just created`;
    return { result: 'conflict', because };
  }
  return {
    result: 'done',
    targetId: `${target}:${Number(only.id)}`,
    note: 'found created after an interruption',
  };
}

/** Who is in the mirror by now, as another sync of this hub made them. What was asked for before is `adopted`. */
export async function madeMeanwhile(
  writing: RemoteWriting,
  changes: readonly Change[],
  known: KnownPeople,
): Promise<ReadonlyMap<string, Outcome>> {
  const { db, runId } = writing;
  const asked = changes.flatMap(({ id }) => (known.keys.has(id) ? [id] : []));
  if (asked.length === 0) return new Map();
  const { rows } = await sql<{ readonly change_id: string }>`
    select change_id from sync_desk_intents
    where run_id = ${runId} and change_id = any(${asked}::text[])`.execute(db);
  const before = new Set(rows.map((row) => row.change_id));
  const fresh = changes.filter(({ id }) => !before.has(id));
  return findMadeMeanwhile(
    mirroredPeople(writing, async () => []),
    fresh,
    known,
  );
}

/** Whom the mirror knows by the names of creations that have nothing else: asked before Halo is. */
export async function namesakes(
  { db, connectionId }: RemoteWriting,
  target: RemoteTarget,
  pending: readonly Pending[],
): Promise<ReadonlySet<number>> {
  const names = pending.flatMap(({ members }) => {
    const keys = members.id === undefined ? keysOf(target, members) : [];
    return isNameAlone(keys) ? keys : [];
  });
  if (names.length === 0) return new Set();
  const { rows } = await sql<{ readonly id: number }>`
    select desk_id as id from sync_desk_people where connection_id = ${connectionId}
    and target = ${target} and keys && ${names}::text[]`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

function isNameAlone(keys: readonly string[]): boolean {
  return keys.every((key) => key.startsWith('name='));
}

function createdAt({ datecreated: at }: RemoteRecord): number {
  const time =
    typeof at === 'string'
      ? Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(at) ? at : `${at}Z`)
      : Number.NaN;
  return Number.isNaN(time) ? 0 : time;
}
