// A connection's spelling in /v1, both ways. Secrets come in and never go out.
import { z } from 'zod';
import { connectionKinds, endpointsOf, probeStages } from '#domain/connection.ts';
import { SecretReference } from '#domain/vault.ts';
import { type Connection, isConfirmed, warningsOf } from './model.ts';

const Instant = z.iso.datetime();
const Name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}]*$/u, { error: 'must be one line' });
/** Whatever people paste, a private key with its certificates too; a line break at its end is not part of it. */
const SecretText = z
  .string()
  .max(32_768)
  .transform((text) => text.replace(/[\r\n]+$/, ''));
/** The secret itself, or where it is kept. */
const GivenSecretWire = z.union([SecretText.pipe(z.string().min(1)), SecretReference]);
const Settings = z.record(z.string(), z.json());

export const ConnectionWire = z.object({
  id: z.uuid(),
  kind: z.enum(connectionKinds),
  name: z.string(),
  clientId: z.int().nullable(),
  lab: z.boolean(),
  settings: Settings,
  hasSecret: z.boolean(),
  /** Where the secret is kept, when that is a key vault. */
  keptAt: z
    .object({ vault: z.int(), secret: z.string(), version: z.string().nullable() })
    .nullable(),
  /** Where it goes, and whether an administrator confirmed that. */
  endpoints: z.array(
    z.object({
      host: z.string(),
      port: z.int(),
      confirmed: z.boolean(),
      confirmedBy: z.string().nullable(),
      confirmedAt: Instant.nullable(),
    }),
  ),
  health: z.object({
    state: z.enum(['unknown', 'healthy', 'broken']),
    stage: z.enum(probeStages).nullable(),
    code: z.string().nullable(),
    sentence: z.string().nullable(),
    checkedAt: Instant.nullable(),
  }),
  warnings: z.array(z.string()),
  version: z.int(),
  createdAt: Instant,
  updatedAt: Instant,
});

export const NewConnectionWire = z.strictObject({
  kind: z.enum(connectionKinds),
  name: Name,
  clientId: z.int().positive().nullable().default(null),
  lab: z.boolean().default(false),
  settings: Settings,
  secret: GivenSecretWire.nullable().default(null),
});

export const ConnectionChangeWire = z.strictObject({
  name: Name.optional(),
  clientId: z.int().positive().nullable().optional(),
  settings: Settings.optional(),
  secret: GivenSecretWire.nullable().optional(),
});

export const EndpointWire = z.strictObject({
  host: z.string().min(1).max(253),
  port: z.int().min(1).max(65_535),
});

export const TestedWire = z.object({
  ok: z.boolean(),
  /** The first stage that failed; null when all is well. */
  stage: z.enum(probeStages).nullable(),
  code: z.string().nullable(),
  sentence: z.string(),
  checkedAt: Instant,
});

export function connectionToWire(connection: Connection): z.input<typeof ConnectionWire> {
  const { reached, health, confirmations } = connection;
  return {
    id: connection.id,
    kind: reached.kind,
    name: connection.name,
    clientId: connection.clientId,
    lab: connection.lab,
    settings: { ...reached.settings },
    hasSecret: connection.hasSecret,
    keptAt: connection.keptAt,
    endpoints: endpointsOf(reached).map((endpoint) => {
      const by = confirmations.find((one) => isConfirmed([one], endpoint));
      return {
        ...endpoint,
        confirmed: by !== undefined,
        confirmedBy: by?.by ?? null,
        confirmedAt: by?.at.toISOString() ?? null,
      };
    }),
    health: { ...health, checkedAt: health.checkedAt?.toISOString() ?? null },
    warnings: warningsOf(connection),
    version: connection.version,
    createdAt: connection.createdAt.toISOString(),
    updatedAt: connection.updatedAt.toISOString(),
  };
}
