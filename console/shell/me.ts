// Who is signed in: asked once, read by the frame and by every page that greets somebody.
import { queryOptions } from '@tanstack/react-query';
import { me } from '#console/api.ts';

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: me, staleTime: 60_000 });
