// The spelling of /v1/self-service: who is enrolled, what was tried, and the settings.
import { z } from 'zod';

const when = z.iso.datetime();

export const SelfServiceWire = z
  .object({
    enabled: z.boolean(),
    connectionId: z.uuid().nullable(),
    mailConnections: z.array(z.object({ id: z.uuid(), name: z.string() })),
    /** One sentence: how many are enrolled, what happened within a day. */
    sentence: z.string(),
    warning: z.string(),
    people: z.int(),
    enrolled: z.int(),
    attempts: z.int(),
    resets: z.int(),
  })
  .meta({ id: 'SelfService' });
export type SelfServiceWire = z.infer<typeof SelfServiceWire>;

export const SelfServicePersonWire = z
  .object({
    id: z.int(),
    name: z.string(),
    email: z.string().nullable(),
    client: z.string(),
    questions: z.int(),
    hasApp: z.boolean(),
    outside: z.string().nullable(),
    outsideGoodFrom: when.nullable(),
    isEnrolled: z.boolean(),
    invitedAt: when.nullable(),
    barred: z.enum(['inactive', 'service account', 'general user', 'agent']).nullable(),
  })
  .meta({ id: 'SelfServicePerson' });
export type SelfServicePersonWire = z.infer<typeof SelfServicePersonWire>;

export const SelfServicePeopleWire = z.object({
  items: z.array(SelfServicePersonWire),
  next: z.int().nullable(),
});

export const SelfServiceAttemptWire = z
  .object({
    id: z.uuid(),
    at: when,
    /** Null: nobody has the login that was typed. */
    person: z.object({ id: z.int(), name: z.string() }).nullable(),
    factor: z.enum(['app', 'mail']),
    state: z.enum(['asked', 'proven', 'started', 'done', 'refused', 'failed', 'over']),
    wanted: z.enum(['reset', 'unlock']).nullable(),
    tries: z.int(),
    may: z.boolean(),
    address: z.string(),
  })
  .meta({ id: 'SelfServiceAttempt' });
export type SelfServiceAttemptWire = z.infer<typeof SelfServiceAttemptWire>;

export const SelfServiceAttemptsWire = z.object({ items: z.array(SelfServiceAttemptWire) });
