// Where planned people go: into a plan that a person can approve, begun with the first of them, or into a report.
import type { Actor } from '#domain/actor.ts';
import type { PlannedPerson } from '#domain/plan.ts';
import type { SyncPlanEnd, SyncPlanWriter } from '#domain/ports/sync-plans.ts';
import { given, json } from '#store/db.ts';
import type { SyncPorts } from './ports.ts';
import type { Sink } from './reading.ts';
import type { SyncState } from './syncs.ts';

export type PlanSink = Sink & {
  /** The plan's id, where there is anything in it. */
  finish(end: SyncPlanEnd): Promise<{ readonly id: string; readonly changes: number } | undefined>;
  abandon(): Promise<void>;
};

export function planSink(
  { plans }: Pick<SyncPorts, 'plans'>,
  sync: SyncState,
  settingsDigest: string,
  actor: Actor,
): PlanSink {
  let writer: Promise<SyncPlanWriter> | undefined;
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
    add: async (people) => (await begun()).add(people),
    withdraw: async (people) => {
      if (people.length > 0) await (await begun()).withdraw(people);
    },
    async finish(end) {
      if (writer === undefined) return undefined;
      const { id, finish } = await writer;
      const { changeCount } = await finish(end);
      return { id, changes: changeCount };
    },
    async abandon() {
      if (writer !== undefined) await (await writer).abandon();
    },
  };
}

/** Of a report of what differs: one row for each change and each note. */
export function driftSink({ db }: Pick<SyncPorts, 'db'>, runId: string): Sink {
  let position = 0;
  return {
    async add(people) {
      const rows = people.flatMap((person) =>
        driftOf(person).map((row) => {
          position += 1;
          return { sync_run_id: runId, position, ...row };
        }),
      );
      if (rows.length === 0) return;
      await db
        .insertInto('sync_drift')
        .expression((from) => from.selectFrom(given('sync_drift', rows, 'row')).selectAll())
        .execute();
    },
    async withdraw(people) {
      for (const { personKey, note } of people) {
        const at = personKey.indexOf(':');
        await db
          .updateTable('sync_drift')
          .set({ kind: 'note', code: note.code ?? null, sentence: note.sentence })
          .set({ before: json({}), after: json({}) })
          .where('sync_run_id', '=', runId)
          .where('target', '=', personKey.slice(0, at))
          .where('entry_id', '=', personKey.slice(at + 1))
          .execute();
      }
    },
  };
}

function driftOf({ key, name, changes, notes }: PlannedPerson) {
  const at = key.indexOf(':');
  const whose = { target: key.slice(0, at), entry_id: key.slice(at + 1), name };
  return [
    ...changes.map(({ kind, step, because, target, before, after }) => ({
      ...{ ...whose, kind: step > 0 ? 'manager' : kind, code: null, sentence: because.join(' ') },
      desk_id: target.kind === 'existing' ? Number(target.id.split(':')[1]) : null,
      ...{ before, after },
    })),
    ...notes.map(({ code, sentence }) => ({
      ...{ ...whose, kind: 'note', code: code ?? null, sentence, desk_id: null },
      ...{ before: {}, after: {} },
    })),
  ];
}
