// An audit entry as Halo spells it, and as /v1 does.
import { z } from 'zod';
import { answered, halo, warning, writeOnly } from '#http/halo/members.ts';
import { haloModel } from '#http/halo/model.ts';
import { haloTime, haloTimeOrNull, readTime } from '#http/halo/time.ts';
import { tableOf } from './halo-tables.ts';
import type { AuditRecord } from './queries.ts';

/** Halo's Audit (halo-api.md 2.4). Only `_redact` is ever taken: entries are written by the hub alone. */
export const Audit = haloModel('Audit', {
  id: halo.int,
  ticket_id: answered(halo.int.nullable()),
  agent_id: answered(halo.int.nullable(), 'The agent who acted.'),
  date: answered(halo.time.nullable()),
  value: answered(halo.text.nullable(), 'The changed field, or what was done.'),
  to: answered(halo.text.nullable()),
  from: answered(halo.text.nullable()),
  table_name: answered(halo.text.nullable(), "Halo's table, or the hub's own word for the record."),
  id1: answered(halo.int.nullable(), 'The record; null where its id is no number.'),
  id2: answered(halo.int.nullable(), 'Of records numbered within another.'),
  clientid: answered(halo.int.nullable()),
  _warning: warning,
  actoutcome: answered(halo.text.nullable(), 'done, refused, failed or intent, and why.'),
  user_id: answered(halo.int.nullable()),
  username: answered(halo.text.nullable(), 'Who acted; in an impersonation both.'),
  datetime_to: answered(halo.time.nullable()),
  datetime_from: answered(halo.time.nullable()),
  _redact: writeOnly(
    halo.bool.nullable(),
    'True destroys the texts of the entry and keeps its proof.',
  ),
  guid: answered(halo.uuid.nullable()),
});

export function haloAudit(record: AuditRecord, more = '') {
  const { actor, behind, subject } = record;
  const [id1 = null, id2 = null] = numbersOf(subject.id);
  const redacted = record.redacted ? 'The texts of this entry were destroyed.' : '';
  const warned = [redacted, more].filter((sentence) => sentence !== '').join(' ');
  return {
    id: record.seq,
    ticket_id: record.ticketId,
    agent_id: record.agentId,
    date: haloTime(record.at),
    value: record.field ?? record.action,
    to: record.after,
    from: record.before,
    table_name: tableOf(subject.kind),
    id1,
    id2,
    clientid: record.clientId,
    ...(warned === '' ? {} : { _warning: warned }),
    actoutcome: record.because === null ? record.outcome : `${record.outcome}: ${record.because}`,
    user_id: record.userId,
    username: behind === null ? actor.name : `${behind.name} as ${actor.name}`,
    datetime_to: dateIn(record.after),
    datetime_from: dateIn(record.before),
    guid: record.id,
  };
}

/** A text that is a date and nothing else. */
function dateIn(text: string | null): string | null {
  return text === null || !text.includes('-') ? null : haloTimeOrNull(readTime(text));
}

function numbersOf(id: string): readonly number[] {
  const numbers = id.split('/').map(Number);
  const fit = numbers.every((number) => Number.isInteger(number) && Math.abs(number) < 2 ** 31);
  return fit && id !== '' ? numbers : [];
}

const text = z.string().nullable();
const int = z.int().nullable();
const Who = z.object({ kind: z.string(), id: z.string(), name: z.string() });

export const AuditWire = z.object({
  seq: z.int(),
  id: z.uuid(),
  at: z.iso.datetime(),
  actor: Who,
  behind: Who.nullable(),
  address: text,
  action: z.string(),
  subject: z.object({ kind: z.string(), id: z.string(), name: text }),
  field: text,
  before: text,
  after: text,
  because: text,
  outcome: z.string(),
  runId: text,
  ticketId: int,
  agentId: int,
  userId: int,
  clientId: int,
  hash: z.string(),
  redacted: z.boolean(),
});

export const AuditPageWire = z.object({ items: z.array(AuditWire), next: z.string().nullable() });

export const AuditStateWire = z.object({
  hub: z.string(),
  entries: z.int(),
  waiting: z.int(),
  waitingSince: z.iso.datetime().nullable(),
  stalled: z.boolean(),
  checkpoint: z.object({ seq: z.int(), at: z.iso.datetime() }).nullable(),
});

export function auditWire(record: AuditRecord): z.input<typeof AuditWire> {
  return { ...record, at: record.at.toISOString() };
}
