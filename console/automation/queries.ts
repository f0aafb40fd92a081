// What the pages ask of the hub, by name, so that a change anywhere refreshes everywhere.
import { queryOptions } from '@tanstack/react-query';
import { get } from '#console/api.ts';
import {
  AutomationRowWire,
  OverviewWire,
  PlanRowWire,
  PlanWire,
  pageOf,
  RunRowWire,
  RunWire,
} from '#features/automation/wire.ts';

export const overviewQuery = queryOptions({
  queryKey: ['overview'],
  queryFn: () => get('/v1/overview', OverviewWire),
  refetchInterval: 15_000,
});

export const automationsQuery = queryOptions({
  queryKey: ['automations'],
  queryFn: () => get('/v1/automations', pageOf(AutomationRowWire)),
});

export const plansQuery = queryOptions({
  queryKey: ['plans'],
  queryFn: () => get('/v1/plans', pageOf(PlanRowWire)),
});

export const runsQuery = queryOptions({
  queryKey: ['runs'],
  queryFn: () => get('/v1/runs', pageOf(RunRowWire)),
});

export function planQuery(id: string) {
  return queryOptions({ queryKey: ['plans', id], queryFn: () => get(`/v1/plans/${id}`, PlanWire) });
}

export function runQuery(id: string) {
  return queryOptions({ queryKey: ['runs', id], queryFn: () => get(`/v1/runs/${id}`, RunWire) });
}
