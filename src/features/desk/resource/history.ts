// The audit entries of the desk: one for a creation or deletion, one for each changed field of a change.
import type { Actor } from '#domain/actor.ts';
import type { AuditEntry } from '#store/audit.ts';
import type { Tx } from '#store/db.ts';
import { definitionsOf } from './custom-fields.ts';
import type { Raw, Resource } from './resource.ts';
import { extraOf, objectOf, type Row } from './written.ts';

export function creation(resource: Resource, actor: Actor, after: Raw): AuditEntry {
  const subject = subjectOf(resource, after);
  return { actor, action: `${actionWord(resource)}.created`, subject, outcome: 'done' };
}

export function deletion(
  resource: Resource,
  actor: Actor,
  before: Raw,
  reason: string | undefined,
): AuditEntry {
  return {
    actor,
    action: `${actionWord(resource)}.deleted`,
    subject: subjectOf(resource, before),
    outcome: 'done',
    ...(reason === undefined ? {} : { because: reason }),
  };
}

/** None where nothing is different. */
export async function updates(
  tx: Tx,
  resource: Resource,
  actor: Actor,
  before: Raw,
  row: Row,
): Promise<readonly AuditEntry[]> {
  const entry = { actor, action: `${actionWord(resource)}.updated`, outcome: 'done' as const };
  const subject = subjectOf(resource, { ...before, ...row });
  const changes = [
    ...columnChanges(resource, before, row),
    ...differences(extraOf(before), parsed(row.extra)),
    ...(await customFieldChanges(tx, before, row)),
  ];
  return changes.map((change) => ({ ...entry, subject, ...change }));
}

type FieldChange = {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly because?: string;
};

function columnChanges(resource: Resource, before: Raw, row: Row): FieldChange[] {
  const names = Object.keys(row).filter((name) => name !== 'extra' && name !== 'custom_fields');
  return names
    .map((name) => ({
      field: memberOf(resource, name),
      before: spelt(before[name]),
      after: spelt(unfolded(row[name], before[name])),
    }))
    .filter((change) => change.before !== change.after);
}

/** What goes into a jsonb column is a text until it is there. */
function unfolded(value: unknown, before: unknown): unknown {
  const wasJson = typeof before === 'object' && before !== null && !(before instanceof Date);
  return wasJson && typeof value === 'string' ? JSON.parse(value) : value;
}

async function customFieldChanges(tx: Tx, before: Raw, row: Row): Promise<FieldChange[]> {
  if (row.custom_fields === undefined) return [];
  const changes = differences(objectOf(before.custom_fields), parsed(row.custom_fields));
  const definitions = await definitionsOf(
    tx,
    changes.map(({ field }) => Number(field)),
  );
  return changes.map((change) => {
    const { name, isPassword } = definitions.get(change.field) ?? { name: change.field };
    return isPassword === true ? passwordChange(name, change) : { ...change, field: name };
  });
}

/** That it was changed, and never from what to what: not even the ids of the sealed values. */
function passwordChange(field: string, { before, after }: FieldChange): FieldChange {
  const what = before === null ? 'set' : after === null ? 'cleared' : 'changed';
  return { field, before: null, after: null, because: `the password was ${what}` };
}

function differences(before: Row, after: Row): FieldChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .map((field) => ({ field, before: spelt(before[field]), after: spelt(after[field]) }))
    .filter((change) => change.before !== change.after);
}

function memberOf(resource: Resource, column: string): string {
  const found = Object.entries(resource.members).find(
    ([, { kept }]) => (kept.in === 'column' || kept.in === 'managed') && kept.column === column,
  );
  return found?.[0] ?? column;
}

/** Texts, numbers and times as people read them; jsonb orders its keys, so both sides are ordered. */
function spelt(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object') return JSON.stringify(ordered(value));
  return String(value);
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null || value instanceof Number) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, ordered(inner)]));
}

function parsed(text: unknown): Row {
  return typeof text === 'string' ? objectOf(JSON.parse(text)) : {};
}

export function subjectOf(resource: Resource, row: Raw): AuditEntry['subject'] {
  const ids = resource.keys.map((name) => {
    const kept = resource.members[name]?.kept;
    return kept?.in === 'managed' || kept?.in === 'column' ? String(row[kept.column]) : '';
  });
  const kept = resource.members[resource.named]?.kept;
  const name = kept?.in === 'managed' || kept?.in === 'column' ? row[kept.column] : '';
  return { kind: resource.kind, id: ids.join('/'), name: String(name ?? '') };
}

function actionWord(resource: Resource): string {
  return resource.kind.replaceAll(' ', '-');
}
