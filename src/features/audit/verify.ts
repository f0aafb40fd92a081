// Verifies the trail: every link, every text, every checkpoint; in the database, or in an export of it.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { refuse } from '#domain/problem.ts';
import type { Secret } from '#lib/secret.ts';
import { type Anchor, type Finding, firstPrevious, followChain, type Link } from '#store/audit-proof.ts';
import { copyOut } from '#store/copy-out.ts';
import type { Db } from '#store/db.ts';
import { type Checkpoint, isSigned, readCheckpoints } from './checkpoint.ts';
import { ExportLine, linkOfLine } from './export-line.ts';
import { auditKeys, readKeys } from './keys.ts';
import { chainQuery, linkOfRow } from './links.ts';

export type Asked = {
  /** The first number to look at; what is before it is believed. */
  readonly from?: number | undefined;
  /** The text of a key kept elsewhere; without one the hub's own are believed. */
  readonly key?: string | undefined;
  /** Files of checkpoints kept outside. */
  readonly files: readonly string[];
};

export type Verdict = {
  readonly ok: boolean;
  readonly from: number;
  /** Good links, from `from` on. */
  readonly count: number;
  readonly checkpoints: number;
  readonly bad: Finding | null;
  readonly warnings: readonly string[];
};

/** Of the database. Needs no more than the hub's own role. */
export async function verifyDatabase(
  { db, connectionString }: { readonly db: Db; readonly connectionString: Secret },
  asked: Asked,
): Promise<Verdict> {
  const from = asked.from ?? 1;
  const keys =
    asked.key === undefined
      ? (await auditKeys(db)).flatMap((jwk) => readKeys(JSON.stringify(jwk)))
      : readKeys(asked.key);
  const anchors = await judge([await keptCheckpoints(db), ...(await fromFiles(asked.files))], keys);
  if (anchors.bad !== undefined) return verdict(from, 0, anchors, anchors.bad);
  const client = new pg.Client({
    connectionString: connectionString.reveal(),
    application_name: 'sundog audit verify',
  });
  client.on('error', () => {});
  await client.connect();
  try {
    // One picture of the whole: what is chained meanwhile is not half in it.
    await client.query('begin isolation level repeatable read read only');
    // In the order of the numbers without sorting: entries are looked up one by one, near each other.
    await client.query('set local enable_hashjoin = off; set local enable_mergejoin = off');
    await client.query('set local enable_sort = off; set local jit = off');
    const proof = followChain({ from, previous: await tipBefore(client, from), anchors: anchors.good });
    await copyOut(client, chainQuery(from), (row) => proof.take(linkOfRow(row)));
    const { count, last, bad } = proof.end(await redactionsUnderWay(client));
    return verdict(from, count, anchors, bad ?? (await unchained(client, last)));
  } finally {
    await client.end();
  }
}

/** Of an export: with a key and a checkpoint kept elsewhere, a stranger needs nothing else. */
export async function verifyExport(file: string, asked: Asked & { key: string }): Promise<Verdict> {
  const anchors = await judge(await fromFiles(asked.files), readKeys(asked.key));
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  let proof: ReturnType<typeof followChain> | undefined;
  let from = asked.from ?? 1;
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const link = linkOfLine(ExportLine.parse(JSON.parse(line)));
    if (link.seq < from) continue;
    if (proof === undefined) {
      from = asked.from ?? link.seq;
      proof = followChain({ from, previous: beginning(link), anchors: anchors.good });
    }
    if (!proof.take(link)) break;
  }
  const { count, bad } = proof?.end(new Set()) ?? { count: 0, bad: undefined };
  return verdict(from, count, anchors, anchors.bad ?? bad);
}

/** An export that begins later than the chain is believed in what it says came before. */
function beginning(link: Link): Buffer {
  return link.seq === 1 ? firstPrevious : link.previous;
}

type Found = { readonly from: string; readonly points: readonly Checkpoint[]; readonly unread: number };

async function keptCheckpoints(db: Db): Promise<Found> {
  const rows = await db.selectFrom('audit_checkpoints').selectAll().orderBy('seq').execute();
  const points = rows.map((row) => ({
    checkpoint: 1 as const,
    hub: row.hub,
    seq: row.seq,
    hash: row.hash.toString('hex'),
    at: row.at.toISOString(),
    key: row.key_id,
    signature: row.signature.toString('base64url'),
  }));
  return { from: 'the database', points, unread: 0 };
}

function fromFiles(files: readonly string[]): Promise<Found[]> {
  return Promise.all(files.map(async (from) => ({ from, ...(await readCheckpoints(from)) })));
}

type Judged = {
  readonly good: readonly Anchor[];
  readonly bad: Finding | undefined;
  readonly warnings: readonly string[];
};

/** A checkpoint that nobody known signed is a forgery, or the key is not the right one. */
async function judge(found: readonly Found[], keys: ReturnType<typeof readKeys>): Promise<Judged> {
  const good: Anchor[] = [];
  const bad: Finding[] = [];
  for (const { from, points } of found) {
    for (const point of points) {
      const where = `the checkpoint of ${point.at} in ${from}`;
      if (keys.some(({ key }) => isSigned(point, key))) {
        good.push({ seq: point.seq, hash: Buffer.from(point.hash, 'hex'), from: where });
      } else bad.push({ seq: point.seq, sentence: `${where} is not signed with a known key` });
    }
  }
  const warnings = found
    .filter(({ unread }) => unread > 0)
    .map(({ from, unread }) => `${unread} lines of ${from} are no checkpoints.`);
  const first = bad.sort((one, other) => one.seq - other.seq)[0];
  return { good: good.sort((one, other) => one.seq - other.seq), bad: first, warnings };
}

async function tipBefore(client: pg.Client, from: number): Promise<Buffer> {
  if (from === 1) return firstPrevious;
  const { rows } = await client.query<{ hash: Buffer }>(
    'select hash from audit_chain where seq = $1',
    [from - 1],
  );
  return rows[0]?.hash ?? refuse('record.unknown', { kind: 'audit entry', id: from - 1 });
}

/** A redaction is committed a moment before its own entry is chained. */
async function redactionsUnderWay(client: pg.Client): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ subject_id: string }>(
    `select subject_id from audit_pending join audit_entries on id = entry_id
      where action = 'audit-entry.redacted' and subject_kind = 'audit entry'`,
  );
  return new Set(rows.map(({ subject_id: id }) => id.replaceAll('-', '')));
}

/** Entries that nobody chained: too old to be waiting, or put there past the way all others came. */
async function unchained(client: pg.Client, last: number): Promise<Finding | undefined> {
  await client.query('set local enable_hashjoin = on; set local enable_sort = on');
  const { rows } = await client.query<{ count: string; id: string }>(
    `select count(*)::text as count, min(id::text) as id from audit_entries as entry
      where not exists (select from audit_chain where entry_id = entry.id)
        and not exists (select from audit_pending where entry_id = entry.id
          and entry.at > now() - interval '10 seconds')`,
  );
  const [row] = rows;
  if (row === undefined || row.count === '0') return undefined;
  const sentence = `${row.count} entries were never chained, the first of them ${row.id}`;
  return { seq: last + 1, sentence };
}

function verdict(
  from: number,
  count: number,
  { good, warnings }: Judged,
  bad: Finding | undefined,
): Verdict {
  const ok = bad === undefined;
  return { ok, from, count, checkpoints: good.length, bad: bad ?? null, warnings };
}
