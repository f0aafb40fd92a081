// What the pages of sign-in attempts ask of the hub.
import { queryOptions } from '@tanstack/react-query';
import { get } from '#console/api.ts';
import {
  SsoAttemptDetailWire,
  SsoAttemptsWire,
  SsoTallyWire,
} from '#features/sso/attempts/wire.ts';

export type Asked = {
  readonly status: string;
  readonly application: string;
  readonly below: string;
};

export function attemptsQuery({ status, application, below }: Asked) {
  const asked = Object.entries({ status, application, cursor: below });
  const query = new URLSearchParams(asked.filter(([, value]) => value !== ''));
  return queryOptions({
    queryKey: ['sso-attempts', 'list', status, application, below],
    queryFn: () => get(`/v1/sso-attempts?limit=50&${query}`, SsoAttemptsWire),
    refetchInterval: 15_000,
  });
}

export const tallyQuery = queryOptions({
  queryKey: ['sso-attempts', 'tally'],
  queryFn: () => get('/v1/sso-attempts/tally', SsoTallyWire),
});

export function attemptQuery(id: string) {
  return queryOptions({
    queryKey: ['sso-attempts', 'one', id],
    queryFn: () => get(`/v1/sso-attempts/${encodeURIComponent(id)}`, SsoAttemptDetailWire),
  });
}
