// Master keys and their rotation as they are spelt outside: ids and counts, never a key.
import { z } from 'zod';
import type { SealedCount } from '#store/reseal.ts';
import { type Rotation, sentenceOf } from './model.ts';
import type { KeysFacts } from './queries.ts';

export const RotationWire = z
  .object({
    id: z.string(),
    state: z.enum(['running', 'done', 'incomplete']),
    fromKey: z.string().nullable(),
    toKey: z.string(),
    startedAt: z.string(),
    startedBy: z.string(),
    endedAt: z.string().nullable(),
    total: z.int(),
    resealed: z.int(),
    broken: z.int(),
    sentence: z.string(),
  })
  .meta({ id: 'KeyRotation' });

export const KeysWire = z
  .object({
    keys: z.array(
      z.object({
        id: z.string(),
        state: z.enum(['current', 'old', 'retired']),
        since: z.string(),
        retiredAt: z.string().nullable(),
        values: z.int(),
      }),
    ),
    /** Whether the hub makes new keys itself, in its data folder, or is given them. */
    home: z.enum(['file', 'given']),
    old: z.int(),
    rotation: RotationWire.nullable(),
  })
  .meta({ id: 'MasterKeys' });

export const RotateWire = z.object({
  /** Leave the key as it is and only bring up to date what is sealed with an older key or format. */
  updateOnly: z.boolean().default(false),
});

export function rotationToWire(rotation: Rotation): z.input<typeof RotationWire> {
  const { startedAt, endedAt, ...plain } = rotation;
  return {
    ...plain,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    sentence: sentenceOf(rotation),
  };
}

export function keysToWire(
  { keys, rotation, old }: KeysFacts,
  ownFile: string | undefined,
): z.input<typeof KeysWire> {
  return {
    keys: keys.map(({ since, retiredAt, ...plain }) => ({
      ...plain,
      since: since.toISOString(),
      retiredAt: retiredAt?.toISOString() ?? null,
    })),
    home: ownFile === undefined ? 'given' : 'file',
    old,
    rotation: rotation === null ? null : rotationToWire(rotation),
  };
}

/** What Halo's "Update encryption (N to update)" answers; the members are this hub's own. */
export const UpdateEncWire = z
  .object({
    id: z.string(),
    running: z.boolean(),
    total: z.int(),
    updated: z.int(),
    failed: z.int(),
    message: z.string(),
  })
  .meta({ id: 'UpdateEnc' });

export function updateEncToWire(rotation: Rotation): z.input<typeof UpdateEncWire> {
  const { id, state, total, resealed, broken } = rotation;
  const message = sentenceOf(rotation);
  return { id, running: state === 'running', total, updated: resealed, failed: broken, message };
}

export const OldEncryptionWire = z
  .object({
    count: z.int(),
    tables: z.array(
      z.object({
        table: z.string(),
        column: z.string(),
        key: z.string(),
        format: z.int(),
        count: z.int(),
      }),
    ),
  })
  .meta({ id: 'OldEncryption' });

export function oldToWire(old: readonly SealedCount[]): z.input<typeof OldEncryptionWire> {
  return {
    count: old.reduce((sum, { count }) => sum + count, 0),
    tables: old.map(({ keyId, ...plain }) => ({ ...plain, key: keyId })),
  };
}

export const SecurityCheckWire = z
  .array(z.object({ id: z.int(), name: z.string(), passed: z.boolean(), message: z.string() }))
  .meta({ id: 'SecurityCheck' });

export function checksToWire(
  { old, rotation, keys }: KeysFacts,
  ownFile: string | undefined,
): z.input<typeof SecurityCheckWire> {
  const running = rotation?.state === 'running' ? ` ${sentenceOf(rotation)}` : '';
  const broken = rotation?.state === 'incomplete' ? rotation.broken : 0;
  const unretired = keys.filter(({ state }) => state === 'old').length;
  return [
    {
      id: 1,
      name: 'Encryption is up to date',
      passed: old === 0 && unretired === 0,
      message:
        old === 0
          ? 'Every secret is sealed with the present master key.'
          : `${old} secrets are sealed with an older key or format; POST /api/Control/UpdateEnc.${running}`,
    },
    {
      id: 2,
      name: 'Every secret opens',
      passed: broken === 0,
      message:
        broken === 0
          ? 'No sealed secret is known that does not open.'
          : `${broken} sealed secrets do not open; they were altered, or their key is missing.`,
    },
    {
      id: 3,
      name: 'The master key is kept apart',
      passed: ownFile === undefined,
      message:
        ownFile === undefined
          ? 'The master key comes from the settings.'
          : 'The master key lies in the data folder; whoever can read that can read every secret.',
    },
  ];
}
