// A request template is what an administrator writes: a request with macros in its places.
import { z } from 'zod';

const Pair = z.object({ name: z.string().min(1).max(200), value: z.string().max(20_000) });

export const RequestBody = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('form'), fields: z.array(Pair).max(200) }),
  z.object({ kind: z.literal('json'), text: z.string().max(100_000) }),
  z.object({ kind: z.literal('xml'), text: z.string().max(100_000) }),
  z.object({ kind: z.literal('text'), text: z.string().max(100_000) }),
]);

export const RequestTemplate = z.object({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  /** Absolute with {Host-Name} as host, or a path below the connection's address. */
  url: z.string().min(1).max(4000),
  headers: z.array(Pair).max(100).default([]),
  parameters: z.array(Pair).max(100).default([]),
  body: RequestBody.default({ kind: 'none' }),
});
export type RequestTemplate = z.infer<typeof RequestTemplate>;
