// What stands in our jsonb columns, parsed when it is read: changes, notes, guards, facts and links.
import { z } from 'zod';
import type { Attributes } from '#domain/account.ts';
import type { Change } from '#domain/change.ts';
import { changeKinds } from '#domain/change.ts';
import type { Link } from '#domain/link.ts';
import type { GuardVerdict, PersonNote } from '#domain/plan.ts';
import type { Cell, SourceFacts, SourceRecord } from '#domain/record.ts';
import { ResetRules } from '#domain/reset.ts';

/** Read by the thousand: a schema of a record with arrays takes most of what a change costs to be read. */
const AttributesDocument = z.custom<Attributes>(isAttributes, 'texts by their attribute');

function isAttributes(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((texts) => Array.isArray(texts) && texts.every(isText));
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

const TargetDocument = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('existing'), id: z.string(), name: z.string() }),
  z.object({ kind: z.literal('planned'), change: z.string(), name: z.string() }),
]);

export const ChangeDocument: z.ZodType<Change> = z.object({
  id: z.string(),
  personKey: z.string(),
  personName: z.string(),
  step: z.int(),
  action: z.string(),
  kind: z.enum(changeKinds),
  connectionId: z.string(),
  system: z.string(),
  target: TargetDocument,
  before: AttributesDocument,
  after: AttributesDocument,
  fallbacks: z.array(AttributesDocument),
  group: z.object({ id: z.string(), name: z.string() }).exactOptional(),
  webhookId: z.string().exactOptional(),
  mustChangePassword: z.boolean().exactOptional(),
  reset: z
    .object({
      password: z.enum(['chosen', 'generated']).exactOptional(),
      rules: ResetRules,
    })
    .exactOptional(),
  manager: z.object({ entryId: z.string().nullable(), was: z.int().nullable() }).exactOptional(),
  because: z.array(z.string()),
  reversible: z.boolean(),
  irreversibleBecause: z.string().exactOptional(),
  needs: z.array(z.string()),
});

export const NotesDocument: z.ZodType<PersonNote[]> = z.array(
  z.object({
    personKey: z.string(),
    personName: z.string(),
    situation: z.enum(['new', 'linked', 'disputed', 'gone']),
    sentence: z.string(),
    code: z.string().exactOptional(),
  }),
);

export const GuardsDocument: z.ZodType<GuardVerdict[]> = z.array(
  z.object({
    name: z.string(),
    verdict: z.enum(['pass', 'review', 'stop']),
    sentence: z.string(),
  }),
);

export const FactsDocument: z.ZodType<SourceFacts> = z.object({
  records: z.int(),
  complete: z.boolean(),
  digest: z.string(),
  columns: z.array(z.string()),
  asked: z.string().exactOptional(),
  rights: z.array(z.string()).exactOptional(),
});

const CellDocument: z.ZodType<Cell> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(CellDocument)]),
);

export const RecordDocument: z.ZodType<SourceRecord> = z.object({
  key: z.string(),
  name: z.string(),
  columns: z.record(z.string(), CellDocument),
});

export const LinkDocument: z.ZodType<Link> = z.object({
  sourceConnectionId: z.string(),
  personKey: z.string(),
  personName: z.string(),
  directoryConnectionId: z.string(),
  accountId: z.string(),
  origin: z.enum(['source', 'directory']),
  disabledByUs: z.enum(['leaver', 'start-date']).exactOptional(),
  createdByRun: z.string().exactOptional(),
  lastSeen: z.coerce.date(),
});
