// What a reading saw of people, put into the database by COPY, a page at a time.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { PlannedEntry } from '#domain/sync/plan-page.ts';

const columns =
  'sync_run_id, target, entry_id, digest, dn, name, place_id, state, desk_id, change_id, manager_dn, manager_was, keys, fresh, changes, dispute';

export async function copySeen(
  pool: pg.Pool,
  runId: string,
  planned: readonly PlannedEntry[],
): Promise<void> {
  if (planned.length === 0) return;
  const client = await pool.connect();
  try {
    const stream = client.query(copyFrom(`copy sync_seen (${columns}) from stdin`));
    await pipeline(Readable.from(pieces(runId, planned)), stream);
  } finally {
    client.release();
  }
}

/** Sent in pieces of about this many characters. */
const pieceLength = 65_536;

function* pieces(runId: string, planned: readonly PlannedEntry[]): Generator<string> {
  let piece = '';
  for (const one of planned) {
    piece += rowOf(runId, one);
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function rowOf(runId: string, { seen, person }: PlannedEntry): string {
  const keys = seen.keys.length === 0 ? '{}' : `{${seen.keys.map(quoted).join(',')}}`;
  const changes = person !== undefined && person.changes.length > 0;
  const values = [
    ...[runId, seen.target, seen.entryId, `\\\\x${seen.digest.toString('hex')}`],
    ...[spelt(seen.dn), spelt(seen.name), seen.placeId, seen.state, seen.deskId ?? nothing],
    ...[seen.changeId ?? nothing, seen.managerDn === null ? nothing : spelt(seen.managerDn)],
    ...[seen.managerWas ?? nothing, spelt(keys), seen.fresh ? 't' : 'f', changes ? 't' : 'f'],
    seen.dispute === null ? nothing : spelt(JSON.stringify(seen.dispute)),
  ];
  return `${values.join('\t')}\n`;
}

const nothing = '\\N';

/** An element of an array as PostgreSQL writes it. */
function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/** COPY's text format: a backslash, a tab and line ends are escaped; a NUL cannot be kept. */
function spelt(text: string): string {
  return special.test(text) ? text.replace(specials, (one) => escapes[one] ?? one) : text;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what COPY's format gives a meaning
const special = /[\\\t\n\r\u0000]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same, all of them
const specials = /[\\\t\n\r\u0000]/g;

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\u0000': '',
};
