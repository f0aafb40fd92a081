// What the page of one's own sign-in asks of the hub.
import { queryOptions } from '@tanstack/react-query';
import { get } from '#console/api.ts';
import { SecondFactorsWire } from '#features/sign-in/wire.ts';

export const factorsPath = '/v1/second-factors';

export const factorsQuery = queryOptions({
  queryKey: ['second-factors'],
  queryFn: () => get(factorsPath, SecondFactorsWire),
});
