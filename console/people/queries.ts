// What the pages about people ask of the hub.
import { queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { get } from '#console/api.ts';
import { ImpersonationsWire, SettingsWire } from '#features/impersonation/wire.ts';

const text = z.string().nullish();

export const Agent = z.looseObject({
  id: z.number(),
  name: z.string(),
  email: text,
  team: text,
  role_list: z.string().nullish(),
  isdisabled: z.boolean().nullish(),
});
export type Agent = z.infer<typeof Agent>;

export const User = z.looseObject({
  id: z.number(),
  name: z.string(),
  emailaddress: text,
  client_name: text,
  site_name: text,
  inactive: z.boolean().nullish(),
  isserviceaccount: z.boolean().nullish(),
});
export type User = z.infer<typeof User>;

export const pageSize = 25;

function listOf(path: string, find: string, more: Readonly<Record<string, string>>) {
  const search = find.trim() === '' ? {} : { search: find.trim() };
  const query = new URLSearchParams({ pageinate: 'true', ...more, ...search });
  return `/api/${path}?${query}`;
}

const Agents = z.looseObject({ record_count: z.number(), results: z.array(Agent) });
const Users = z.looseObject({ record_count: z.number(), users: z.array(User) });

export function agentsQuery(find: string) {
  const more = { page_size: '200', includedisabled: 'true' };
  return queryOptions({
    queryKey: ['people', 'agents', find],
    queryFn: () => get(listOf('Agent', find, more), Agents),
  });
}

export function usersQuery(find: string, page: number) {
  const more = {
    page_size: String(pageSize),
    page_no: String(page),
    includeinactive: 'true',
    exclude_generaluser: 'true',
  };
  return queryOptions({
    queryKey: ['people', 'users', find, page],
    queryFn: () => get(listOf('Users', find, more), Users),
  });
}

export const settingsQuery = queryOptions({
  queryKey: ['impersonation', 'settings'],
  queryFn: () => get('/v1/impersonation', SettingsWire),
});

export const historyQuery = queryOptions({
  queryKey: ['impersonation', 'history'],
  queryFn: () => get('/v1/impersonations?limit=50', ImpersonationsWire),
  refetchInterval: 15_000,
});

export const ofMeQuery = queryOptions({
  queryKey: ['impersonation', 'of-me'],
  queryFn: () => get('/v1/impersonations/of-me?limit=20', ImpersonationsWire),
});

const Sessions = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      startedAt: z.string(),
      seenAt: z.string(),
      address: z.string(),
      browser: z.string(),
      current: z.boolean(),
    }),
  ),
});

export type Session = z.infer<typeof Sessions>['items'][number];

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: () => get('/v1/sessions', Sessions),
});

const Tickets = z.looseObject({
  record_count: z.number(),
  tickets: z.array(
    z.looseObject({
      id: z.number(),
      summary: z.string(),
      status_name: text,
      hasbeenclosed: z.boolean().nullish(),
      last_update: text,
    }),
  ),
});

export const ownTicketsQuery = queryOptions({
  queryKey: ['own-tickets'],
  queryFn: () => get('/api/Tickets?pageinate=true&page_size=50&order=id&orderdesc=true', Tickets),
});
