// What a place's people can belong to in the desk, to choose from: sites, roles and boards.
import { queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { get } from '#console/api.ts';

const Named = z
  .looseObject({ id: z.union([z.number(), z.string()]), name: z.string().nullable() })
  .transform(({ id, name }) => ({ id: String(id), name: name ?? String(id) }));
const List = z.union([
  z.array(Named),
  z.looseObject({ sites: z.array(Named) }).transform(({ sites }) => sites),
]);

function listQuery(path: string) {
  return queryOptions({
    queryKey: ['desk-lists', path],
    queryFn: () => get(path, List),
    staleTime: 60_000,
  });
}

/** As many as one can choose from in a list; what is beyond them is set over the API. */
export const sitesQuery = listQuery('/api/Site?count=500');
export const userRolesQuery = listQuery('/api/UserRoles?count=500');
export const roleNamesQuery = listQuery('/api/Roles?count=500');
export const boardsQuery = listQuery('/api/Cab?count=500');
