// Makes a sync's changes in a remote Halo, fifty a request, and says after each request what became of them.
import { sql } from 'kysely';
import type { Attributes } from '#domain/account.ts';
import { decide } from '#domain/apply.ts';
import type { Change } from '#domain/change.ts';
import type { Outcome } from '#domain/outcome.ts';
import type { KnownPeople } from '#domain/ports/desk-people.ts';
import type { RemoteRecord, RemoteSaved, RemoteTarget } from '#domain/ports/remote-people.ts';
import { chunksOf } from '#lib/chunks.ts';
import { digestOf, keep, type Read } from './mirror.ts';
import { hasAnotherAdministrator, whileNobodyLeaves } from './remote-administrators.ts';
import { apartOf, fieldsOf, isActive, presence, together } from './remote-fields.ts';
import { adopted, madeMeanwhile, namesakes } from './remote-found.ts';
import { sidesOf } from './remote-sides.ts';
import {
  failed,
  gone,
  idOf,
  membersFor,
  type Pending,
  type RemoteWriting,
  targetOf,
} from './remote-writing.ts';

/** Of one request. */
const recordsMax = 50;
const readsAtOnce = 4;

type Outcomes = ReadonlyMap<string, Outcome>;

type Asked = {
  readonly change: Change;
  readonly id: number | undefined;
  readonly read: ReadonlyMap<string, RemoteRecord | undefined>;
};

/** Each map is of changes that were just made: whoever asks settles them before the next are made. */
export async function* writeRemotePeople(
  writing: RemoteWriting,
  changes: readonly Change[],
  known: KnownPeople,
  signal?: AbortSignal,
): AsyncGenerator<Outcomes> {
  for (const chunk of chunksOf(changes, recordsMax)) {
    signal?.throwIfAborted();
    const outcomes = new Map(await madeMeanwhile(writing, chunk, known));
    const pending: Pending[] = [];
    const read = await readAhead(writing, chunk, known, signal);
    for (const change of chunk.filter(({ id }) => !outcomes.has(id))) {
      const id = idOf(change, known);
      if (mustWait(change, id, pending)) {
        await send(writing, pending.splice(0), outcomes);
        read.delete(`${targetOf(change)}:${id}`);
      }
      const judged = await judge(writing, { change, id, read }, known);
      if ('result' in judged) outcomes.set(change.id, judged);
      else if (judged.administratorLeaves) {
        await leave(writing, judged, outcomes);
        read.delete(`agent:${id}`);
      } else pending.push(judged);
    }
    await send(writing, pending, outcomes);
    yield outcomes;
  }
}

/** A record is written once a request: what follows sees what came of it. */
function mustWait(change: Change, id: number | undefined, pending: readonly Pending[]): boolean {
  return pending.some(
    (one) => one.members.id === id && id !== undefined && one.target === targetOf(change),
  );
}

/** The records that a chunk changes, a few at a time, by `kind:id`. */
async function readAhead(
  { remote }: RemoteWriting,
  chunk: readonly Change[],
  known: KnownPeople,
  signal: AbortSignal | undefined,
): Promise<Map<string, RemoteRecord | undefined>> {
  const wanted = new Map(
    chunk.flatMap((change) => {
      const [target, id] = [targetOf(change), idOf(change, known)];
      return target === undefined || id === undefined
        ? []
        : [[`${target}:${id}`, { target, id }] as const];
    }),
  );
  const read = new Map<string, RemoteRecord | undefined>();
  for (const some of chunksOf([...wanted], readsAtOnce)) {
    const records = await Promise.all(
      some.map(([, { target, id }]) => remote.read(target, id, signal)),
    );
    for (const [at, [key]] of some.entries()) read.set(key, records[at]);
  }
  return read;
}

async function judge(
  writing: RemoteWriting,
  { change, id, read }: Asked,
  known: KnownPeople,
): Promise<Outcome | Pending> {
  const target = targetOf(change);
  if (target === undefined) {
    return failed('person.misfit', {
      field: 'cabId',
      reason: 'a remote Halo’s boards are not reached',
    });
  }
  if (change.kind === 'create') return creation(writing, target, change);
  if (id === undefined) return failed('person.no-record', { name: change.target.name });
  const key = `${target}:${id}`;
  const record = read.has(key) ? read.get(key) : await writing.remote.read(target, id);
  if (record === undefined) return gone(change);
  const what = apartOf(target, record);
  if (what !== undefined) return failed('person.kept', { name: change.target.name, what });
  const sides = await sidesOf(writing, target, change, known);
  if (sides === undefined) {
    return failed('person.no-manager', { manager: change.after.manager?.[0] ?? '' });
  }
  const fields = [...new Set([...Object.keys(sides.before), ...Object.keys(sides.after)])];
  const all = (side: Attributes) =>
    Object.fromEntries(fields.map((name) => [name, side[name] ?? []]));
  const decision = decide(
    { ...change, kind: 'update', before: all(sides.before), after: all(sides.after) },
    {
      ...{ id: '', dn: '', enabled: true, groupIds: [] },
      attributes: {
        ...fieldsOf(target, record, fields),
        enabled: [String(isActive(target, record))],
      },
    },
  );
  if (decision.do !== 'write') {
    return { result: decision.do === 'skip' ? 'skipped' : 'conflict', because: decision.because };
  }
  const { enabled, ...after } = decision.after;
  const made = membersFor(target, after);
  if ('result' in made) return made;
  const present = enabled === undefined ? {} : presence(target, enabled[0] === 'true');
  const administratorLeaves =
    target === 'agent' && record.is_admin === true && enabled?.[0] === 'false';
  return { change, target, members: { ...made.members, ...present, id }, administratorLeaves };
}

/** By itself, and at once: what was seen of the others holds until it is done. */
async function leave(
  writing: RemoteWriting,
  pending: Pending,
  outcomes: Map<string, Outcome>,
): Promise<void> {
  const { change, members } = pending;
  await whileNobodyLeaves(writing, async () => {
    if (await hasAnotherAdministrator(writing, Number(members.id))) {
      return send(writing, [pending], outcomes);
    }
    outcomes.set(change.id, failed('person.last-administrator', { name: change.target.name }));
  });
}

/** Told before it is asked for; one that was asked for before and never answered is looked for first. */
async function creation(
  writing: RemoteWriting,
  target: RemoteTarget,
  change: Change,
): Promise<Outcome | Pending> {
  const { enabled, ...after } = change.after;
  const made = membersFor(target, after);
  if ('result' in made) return made;
  const { members } = made;
  const name = [members.name, `${members.firstname ?? ''} ${members.surname ?? ''}`]
    .map((one) => String(one ?? '').trim())
    .find((one) => one !== '');
  if (name === undefined) return failed('record.incomplete', { kind: target, member: 'a name' });
  if (target === 'user' && after.siteId === undefined) {
    return failed('record.incomplete', { kind: 'user', member: 'a site' });
  }
  const present = enabled?.[0] === 'false' ? presence(target, false) : {};
  const pending = { change, target, members: { ...members, name, ...present } };
  const { rows } = await sql<{ readonly asked_at: Date; readonly is_new: boolean }>`
    insert into sync_desk_intents (run_id, change_id, connection_id, asked_at)
    values (${writing.runId}, ${change.id}, ${writing.connectionId}, ${writing.now()})
    on conflict (run_id, change_id) do update set change_id = excluded.change_id
    returning asked_at, xmax = 0 as is_new`.execute(writing.db);
  const [intent] = rows;
  if (intent === undefined || intent.is_new) return pending;
  return (await adopted(writing, pending, intent.asked_at, new Set())) ?? pending;
}

async function send(
  writing: RemoteWriting,
  pending: readonly Pending[],
  outcomes: Map<string, Outcome>,
): Promise<void> {
  for (const target of ['user', 'agent'] as const) {
    const some = pending.filter((one) => one.target === target);
    if (some.length === 0) continue;
    const startedAt = writing.now();
    const others = await namesakes(writing, target, some);
    const together = await writing.remote.save(
      target,
      some.map(({ members }) => members),
    );
    const saved = together ?? (await oneByOne(writing, some, startedAt, others));
    for (const [at, { change }] of some.entries()) {
      const one = saved[at];
      if (one !== undefined) outcomes.set(change.id, outcomeOf(change, target, one));
    }
    await remember(writing, target, some, saved);
  }
}

/** Refused together: what of it was made nobody knows, so a creation is looked for before it is asked again. */
async function oneByOne(
  writing: RemoteWriting,
  pending: readonly Pending[],
  since: Date,
  others: ReadonlySet<number>,
): Promise<readonly (RemoteSaved | Outcome)[]> {
  const results: (RemoteSaved | Outcome)[] = [];
  const taken = new Set(others);
  for (const one of pending) {
    const made =
      one.members.id === undefined ? await adopted(writing, one, since, taken) : undefined;
    const saved = made ?? (await writing.remote.save(one.target, [one.members]))?.[0];
    const id = saved === undefined ? undefined : madeId(saved);
    if (id !== undefined) taken.add(id);
    results.push(saved ?? { refused: 'its answer cannot be understood' });
  }
  return results;
}

function madeId(saved: RemoteSaved | Outcome): number | undefined {
  if ('id' in saved) return saved.id;
  return 'targetId' in saved ? Number(saved.targetId?.split(':')[1]) : undefined;
}

function outcomeOf(change: Change, target: RemoteTarget, saved: RemoteSaved | Outcome): Outcome {
  if ('result' in saved) return saved;
  if ('gone' in saved) return gone(change);
  if ('refused' in saved) {
    return failed('desk.refused', { kind: target, reason: saved.refused.slice(0, 300) });
  }
  const photo = change.after.photo === undefined ? {} : { note: 'Halo’s API takes no photos' };
  return change.kind === 'create'
    ? { result: 'done', targetId: `${target}:${saved.id}`, ...photo }
    : { result: 'done', ...photo };
}

/** What was written is known without reading the lists again. */
async function remember(
  writing: RemoteWriting,
  target: RemoteTarget,
  pending: readonly Pending[],
  saved: readonly (RemoteSaved | Outcome)[],
): Promise<void> {
  const read = pending.flatMap(({ members }, at): Read[] => {
    const one = saved[at];
    if (one === undefined || !('id' in one)) return [];
    const { id } = one;
    const over = (before: RemoteRecord) => mergedInto(before, { ...members, id });
    return [{ id, digest: digestOf({}, false), over }];
  });
  if (read.length > 0) await keep(writing, target, read, writing.now());
}

function mergedInto(record: RemoteRecord, members: RemoteRecord): RemoteRecord {
  const names = new Set(
    (Array.isArray(members.customfields) ? members.customfields : []).map(({ name }) =>
      String(name).toLowerCase(),
    ),
  );
  const others = (Array.isArray(record.customfields) ? record.customfields : []).filter(
    (field) => !names.has(String(field.name).toLowerCase()),
  );
  return together({ ...record, customfields: others }, members);
}
