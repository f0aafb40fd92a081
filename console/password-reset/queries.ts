// What the page about self-service asks of the hub.
import { queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { get } from '#console/api.ts';
import {
  SelfServiceAttemptsWire,
  SelfServicePeopleWire,
  SelfServiceWire,
} from '#features/password-reset/console-wire.ts';

export const selfServiceQuery = queryOptions({
  queryKey: ['self-service'],
  queryFn: () => get('/v1/self-service', SelfServiceWire),
});

export function peopleQuery(find: string, enrolled: '' | 'true' | 'false') {
  const search = find.trim() === '' ? {} : { search: find.trim() };
  const only = enrolled === '' ? {} : { enrolled };
  const query = new URLSearchParams({ limit: '100', ...search, ...only });
  return queryOptions({
    queryKey: ['self-service', 'people', find, enrolled],
    queryFn: () => get(`/v1/self-service/people?${query}`, SelfServicePeopleWire),
  });
}

export const attemptsQuery = queryOptions({
  queryKey: ['self-service', 'attempts'],
  queryFn: () => get('/v1/self-service/attempts', SelfServiceAttemptsWire),
  refetchInterval: 15_000,
});

export const Question = z.looseObject({
  id: z.number(),
  name: z.string(),
  enabled: z.boolean(),
});
export type Question = z.infer<typeof Question>;

export const questionsQuery = queryOptions({
  queryKey: ['self-service', 'questions'],
  queryFn: () => get('/api/SecurityQuestion', z.array(Question)),
});
