// An automation is trigger, source, scope, steps, guards and approval: everything a plan follows from.
import { z } from 'zod';
import { Step, stepSentence } from './actions.ts';
import { Criteria, everybody } from './criteria.ts';
import { ColumnName, type InboundEndpoint } from './endpoint.ts';
import { GuardLimits } from './guards.ts';
import type { Mapping } from './mapping.ts';
import { StartDate } from './start-date.ts';
import type { OutboundWebhook } from './webhook.ts';

export const Trigger = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('by-hand') }),
  z.object({
    kind: z.literal('schedule'),
    /** Five fields: minute, hour, day of month, month, day of week. */
    cron: z.string().regex(/^\S+( \S+){4}$/, { error: 'five fields with one space between' }),
    timeZone: z.string().min(1).default('UTC'),
  }),
]);

/** The first endpoint is the main one: its rows are the people. The others are joined by primary key. */
export const Source = z.object({
  endpoints: z
    .array(
      z.object({
        endpointId: z.uuid(),
        /** `inner` leaves out people whom this endpoint does not have. Of no meaning for the first. */
        join: z.enum(['left', 'inner']).default('left'),
      }),
    )
    .min(1)
    .max(10),
  /** How to speak of a person: "%firstName% %surname%". */
  personName: z.string().min(1).max(500),
});

/** Where new accounts are made: one container, or one by the value of a column. */
export const Container = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('fixed'), dn: z.string().min(1).max(2000) }),
  z.object({
    kind: z.literal('by-column'),
    column: ColumnName,
    containers: z.record(z.string(), z.string().min(1).max(2000)),
    /** For any other value; without it the person is refused. */
    otherwise: z.string().max(2000).nullable().default(null),
  }),
]);
export type Container = z.infer<typeof Container>;

/** A record is an account when the column and the attribute have the same value (letter case aside). */
export const MatchRule = z.object({ column: ColumnName, attribute: z.string().min(1).max(100) });
export type MatchRule = z.infer<typeof MatchRule>;

export const Tell = z.object({
  webhookId: z.uuid(),
  when: z.enum(['any-change', 'created', 'modified', 'disabled']).default('any-change'),
});
export type Tell = z.infer<typeof Tell>;

export const Automation = z.object({
  id: z.uuid(),
  name: z.string().min(1).max(200),
  description: z.string().max(2000).default(''),
  state: z.enum(['draft', 'proposed', 'active', 'paused']),
  version: z.int().min(1),
  /** The client it belongs to; null belongs to all. */
  clientId: z.int().nullable().default(null),
  trigger: Trigger,
  source: Source,
  scope: Criteria.default(everybody),
  directoryConnectionId: z.uuid(),
  container: Container,
  /** In order: the first rule that finds an account decides; two accounts are a dispute. */
  match: z.array(MatchRule).max(10).default([]),
  mappingId: z.uuid(),
  startDate: StartDate.nullable().default(null),
  steps: z.array(Step).min(1).max(20),
  guards: GuardLimits.default(GuardLimits.parse({})),
  approval: z.enum(['always', 'first-run', 'never']).default('always'),
  tell: z.array(Tell).max(20).default([]),
});
export type Automation = z.infer<typeof Automation>;

/** An automation with everything it names by id: what the pure functions take. */
export type AutomationDefinition = {
  readonly automation: Automation;
  /** In the order of automation.source.endpoints. */
  readonly endpoints: readonly InboundEndpoint[];
  readonly mapping: Mapping;
  readonly webhooks: readonly OutboundWebhook[];
  /** How people call each connection, by its id: "Halo", "AD Larkfield". */
  readonly systems: Readonly<Record<string, string>>;
  /** The administrator's environment variables, for %env.name%. */
  readonly environment: Readonly<Record<string, string>>;
};

/** "Reads Halo, creates accounts in AD and adds them to groups by 2 rules." */
export function automationSentence(
  definition: Pick<AutomationDefinition, 'automation' | 'endpoints' | 'systems'>,
): string {
  const { automation } = definition;
  const [first] = definition.endpoints;
  const source = first === undefined ? 'its source' : systemOf(definition, first.connectionId);
  const directory = systemOf(definition, automation.directoryConnectionId);
  const steps = automation.steps.map(stepSentence);
  const last = steps.at(-1) ?? '';
  const rest = steps.slice(0, -1).join(', ');
  return `Reads ${source}, ${rest === '' ? last : `${rest} and ${last}`} in ${directory}.`;
}

export function systemOf(
  definition: Pick<AutomationDefinition, 'systems'>,
  connectionId: string,
): string {
  return definition.systems[connectionId] ?? connectionId;
}
