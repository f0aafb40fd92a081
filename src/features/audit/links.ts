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

/**
 * Links joined in one go: their entries lie near each other, so both are read in one sweep. So few that the
 * socket holds what they give: the database joins the next while these are hashed, and neither waits.
 */
const windowLinks = 400;

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

/** Bytes are taken as strings with a character a byte: for a few of them that is quicker than a Buffer. */
export function linkOfRow(row: CopiedRow): Link {
  const texts = textsOf(row);
  return {
    seq: row.whole(fields.seq) ?? 0,
    format: row.whole(fields.format) ?? 0,
    previous: row.characters(fields.previous) ?? '',
    hash: row.characters(fields.hash) ?? '',
    bytes: row.isNull(fields.id) ? undefined : row.slice(fields.format, fields.hash),
    entryId: texts === 'redacted' ? inHex(row.characters(fields.entryId) ?? '') : '',
    textDigest: row.characters(fields.textDigest),
    texts,
    redacts: redactedBy(row),
  };
}

function textsOf(row: CopiedRow): Link['texts'] {
  if (row.isNull(fields.textsOf)) return 'missing';
  if (row.isNull(fields.salt) && texts.every((_, index) => row.isNull(fields.salt + index))) {
    return 'redacted';
  }
  return row.slice(fields.salt, fields.end);
}

function redactedBy(row: CopiedRow): string | undefined {
  if (row.characters(fields.action) !== 'audit-entry.redacted') return undefined;
  if (row.characters(fields.subjectKind) !== 'audit entry') return undefined;
  return row.characters(fields.subjectId)?.replaceAll('-', '');
}

function inHex(characters: string): string {
  return Buffer.from(characters, 'latin1').toString('hex');
}

function ofEntry(name: string): string {
  return `entry.${name}`;
}
