// Plans a batch of entries: fetches what is known of them set-wise, has them planned, and puts the result by.
import type { DeskPerson } from '#domain/ports/desk-people.ts';
import { draftOf, type PlacedEntry } from '#domain/sync/draft.ts';
import { findByKeys } from '#domain/sync/find-by-keys.ts';
import type { Decision } from '#domain/sync/match-person.ts';
import { planGone } from '#domain/sync/plan-gone.ts';
import { type KnownPerson, type PlannedEntry, planPage } from '#domain/sync/plan-page.ts';
import type { Rules } from '#domain/sync/rules.ts';
import { findDecisions, findHeld, findKnown, findTaken } from './people-rows.ts';
import { countPlanned, type Reading, report } from './reading.ts';
import { copySeen } from './seen-rows.ts';

export async function planBatch(
  reading: Reading,
  rules: Rules,
  entries: readonly PlacedEntry[],
  isKnown: (id: string) => boolean,
): Promise<void> {
  const { ports, sync, decided } = reading;
  noteColumns(reading, rules, entries);
  const drafts = entries.map((placed) => draftOf(rules, placed));
  const ids = drafts.map(({ entry }) => entry.id);
  const [known, decisions] = await Promise.all([
    findKnown(ports.db, sync.id, rules.target, ids.filter(isKnown)),
    decided ? findDecisions(ports.db, sync.id, rules.target, ids) : noDecisions,
  ]);
  const [desk, candidates] = await Promise.all([
    findRecords(reading, rules, known, decisions),
    findByKeys(
      reading.desk,
      rules.target,
      drafts.flatMap(({ entry, keys }) => (isPaired(known.get(entry.id)) ? [] : keys)),
      rules.fields,
    ),
  ]);
  const found = new Set([...candidates.values()].flat().map(({ id }) => id));
  for (const { deskId } of decisions.values()) if (deskId !== null) found.add(deskId);
  const taken = await findTaken(ports.db, sync, rules.target, [...found]);
  const planned = planPage(rules, { drafts, known, decisions, candidates, desk, taken });
  await keepPhotos(reading, planned);
  await keep(reading, planned);
}

const noDecisions: ReadonlyMap<string, Decision> = new Map();

/** Those who are in no place any more; their rows and records are fetched here. */
export async function planGoneBatch(
  reading: Reading,
  rules: Rules,
  ids: readonly string[],
): Promise<void> {
  const { ports, sync, runId } = reading;
  const known = await findKnown(ports.db, sync.id, rules.target, ids);
  const gone = [...known.values()].filter(({ state }) => state !== 'gone');
  const [desk, held] = await Promise.all([
    findRecords(reading, rules, known, noDecisions),
    findHeld(ports.db, sync, runId, rules.target, gone),
  ]);
  await keep(reading, planGone(rules, gone, desk, held));
}

async function keep(reading: Reading, planned: readonly PlannedEntry[]): Promise<void> {
  countPlanned(reading, planned);
  const people = planned.flatMap(({ person }) => person ?? []);
  // Where one of them fails the other is waited for: it must not write into the next attempt.
  const ended = await Promise.allSettled([
    people.length > 0 ? reading.sink.add(people) : undefined,
    copySeen(reading, planned),
  ]);
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  await report(reading);
}

function isPaired(known: KnownPerson | undefined): boolean {
  return known?.deskId != null && (known.state === 'linked' || known.state === 'gone');
}

async function findRecords(
  { desk }: Reading,
  rules: Rules,
  known: ReadonlyMap<string, KnownPerson>,
  decisions: ReadonlyMap<string, Decision>,
): Promise<ReadonlyMap<number, DeskPerson>> {
  const ids = [...known.values(), ...decisions.values()].flatMap(({ deskId }) => deskId ?? []);
  if (ids.length === 0) return new Map();
  const people = await desk.find(rules.target, [...new Set(ids)], rules.fields);
  return new Map(people.map((person) => [person.id, person]));
}

/** Octets are put by before the change that names them. A report of what differs changes nobody. */
async function keepPhotos(
  { desk, drift }: Reading,
  planned: readonly PlannedEntry[],
): Promise<void> {
  if (drift) return;
  const photos = planned.flatMap(({ photo }) => photo ?? []);
  for (let at = 0; at < photos.length; at += photosAtOnce) {
    await desk.keepPhotos(photos.slice(at, at + photosAtOnce));
  }
}

/** Up to 1 MB each. */
const photosAtOnce = 20;

/** Which attributes somebody has: one that nobody has any more was hidden from the service account. */
function noteColumns(
  { tally }: Reading,
  { attributes }: Rules,
  entries: readonly PlacedEntry[],
): void {
  const missing = attributes.filter((name) => !tally.columns.has(name));
  for (const name of missing) {
    if (entries.some(({ entry }) => (entry.attributes[name]?.length ?? 0) > 0)) {
      tally.columns.add(name);
    }
  }
}
