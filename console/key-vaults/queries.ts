// What the page of key vaults asks of the hub.
import { queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { get } from '#console/api.ts';
import { KeyVaultsWire, VaultSecretsWire } from '#features/key-vaults/wire.ts';

export const keyVaultsQuery = queryOptions({
  queryKey: ['key-vaults'],
  queryFn: () => get('/v1/key-vaults?limit=200', KeyVaultsWire),
});

/** What the page needs of a connection. */
export const ConnectionRow = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  clientId: z.number().nullable(),
  keptAt: z.object({ vault: z.number(), secret: z.string() }).nullable(),
});
export type ConnectionRow = z.infer<typeof ConnectionRow>;

export const connectionsQuery = queryOptions({
  queryKey: ['connections'],
  queryFn: () => get('/v1/connections?limit=200', z.object({ items: z.array(ConnectionRow) })),
});

/** The names in a vault, as far as one page goes: enough to choose from while typing. */
export function namesQuery(id: number) {
  return queryOptions({
    queryKey: ['key-vaults', id, 'names'],
    queryFn: () => get(`/v1/key-vaults/${id}/secrets`, VaultSecretsWire),
    retry: false,
  });
}
