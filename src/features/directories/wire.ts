// A directory sync's spelling in /v1, both ways.
import { z } from 'zod';
import { FieldMapping, Place, SyncSettings } from '#domain/sync/settings.ts';
import type { Preview, Seen, Tried } from './look.ts';
import type { DirectorySync } from './model.ts';

const Instant = z.iso.datetime();
const instantOf = (at: Date | null) => at?.toISOString() ?? null;

export const DirectorySyncWire = z.object({
  id: z.int(),
  connectionId: z.uuid(),
  connection: z.string(),
  /** The Halo it writes to; null for the hub's own desk. */
  deskConnectionId: z.uuid().nullable(),
  clientId: z.int().nullable(),
  /** Whether its schedule runs. */
  active: z.boolean(),
  settings: SyncSettings,
  warnings: z.array(z.string()),
  nextAt: Instant.nullable(),
  lastWholeAt: Instant.nullable(),
  lastSyncedAt: Instant.nullable(),
  lastError: z.string().nullable(),
  version: z.int(),
  createdAt: Instant,
  updatedAt: Instant,
});
export type DirectorySyncWire = z.output<typeof DirectorySyncWire>;

/** A row without an id, or with one that is not this sync's, is a new one. */
const rowId = { id: z.int().min(0).default(0) };
const { shape } = SyncSettings;

/** Nothing that is left out changes: a default would reset it. A group that is given is given whole. */
const GivenSettings = z.strictObject({
  name: shape.name.optional(),
  baseDn: shape.baseDn.unwrap().optional(),
  pageSize: shape.pageSize.unwrap().optional(),
  contacts: shape.contacts.unwrap().optional(),
  userMatching: shape.userMatching.unwrap().optional(),
  agentMatching: shape.agentMatching.unwrap().optional(),
  idField: shape.idField.unwrap().optional(),
  leavers: shape.leavers.unwrap().optional(),
  newUserTemplateId: shape.newUserTemplateId.unwrap().optional(),
  limits: shape.limits.unwrap().optional(),
  approval: shape.approval.unwrap().optional(),
  schedule: shape.schedule.unwrap().optional(),
  reads: shape.reads.unwrap().optional(),
  wholeReadEveryDays: shape.wholeReadEveryDays.unwrap().optional(),
  deletionsSoughtEveryHours: shape.deletionsSoughtEveryHours.unwrap().optional(),
  places: z.array(Place.extend(rowId)).max(1_000).optional(),
  fields: z.array(FieldMapping.extend(rowId)).max(500).optional(),
});

export const NewDirectorySyncWire = z.strictObject({
  connectionId: z.uuid().toLowerCase(),
  deskConnectionId: z.uuid().toLowerCase().nullable().default(null),
  clientId: z.int32().positive().nullable().default(null),
  active: z.boolean().default(true),
  settings: GivenSettings.extend({ name: shape.name }),
});

export const DirectorySyncChangeWire = z.strictObject({
  deskConnectionId: z.uuid().toLowerCase().nullable().optional(),
  active: z.boolean().optional(),
  settings: GivenSettings.optional(),
});

export function syncToWire(
  sync: DirectorySync,
  connection: string,
  warnings: readonly string[],
): z.input<typeof DirectorySyncWire> {
  const { nextAt, lastWholeAt, lastSyncedAt, createdAt, updatedAt, halo: _, ...rest } = sync;
  return {
    ...rest,
    connection,
    warnings: [...warnings],
    nextAt: instantOf(nextAt),
    lastWholeAt: instantOf(lastWholeAt),
    lastSyncedAt: instantOf(lastSyncedAt),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

export const TriedWire = z.object({
  ok: z.boolean(),
  /** The first stage that failed; null when all is well. */
  stage: z.string().nullable(),
  sentence: z.string(),
});

export function triedToWire(tried: Tried): z.input<typeof TriedWire> {
  return { ok: tried.ok, stage: tried.ok ? null : tried.stage, sentence: tried.sentence };
}

const Container = z.object({ dn: z.string(), name: z.string(), kind: z.string() });

export const TreeWire = z.object({
  containers: z.array(Container),
  groups: z.array(Container),
  /** Why there may be more. */
  cut: z.array(z.string()),
});

export function treeToWire({ containers, groups, cut }: Seen): z.input<typeof TreeWire> {
  return {
    containers: containers.map(({ dn, name, kind }) => ({ dn, name, kind })),
    groups: groups.map(({ dn, name }) => ({ dn, name, kind: 'group' })),
    cut: [...cut],
  };
}

export const PreviewWire = z.object({
  places: z.array(
    z.object({
      placeId: z.int(),
      people: z.array(
        z.object({
          id: z.string(),
          dn: z.string(),
          enabled: z.boolean(),
          attributes: z.record(z.string(), z.array(z.string())),
        }),
      ),
      cut: z.string().nullable(),
    }),
  ),
});

export function previewToWire(found: readonly Preview[]): z.input<typeof PreviewWire> {
  return {
    places: found.map(({ place, people, cut }) => ({
      placeId: place.id,
      people: people.map(({ id, dn, enabled, attributes }) => ({
        ...{ id, dn, enabled },
        attributes: Object.fromEntries(
          Object.entries(attributes).map(([name, values]) => [
            name,
            values.map((value) => value.slice(0, 500)),
          ]),
        ),
      })),
      cut,
    })),
  };
}
