// What the pages of directory syncs ask of the hub, by name, so that a change anywhere refreshes everywhere.
import { queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { get } from '#console/api.ts';
import {
  DisputesWire,
  type DisputeWire,
  DriftWire,
  PeopleWire,
  RunsWire,
  RunWire,
  TraceWire,
} from '#features/directories/run-wire.ts';
import { DirectorySyncWire, PreviewWire, TreeWire, TriedWire } from '#features/directories/wire.ts';

export type Sync = DirectorySyncWire;
export type Place = Sync['settings']['places'][number];
export type SyncRun = z.output<typeof RunWire>;
export type Dispute = z.output<typeof DisputeWire>;
export type Drift = z.output<typeof DriftWire>['items'][number];
export type Person = z.output<typeof PeopleWire>['items'][number];
export type Trace = z.output<typeof TraceWire>;
export { DirectorySyncWire, PreviewWire, RunWire, TriedWire };

export const syncsKey = ['directory-syncs'] as const;
const path = (id: number) => `/v1/directory-syncs/${id}`;

export const syncsQuery = queryOptions({
  queryKey: syncsKey,
  queryFn: () =>
    get('/v1/directory-syncs?limit=200', z.object({ items: z.array(DirectorySyncWire) })),
  refetchInterval: 30_000,
});

export function syncQuery(id: number) {
  return queryOptions({
    queryKey: [...syncsKey, id, 'one'],
    queryFn: () => get(path(id), DirectorySyncWire),
  });
}

/** The newest twenty, or those before the run that is named. */
export function runsQuery(id: number, below = '') {
  const cursor = below === '' ? '' : `&cursor=${encodeURIComponent(below)}`;
  return queryOptions({
    queryKey: [...syncsKey, id, 'runs', 'below', below],
    queryFn: () => get(`${path(id)}/runs?limit=20${cursor}`, RunsWire),
    refetchInterval: 15_000,
  });
}

/** The last report that was made, however many runs came after it. */
export function reportQuery(id: number) {
  return queryOptions({
    queryKey: [...syncsKey, id, 'runs', 'report'],
    queryFn: () => get(`${path(id)}/runs?purpose=drift&state=done&limit=1`, RunsWire),
    refetchInterval: 15_000,
  });
}

/** As far as it got: of the list it says no more than how it stood when the list was read. */
export function syncRunQuery(id: number, runId: string) {
  return queryOptions({
    queryKey: [...syncsKey, id, 'runs', runId],
    queryFn: () => get(`${path(id)}/runs/${runId}`, RunWire),
  });
}

export function disputesQuery(id: number) {
  return queryOptions({
    queryKey: [...syncsKey, id, 'disputes'],
    queryFn: () => get(`${path(id)}/disputes?limit=50`, DisputesWire),
  });
}

export function driftQuery(id: number, runId: string) {
  return queryOptions({
    queryKey: [...syncsKey, id, 'drift', runId],
    queryFn: () => get(`${path(id)}/runs/${runId}/drift?limit=100`, DriftWire),
  });
}

export function peopleQuery(id: number, text: string) {
  return queryOptions({
    queryKey: [...syncsKey, id, 'people', text],
    queryFn: () => get(`${path(id)}/people?text=${encodeURIComponent(text)}`, PeopleWire),
    enabled: text !== '',
  });
}

export function traceQuery(id: number, { target, entryId }: Pick<Person, 'target' | 'entryId'>) {
  return queryOptions({
    queryKey: [...syncsKey, id, 'trace', target, entryId],
    queryFn: () => get(`${path(id)}/people/${target}/${entryId}`, TraceWire),
  });
}

/** Containers and groups directly below a DN; without one, everything below the base. */
export function treeQuery(id: number, below: string) {
  return queryOptions({
    queryKey: [...syncsKey, id, 'tree', below],
    queryFn: () => get(`${path(id)}/containers?below=${encodeURIComponent(below)}`, TreeWire),
    staleTime: 60_000,
  });
}
