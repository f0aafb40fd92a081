// Makes a sync's changes in the desk's own tables, a thousand at a time, and says what became of each.
import type { Change } from '#domain/change.ts';
import type { Outcome } from '#domain/outcome.ts';
import { type KnownPeople, nobodyKnown, type Writer } from '#domain/ports/desk-people.ts';
import { Problem } from '#domain/problem.ts';
import { findMadeMeanwhile } from '#domain/sync/find-by-keys.ts';
import { type SyncTarget, syncTargets } from '#domain/sync/settings.ts';
import type { Raw } from '#features/desk/resource/resource.ts';
import { own } from '#lib/own.ts';
import type { Tx } from '#store/db.ts';
import { activeAdministrators, holdersOf, linkMembers, writeRoles } from './agents-and-boards.ts';
import { customFieldsMade, customFieldsNamed } from './custom-fields.ts';
import {
  failed,
  gone,
  type Judged,
  type Judging,
  judgeChange,
  judgeCreation,
  spelt,
} from './judge.ts';
import { type Kind, kinds } from './kinds.ts';
import { deskPeopleOfTheHub, isId, nameOfCustom, peopleRows } from './queries.ts';
import { readReferences, type Wanted } from './references.ts';
import { insertRows, nextIds, updateRows, written } from './statements.ts';

/**
 * Every change gets its outcome: done; skipped, for it is already so; a conflict, where somebody changed it
 * since; or failed, by itself. Nothing is written into the audit trail: the plan's own entries say it.
 */
export async function writePeople(
  tx: Tx,
  by: Writer,
  changes: readonly Change[],
  now: Date,
  known: KnownPeople = nobodyKnown,
): Promise<ReadonlyMap<string, Outcome>> {
  const desk = deskPeopleOfTheHub(tx, () => now, by.clientId);
  const outcomes = new Map(await findMadeMeanwhile(desk, changes, known));
  const asked = changes
    .filter(({ id }) => !outcomes.has(id))
    .map((change) => askedOf(change, known));
  for (const target of syncTargets) {
    const some = asked.filter((one) => one.target === target);
    if (some.length > 0) await writeKind({ tx, by, now, outcomes }, kinds[target], some);
  }
  return outcomes;
}

type Asked = {
  readonly change: Change;
  readonly target: SyncTarget;
  /** Of whom it is; undefined for a creation, and for who was never created. */
  readonly id: number | undefined;
  readonly before: Change['before'];
  readonly after: Change['after'];
  readonly managerMissing: boolean;
};

type Writing = {
  readonly tx: Tx;
  readonly by: Writer;
  readonly now: Date;
  readonly outcomes: Map<string, Outcome>;
};

/** A record as it stands in this transaction, with what the changes so far made of it. */
type Standing = { row: Raw; readonly found: Raw; readonly by: Change[] };

async function writeKind(writing: Writing, kind: Kind, asked: readonly Asked[]): Promise<void> {
  const { tx, outcomes } = writing;
  const administrators = asked.some(({ change }) => change.kind === 'disable')
    ? await activeAdministrators(tx, kind)
    : new Set<number>();
  const rows = await peopleRows(tx, kind, [...new Set(asked.flatMap(({ id }) => id ?? []))], true);
  const standing = new Map(
    rows.map((row): [number, Standing] => [Number(row.id), { row, found: row, by: [] }]),
  );
  const judging = await judgingOf(writing, kind, asked, administrators);
  const created: { change: Change; row: Raw }[] = [];
  const changed = new Set<Standing>();
  for (const one of asked) {
    const judged = judge(judging, one, standing);
    outcomes.set(one.change.id, judged.outcome);
    if (judged.row === undefined) continue;
    judging.claim(judged.row, one.id);
    const present = one.id === undefined ? undefined : standing.get(one.id);
    if (present === undefined) created.push({ change: one.change, row: judged.row });
    else {
      present.row = judged.row;
      present.by.push(one.change);
      // Written in this order too: what one gives up another may have from then on.
      changed.delete(present);
      changed.add(present);
    }
  }
  await update(writing, kind, [...changed]);
  await create(writing, kind, created);
}

function judge(
  judging: Judging,
  { change, id, before, after, managerMissing }: Asked,
  standing: ReadonlyMap<number, Standing>,
): Judged {
  if (managerMissing) {
    const manager = change.after.manager?.[0] ?? '';
    return { outcome: failed(new Problem('person.no-manager', { manager })) };
  }
  if (change.kind === 'create') return judgeCreation(judging, after);
  if (id === undefined) {
    return { outcome: failed(new Problem('person.no-record', { name: change.target.name })) };
  }
  const row = standing.get(id)?.row;
  return row === undefined ? gone(change) : judgeChange(judging, { change, before, after }, row);
}

async function update(
  { tx, now, outcomes }: Writing,
  kind: Kind,
  changed: readonly Standing[],
): Promise<void> {
  const refused = await written(
    tx,
    kind,
    changed.map(({ row }) => row),
    now,
    updateRows,
  );
  for (const { row, by } of changed) {
    const problem = refused.get(Number(row.id));
    if (problem === undefined) continue;
    for (const { id } of by) outcomes.set(id, failed(problem));
  }
  const done = changed.filter(({ row }) => !refused.has(Number(row.id)));
  await writeRoles(
    tx,
    done.filter(({ row, found }) => row.roles !== found.roles).map(({ row }) => row),
  );
}

async function create(
  { tx, now, outcomes }: Writing,
  kind: Kind,
  created: readonly { readonly change: Change; readonly row: Raw }[],
): Promise<void> {
  const ids = await nextIds(tx, kind, created.length);
  const withIds = created.map(({ row }, at): Raw => ({ ...row, id: ids[at] }));
  const rows = kind.target === 'cab-member' ? await linkMembers(tx, withIds) : withIds;
  const refused = await written(tx, kind, rows, now, insertRows);
  for (const [at, { change }] of created.entries()) {
    const id = ids[at] ?? 0;
    const problem = refused.get(id);
    outcomes.set(
      change.id,
      problem === undefined
        ? { result: 'done', targetId: `${kind.target}:${id}` }
        : failed(problem),
    );
  }
  await writeRoles(
    tx,
    rows.filter(({ id, roles }) => roles !== undefined && !refused.has(Number(id))),
  );
}

async function judgingOf(
  { tx, by }: Writing,
  kind: Kind,
  asked: readonly Asked[],
  administrators: Set<number>,
): Promise<Judging & { claim(row: Raw, id: number | undefined): void }> {
  const names = asked.flatMap(({ before, after }) =>
    [...Object.keys(before), ...Object.keys(after)].map(nameOfCustom),
  );
  // A person fills in the fields there are; a program may bring its own.
  const mayDefine = by.actor.kind !== 'user';
  const customFields = mayDefine
    ? await customFieldsMade(tx, kind, names)
    : await customFieldsNamed(tx, kind, names);
  const holders = await holdersOf(
    tx,
    kind,
    asked.map(({ after }) => after),
  );
  return {
    kind,
    customFields,
    references: await readReferences(tx, wantedBy(kind, asked), by.clientId),
    clientId: by.clientId,
    isTaken: holders.isTaken,
    isLastAdministrator: (id) => administrators.size === 1 && administrators.has(id),
    claim(row, id) {
      holders.claim(row, id);
      if (id !== undefined && row[kind.gone] === true) administrators.delete(id);
    },
  };
}

function wantedBy(kind: Kind, asked: readonly Asked[]): Wanted {
  const wanted = {
    ...{ site: new Set<string>(), userRole: new Set<string>(), agentRole: new Set<string>() },
    ...{ user: new Set<string>(), agent: new Set<string>() },
    ...{ photo: new Set<string>(), cab: new Set<string>() },
  };
  for (const { before, after } of asked) {
    for (const [field, values] of [...Object.entries(before), ...Object.entries(after)]) {
      const refersTo = own(kind.fields, field)?.refersTo;
      if (refersTo === undefined) continue;
      for (const value of values) wanted[refersTo].add(value.toLowerCase());
    }
  }
  return wanted;
}

function askedOf(change: Change, known: KnownPeople): Asked {
  const managerId = known.managers.get(change.id);
  return {
    change,
    target: targetOf(change),
    id: idOf(change, known),
    ...spelt(change, managerId),
    managerMissing:
      change.manager !== undefined && change.manager.entryId !== null && managerId === undefined,
  };
}

/** The record's own id says whose it is; a creation's, and its plan's, the key of the person. */
function targetOf({ target, personKey }: Change): SyncTarget {
  const name = (target.kind === 'existing' ? target.id : personKey).split(':')[0];
  const found = syncTargets.find((one) => one === name);
  if (found === undefined) throw new RangeError(`"${name}" is no kind of people of a desk.`);
  return found;
}

function idOf({ id, kind, target }: Change, { records }: KnownPeople): number | undefined {
  if (kind === 'create') return undefined;
  const known = records.get(id);
  if (known !== undefined || target.kind !== 'existing') return known;
  const number = Number(target.id.split(':')[1]);
  return isId(number) ? number : 0;
}
