// What the page of API applications asks of the hub.
import { queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { get } from '#console/api.ts';
import { ApplicationWire } from '#features/applications/wire.ts';

export type Application = z.infer<typeof ApplicationWire>;

export const applicationsQuery = queryOptions({
  queryKey: ['applications'],
  queryFn: () =>
    get('/v1/applications?limit=200', z.looseObject({ items: z.array(ApplicationWire) })),
});
