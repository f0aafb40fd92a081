// What the page of single sign-on asks of the hub.
import { queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { get } from '#console/api.ts';
import { SsoApplicationWire, SsoDomainWire } from '#features/sso/applications/answers.ts';

export type Application = SsoApplicationWire;
export const Domain = SsoDomainWire;
export type Domain = SsoDomainWire;

export const ssoApplicationsQuery = queryOptions({
  queryKey: ['sso-applications'],
  queryFn: () =>
    get('/v1/sso-applications?limit=200', z.object({ items: z.array(SsoApplicationWire) })),
});

export function domainsQuery(id: number) {
  return queryOptions({
    queryKey: ['sso-applications', id, 'domains'],
    queryFn: () =>
      get(`/v1/sso-applications/${id}/domains`, z.object({ items: z.array(SsoDomainWire) })),
  });
}

const Site = z.looseObject({ id: z.number(), name: z.string().nullable() });

/** As many as one can choose from in a list; a site beyond them is set over the API. */
export const sitesQuery = queryOptions({
  queryKey: ['sites', 'to-choose'],
  queryFn: async () => {
    const answer = await get('/api/Site?count=500', z.unknown());
    const list = z.union([z.array(Site), z.object({ sites: z.array(Site) })]).parse(answer);
    return Array.isArray(list) ? list : list.sites;
  },
});
