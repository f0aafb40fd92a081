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

/** Links joined in one go: their entries lie near each other, so both are read in one sweep. */
const windowLinks = 20_000;

/**
 * Every link with its entry and texts, in the order of the numbers. Window by window, because to sort
 * the whole is slow and to look up each alone is slower. As many numbers as there are links: where
 * one is missing among them, the first of those beyond shows it.
 */
export function chainQuery(from: number): string {
  const joined = `audit_chain as link
    left join audit_entries as entry
      on entry.id = link.entry_id and entry.id between low and high
    left join audit_texts as texts
      on texts.entry_id = link.entry_id and texts.entry_id between low and high`;
  return `with bounds as materialized (
      select ${from} + count(*) as beyond from audit_chain where seq >= ${from}
    )
    select swept.* from (
        select generate_series(${from}, (select beyond - 1 from bounds), ${windowLinks}) as first
      ) as windows
      cross join lateral (
        select min(entry_id::text)::uuid as low, max(entry_id::text)::uuid as high
        from audit_chain where seq >= first and seq < first + ${windowLinks}
      ) as ends
      cross join lateral (
        select ${columns.join(', ')} from ${joined}
        where link.seq >= first and link.seq < first + ${windowLinks}
          and link.seq < (select beyond from bounds)
        order by link.seq
      ) as swept
    union all
    (select ${columns.join(', ')} from (
        select * from audit_chain
        where seq >= (select beyond from bounds) order by seq limit 1
      ) as link
      left join audit_entries as entry on entry.id = link.entry_id
      left join audit_texts as texts on texts.entry_id = link.entry_id)`;
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
