// The runs of a directory sync, its disputes and what it knows of a person, as /v1 spells them.
import { z } from 'zod';
import { pageOf } from '#http/page.ts';
import type { DisputeRow } from './disputes.ts';
import type { getRun, SyncRun } from './run-list.ts';
import type { explainPerson } from './trace.ts';

const Instant = z.iso.datetime();
const instantOf = (at: Date | null) => at?.toISOString() ?? null;

export const RunWire = z.object({
  id: z.uuid(),
  syncId: z.int(),
  purpose: z.string(),
  asked: z.string(),
  did: z.string().nullable(),
  /** Why everything was read where changes were asked for. */
  wholeBecause: z.string().nullable(),
  state: z.string(),
  /** Whether a guard stops the plan: it is applied only with a reason. */
  stopped: z.boolean(),
  counts: z.object({
    read: z.int(),
    changed: z.int(),
    matched: z.int(),
    planned: z.int(),
    /** How many the last whole read had. */
    expected: z.int().nullable(),
    /** How many changes of the plan are settled, and once it has ended were made; where one run is asked for. */
    applied: z.int().nullable(),
  }),
  planId: z.uuid().nullable(),
  applyRunId: z.uuid().nullable(),
  sentence: z.string(),
  code: z.string().nullable(),
  /** Other servers that hold a part of the directory. */
  references: z.array(z.string()),
  cancelledBy: z.string().nullable(),
  startedBy: z.string(),
  createdAt: Instant,
  readAt: Instant.nullable(),
  finishedAt: Instant.nullable(),
});
export const RunsWire = pageOf(RunWire);

export function runToWire(
  run: SyncRun | Awaited<ReturnType<typeof getRun>>,
): z.input<typeof RunWire> {
  return {
    ...run,
    counts: { ...run.counts, applied: 'applied' in run ? run.applied : null },
    createdAt: run.createdAt.toISOString(),
    readAt: instantOf(run.readAt),
    finishedAt: instantOf(run.finishedAt),
  };
}

export const DisputeWire = z.object({
  id: z.uuid(),
  syncId: z.int(),
  target: z.string(),
  entryId: z.uuid(),
  name: z.string(),
  dn: z.string(),
  code: z.string(),
  sentence: z.string(),
  candidates: z.array(z.object({ deskId: z.int(), name: z.string(), email: z.string() })),
  foundAt: Instant,
  decision: z.string().nullable(),
  deskId: z.int().nullable(),
  decidedBy: z.string().nullable(),
  decidedAt: Instant.nullable(),
});
export const DisputesWire = pageOf(DisputeWire);

export function disputeToWire(row: DisputeRow): z.input<typeof DisputeWire> {
  const { foundAt, decidedAt } = row;
  return {
    ...row,
    candidates: [...row.candidates],
    foundAt: foundAt.toISOString(),
    decidedAt: instantOf(decidedAt),
  };
}

export const DriftWire = pageOf(
  z.object({
    position: z.int(),
    target: z.string(),
    entryId: z.string().nullable(),
    deskId: z.int().nullable(),
    name: z.string(),
    kind: z.string(),
    code: z.string().nullable(),
    sentence: z.string().nullable(),
    before: z.unknown(),
    after: z.unknown(),
  }),
);

const Person = z.object({
  target: z.string(),
  entryId: z.string(),
  name: z.string(),
  dn: z.string(),
  state: z.string(),
  deskId: z.int().nullable(),
  placeId: z.int(),
  /** Planned again at the next sync. */
  due: z.boolean(),
});
export const PeopleWire = z.object({ items: z.array(Person) });

export const TraceWire = z.object({
  person: Person.nullable(),
  place: z.string().nullable(),
  dispute: z
    .object({
      id: z.uuid(),
      code: z.string(),
      sentence: z.string(),
      decision: z.string().nullable(),
      decidedBy: z.string().nullable(),
    })
    .nullable(),
  plans: z.array(
    z.object({
      planId: z.string(),
      runId: z.string().nullable(),
      state: z.string(),
      situation: z.string(),
      at: Instant,
      by: z.string(),
      notes: z.array(z.object({ code: z.string().nullable(), sentence: z.string() })),
      changes: z.array(
        z.object({
          kind: z.string(),
          before: z.unknown(),
          after: z.unknown(),
          because: z.array(z.string()),
          result: z.string().nullable(),
          outcome: z.string().nullable(),
        }),
      ),
    }),
  ),
});

export function traceToWire(
  trace: Awaited<ReturnType<typeof explainPerson>>,
): z.input<typeof TraceWire> {
  const { person, place, dispute, plans } = trace;
  return {
    person: person === null ? null : { ...person, due: Boolean(person.due) },
    place: place === null ? null : place.name || place.dn,
    dispute:
      dispute === null
        ? null
        : {
            ...{ id: dispute.id, code: dispute.code, sentence: dispute.sentence },
            ...{ decision: dispute.decision, decidedBy: dispute.decided_by },
          },
    plans: plans.map(({ at, notes, changes, ...plan }) => ({
      ...plan,
      at: at.toISOString(),
      notes: [...notes],
      changes: changes.map(({ settledAt: _, because, ...change }) => ({
        ...change,
        because: [...because],
      })),
    })),
  };
}
