// How API applications are spelt in /v1.
import { z } from 'zod';
import { type Application, applicationKinds, Scope } from './model.ts';
import type { ApplicationKey } from './queries.ts';

const when = z.iso.datetime();

export const ApplicationWire = z
  .object({
    id: z.uuid(),
    name: z.string(),
    kind: z.enum(applicationKinds),
    clientId: z.string(),
    hasSecret: z.boolean(),
    agentId: z.int32().nullable(),
    boundClientId: z.int32().nullable(),
    scopes: z.array(z.string()),
    redirectUris: z.array(z.string()),
    enabled: z.boolean(),
    trustedForReset: z.boolean(),
    createdAt: when,
    changedAt: when,
    keys: z.array(
      z.object({
        slot: z.int32(),
        generatedAt: when,
        expiresAt: when.nullable(),
        lastUsedAt: when.nullable(),
        lastUsedFrom: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'Application' });

export const NewApplicationWire = z.object({
  name: z.string().trim().min(1).max(200),
  kind: z.enum(applicationKinds).default('client-secret'),
  scopes: z.array(Scope).min(1).max(50),
  agentId: z.int32().optional(),
  /** The client whose things alone it sees. */
  boundClientId: z.int32().optional(),
  redirectUris: z.array(z.string().max(2_000)).max(20).default([]),
  isPublic: z.boolean().default(false),
});

/** The one answer in which a secret stands. */
export const MadeWire = z.object({
  application: ApplicationWire,
  clientSecret: z.string().optional(),
  apiKey: z.string().optional(),
});

export function toWire(application: Application, keys: readonly ApplicationKey[]) {
  return {
    ...application,
    agentId: application.agentId ?? null,
    boundClientId: application.boundClientId ?? null,
    scopes: [...application.scopes],
    redirectUris: [...application.redirectUris],
    keys: [...keys],
  };
}
