// What the secret link pages ask of the hub.
import { queryOptions } from '@tanstack/react-query';
import { get } from '#console/api.ts';
import { LinkRulesWire, SecretLinksWire } from '#features/secret-links/wire.ts';

export const secretLinksQuery = queryOptions({
  queryKey: ['secret-links'],
  queryFn: () => get('/v1/secret-links', SecretLinksWire),
  refetchInterval: 15_000,
});

export const linkRulesQuery = queryOptions({
  queryKey: ['secret-link-rules'],
  queryFn: () => get('/v1/secret-link-rules', LinkRulesWire),
  staleTime: 60_000,
});
