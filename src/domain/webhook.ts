// An outbound webhook is a request we make to tell an application something.
import { z } from 'zod';
import { RequestTemplate } from './request.ts';

export const OutboundWebhook = z.object({
  id: z.uuid(),
  name: z.string().min(1).max(200),
  description: z.string().max(2000).default(''),
  connectionId: z.uuid(),
  state: z.enum(['draft', 'active']),
  request: RequestTemplate,
  /** What {id} stands for in the request, with macros: %ticketId%. Empty when it uses no {id}. */
  target: z.string().max(1000).default(''),
});
export type OutboundWebhook = z.infer<typeof OutboundWebhook>;
