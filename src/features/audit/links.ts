// Links as the database sends them: the hashed bytes are a slice of the row, so nothing is parsed to hash it.
import type { Link } from '#store/audit-proof.ts';
import type { CopiedRow } from '#store/copy-out.ts';

/** In the order of audit_link_bytes; then what is compared, then the texts in that of audit_text_bytes. */
const hashed = [
  'link.format',
  'link.seq',
  'link.previous',
  ...['id', 'at', 'actor_kind', 'actor_id', 'actor_name', 'behind_kind', 'behind_id'].map(ofEntry),
  ...['behind_name', 'address', 'action', 'subject_kind', 'subject_id', 'field', 'outcome'].map(
    ofEntry,
  ),
  ...['run_id', 'ticket_id', 'agent_id', 'user_id', 'client_id', 'text_digest'].map(ofEntry),
];
const compared = ['link.hash', 'link.entry_id', 'texts.entry_id'];
const texts = ['salt', 'before', 'after', 'because', 'subject_name'].map((name) => `texts.${name}`);
const columns = [...hashed, ...compared, ...texts];

const at = Object.fromEntries(columns.map((name, index) => [name, index]));
const place = (name: string) => at[name] ?? 0;
const fields = {
  format: place('link.format'),
  seq: place('link.seq'),
  previous: place('link.previous'),
  id: place('entry.id'),
  action: place('entry.action'),
  subjectKind: place('entry.subject_kind'),
  subjectId: place('entry.subject_id'),
  textDigest: place('entry.text_digest'),
  hash: place('link.hash'),
  entryId: place('link.entry_id'),
  textsOf: place('texts.entry_id'),
  salt: place('texts.salt'),
  end: columns.length,
} as const;

export function chainQuery(from: number): string {
  return `select ${columns.join(', ')} from audit_chain as link
    left join audit_entries as entry on entry.id = link.entry_id
    left join audit_texts as texts on texts.entry_id = link.entry_id
    where link.seq >= ${from} order by link.seq`;
}

const redaction = Buffer.from('audit-entry.redacted');
const nothing = Buffer.alloc(0);

export function linkOfRow(row: CopiedRow): Link {
  const { bytes } = row;
  const isThere = row.value(fields.id) !== undefined;
  const texts = textsOf(row);
  return {
    seq: Number(row.value(fields.seq)?.readBigInt64BE() ?? 0),
    format: row.value(fields.format)?.readInt16BE() ?? 0,
    previous: row.value(fields.previous) ?? nothing,
    hash: row.value(fields.hash) ?? nothing,
    bytes: isThere ? bytes.subarray(row.start(fields.format), row.start(fields.hash)) : undefined,
    entryId: texts === 'redacted' ? (row.value(fields.entryId)?.toString('hex') ?? '') : '',
    textDigest: row.value(fields.textDigest),
    texts,
    redacts: redactedBy(row),
  };
}

function textsOf(row: CopiedRow): Link['texts'] {
  if (row.value(fields.textsOf) === undefined) return 'missing';
  const isGone = (index: number) => row.value(fields.salt + index) === undefined;
  if (isGone(0) && texts.every((_, index) => isGone(index))) return 'redacted';
  return row.bytes.subarray(row.start(fields.salt), row.start(fields.end));
}

function redactedBy(row: CopiedRow): string | undefined {
  const action = row.value(fields.action);
  if (action === undefined || !redaction.equals(action)) return undefined;
  if (row.value(fields.subjectKind)?.toString() !== 'audit entry') return undefined;
  return row.value(fields.subjectId)?.toString().replaceAll('-', '');
}

function ofEntry(name: string): string {
  return `entry.${name}`;
}
