// Where planned people go: into a plan that a person can approve, begun with the first of them, or into a report.
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import type { PersonNote, PlannedPerson } from '#domain/plan.ts';
import type { SyncPlanEnd, SyncPlanWriter } from '#domain/ports/sync-plans.ts';
import {
  type Alike,
  addAlike,
  addTotals,
  countChanges,
  keyFields,
  moveFields,
  noTotals,
  type Totals,
} from '#domain/totals.ts';
import { given, inTransaction, type Tx } from '#store/db.ts';
import type { SyncPorts } from './ports.ts';
import type { Sink } from './reading.ts';
import { type Taken, whileReading } from './run-rows.ts';
import type { SyncState } from './syncs.ts';
import { whose } from './whose.ts';

export type PlanSink = Sink & {
  /** How many there are in the plan so far, without those withdrawn. */
  changes(): number;
  /** In one transaction with `together`, which is given its id; null where nobody was put into it. */
  finish(
    end: SyncPlanEnd,
    together: (tx: Tx, planId: string | null) => Promise<void>,
  ): Promise<void>;
  abandon(): Promise<void>;
};

export function planSink(
  { db, plans }: Pick<SyncPorts, 'db' | 'plans'>,
  sync: SyncState,
  settingsDigest: string,
  actor: Actor,
): PlanSink {
  let writer: Promise<SyncPlanWriter<Tx>> | undefined;
  let changes = 0;
  const begun = () => {
    writer ??= plans.begin(
      {
        ...{ syncId: sync.id, version: sync.version, title: sync.settings.name },
        ...{ clientId: sync.clientId, sourceConnectionId: sync.connectionId, settingsDigest },
      },
      actor,
    );
    return writer;
  };
  return {
    changes: () => changes,
    async add(people) {
      await (await begun()).add(people);
      for (const person of people) changes += person.changes.length;
    },
    async withdraw(people) {
      if (people.length === 0) return noTotals;
      const taken = await (await begun()).withdraw(people);
      changes -= countChanges(taken);
      return taken;
    },
    async finish(end, together) {
      if (writer === undefined) {
        await inTransaction(db, (tx) => together(tx, null));
        return;
      }
      const { id, finish } = await writer;
      await finish(end, (tx) => together(tx, id));
    },
    async abandon() {
      if (writer !== undefined) await (await writer).abandon();
    },
  };
}

/** Of a report of what differs: one row for each change and each note. */
export function driftSink({ db }: Pick<SyncPorts, 'db'>, run: Pick<Taken, 'id' | 'attempt'>): Sink {
  let position = 0;
  const put = async (tx: Tx, found: readonly DriftRow[]) => {
    if (found.length === 0) return;
    const rows = found.map((row) => {
      position += 1;
      return { sync_run_id: run.id, position, ...row };
    });
    await tx
      .insertInto('sync_drift')
      .expression((from) => from.selectFrom(given('sync_drift', rows, 'row')).selectAll())
      .execute();
  };
  return {
    add: (people) => whileReading(db, run, (tx) => put(tx, people.flatMap(driftOf))),
    withdraw: (people) =>
      whileReading(db, run, async (tx) => {
        let taken = noTotals;
        const byTarget = Map.groupBy(people, ({ personKey }) => whose(personKey).target);
        for (const [target, some] of byTarget) {
          const ids = some.map(({ personKey }) => whose(personKey).entry_id);
          taken = addTotals(taken, await takeOut(tx, run.id, target, ids));
        }
        await put(
          tx,
          people.map(({ note }) => noteRow(note)),
        );
        return taken;
      }),
  };
}

/** Before anybody's manager is looked at: rows are changes of the first step, and notes. */
async function takeOut(
  tx: Tx,
  runId: string,
  target: string,
  ids: readonly string[],
): Promise<Totals> {
  const touchesAny = (fields: ReadonlySet<string>) =>
    sql`(kind = 'update' and jsonb_exists_any(after, ${[...fields]}::text[]))`;
  const { rows } = await sql<Alike>`
    with taken as (
      delete from sync_drift
      where sync_run_id = ${runId}::uuid and target = ${target} and entry_id = any(${[...ids]}::uuid[])
      returning kind, after
    )
    select kind, ${touchesAny(keyFields)} as key, ${touchesAny(moveFields)} as move, count(*) as count
    from taken where kind <> 'note' group by 1, 2, 3`.execute(tx);
  return addAlike(rows);
}

type DriftRow = ReturnType<typeof noteRow>;

function driftOf({ key, name, changes, notes }: PlannedPerson): DriftRow[] {
  return [
    ...changes.map(({ kind, step, because, target, before, after }) => ({
      ...{ ...whose(key), name, kind: step > 0 ? 'manager' : kind, code: null },
      sentence: because.join(' '),
      desk_id: target.kind === 'existing' ? Number(target.id.split(':')[1]) : null,
      ...{ before, after },
    })),
    ...notes.map(noteRow),
  ];
}

function noteRow({ personKey, personName: name, code, sentence }: PersonNote): {
  readonly target: string;
  readonly entry_id: string;
  readonly name: string;
  readonly kind: string;
  readonly code: string | null;
  readonly sentence: string;
  readonly desk_id: number | null;
  readonly before: object;
  readonly after: object;
} {
  return {
    ...{ ...whose(personKey), name, kind: 'note', code: code ?? null, sentence, desk_id: null },
    ...{ before: {}, after: {} },
  };
}
