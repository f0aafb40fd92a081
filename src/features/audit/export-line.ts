// A line of the export: everything a stranger needs to compute the entry's hash, spelt as docs/audit.md tells.
import { z } from 'zod';
import { digestFromHex, field } from '#store/audit-format.ts';
import type { Link } from '#store/audit-proof.ts';

const text = z.string().nullable();
const int = z.int32().nullable();
const hex = z.string().regex(/^([0-9a-f]{2})*$/);
const Who = z.object({ kind: z.string(), id: z.string(), name: z.string() });

export const ExportLine = z.object({
  format: z.int(),
  seq: z.int().positive(),
  previous: hex,
  hash: hex,
  id: z.uuid(),
  /** Microseconds and Z: the hash covers all six digits. */
  at: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
  actor: Who,
  behind: Who.nullable(),
  address: text,
  action: z.string(),
  subject: z.object({ kind: z.string(), id: z.string(), name: text }),
  field: text,
  outcome: z.string(),
  runId: text,
  ticketId: int,
  agentId: int,
  userId: int,
  clientId: int,
  textDigest: hex,
  /** Null when the texts were destroyed; the digest still stands. */
  texts: z
    .object({ salt: hex, before: text, after: text, because: text, subjectName: text })
    .nullable(),
});
export type ExportLine = z.infer<typeof ExportLine>;

export function linkOfLine(line: ExportLine): Link {
  const redacts = line.action === 'audit-entry.redacted' && line.subject.kind === 'audit entry';
  return {
    seq: line.seq,
    format: line.format,
    previous: digestFromHex(line.previous),
    hash: digestFromHex(line.hash),
    bytes: linkBytes(line),
    entryId: line.id.replaceAll('-', ''),
    textDigest: digestFromHex(line.textDigest),
    texts: line.texts === null ? 'redacted' : textBytes(line.texts),
    redacts: redacts ? line.subject.id.replaceAll('-', '') : undefined,
  };
}

/** As audit_link_bytes in 0021-audit-chain.sql. */
function linkBytes(line: ExportLine): Buffer {
  const { actor, behind, subject } = line;
  const fields: readonly (Buffer | string | null)[] = [
    whole(line.format, 2),
    whole(line.seq, 8),
    Buffer.from(line.previous, 'hex'),
    Buffer.from(line.id.replaceAll('-', ''), 'hex'),
    time(line.at),
    ...[actor.kind, actor.id, actor.name],
    ...[behind?.kind ?? null, behind?.id ?? null, behind?.name ?? null],
    ...[line.address, line.action, subject.kind, subject.id, line.field, line.outcome, line.runId],
    ...[line.ticketId, line.agentId, line.userId, line.clientId].map((id) =>
      id === null ? null : whole(id, 4),
    ),
    Buffer.from(line.textDigest, 'hex'),
  ];
  return Buffer.concat(fields.map(field));
}

/** As audit_text_bytes. */
function textBytes(texts: NonNullable<ExportLine['texts']>): Buffer {
  const { salt, before, after, because, subjectName } = texts;
  const fields = [Buffer.from(salt, 'hex'), before, after, because, subjectName];
  return Buffer.concat(fields.map(field));
}

function whole(value: number, bytes: 2 | 4 | 8): Buffer {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 8) buffer.writeBigInt64BE(BigInt(value));
  else buffer.writeIntBE(value, 0, bytes);
  return buffer;
}

const epochMs = Date.UTC(2000, 0, 1);

/** Microseconds since the year 2000 (UTC), as PostgreSQL keeps them. */
function time(at: string): Buffer {
  const ms = Date.parse(`${at.slice(0, 23)}Z`) - epochMs;
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(BigInt(ms) * 1_000n + BigInt(at.slice(23, 26)));
  return buffer;
}
