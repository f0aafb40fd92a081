// An outbound webhook is a request we make to tell an application something.
import { z } from 'zod';
import { RequestTemplate } from './request.ts';

/**
 * For a request that must not arrive twice: asked (by GET) before it is sent again after a crash or a
 * lost answer. Any value that `found` selects means that it arrived. %act.reference% is the request's own.
 */
export const LookFirst = z.object({
  url: z.string().min(1).max(4000),
  /** RFC 9535, with macros: $.actions[?search(@.note, '%act.reference%')] */
  found: z.string().min(1).max(1000),
});
export type LookFirst = z.infer<typeof LookFirst>;

export const OutboundWebhook = z.object({
  id: z.uuid(),
  name: z.string().min(1).max(200),
  description: z.string().max(2000).default(''),
  connectionId: z.uuid(),
  state: z.enum(['draft', 'active']),
  request: RequestTemplate,
  /** What {id} stands for in the request, with macros: %ticketId%. Empty when it uses no {id}. */
  target: z.string().max(1000).default(''),
  lookFirst: LookFirst.nullable().default(null),
});
export type OutboundWebhook = z.infer<typeof OutboundWebhook>;
