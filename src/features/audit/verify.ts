// Verifies the trail: every link, every text, every checkpoint; in the database, or in an export of it.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import type { Secret } from '#lib/secret.ts';
import { type Digest, digestFromHex } from '#store/audit-format.ts';
import {
  type Anchor,
  type Finding,
  firstPrevious,
  followChain,
  type Link,
  type Redactions,
} from '#store/audit-proof.ts';
import { copyOut } from '#store/copy-out.ts';
import type { Db } from '#store/db.ts';
import { Checkpoint, isSigned, readCheckpoints } from './checkpoint.ts';
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
  const keys =
    asked.key === undefined
      ? (await auditKeys(db)).flatMap((jwk) => readKeys(JSON.stringify(jwk)))
      : readKeys(asked.key);
  const client = new pg.Client({
    connectionString: connectionString.reveal(),
    application_name: 'sundog audit verify',
  });
  client.on('error', () => {});
  await client.connect();
  try {
    // One picture of the whole: what is chained meanwhile is not half in it.
    await client.query('begin isolation level repeatable read read only');
    return await verifyOn(client, asked, keys);
  } finally {
    await client.end();
  }
}

/** Within the client's own transaction. */
export async function verifyOn(
  client: pg.Client,
  asked: Asked,
  keys: ReturnType<typeof readKeys>,
): Promise<Verdict> {
  const from = asked.from ?? 1;
  const found = [await keptCheckpoints(client), ...(await fromFiles(asked.files))];
  const anchors = judge(found, keys);
  if (anchors.bad !== undefined) return verdict(from, 0, anchors, anchors.bad);
  // Entries and texts of a window are swept together with its links; each looked up alone costs twice as much.
  await client.query('set local enable_hashjoin = off; set local enable_nestloop = off');
  await client.query(`set local jit = off; set local work_mem = '64MB'`);
  const previous = await tipBefore(client, from);
  const proof = followChain({ from, previous, anchors: anchors.good });
  await copyOut(client, chainQuery(from), (row) => proof.take(linkOfRow(row)));
  const { count, last, bad, untold } = proof.end(await redactions(client));
  return verdict(from, count, anchors, bad ?? (await unchained(client, last)) ?? untold);
}

/** Of an export: with a key and a checkpoint kept elsewhere, a stranger needs nothing else. */
export async function verifyExport(file: string, asked: Asked & { key: string }): Promise<Verdict> {
  const anchors = judge(await fromFiles(asked.files), readKeys(asked.key));
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
  const ended = proof?.end({ underWay: new Set(), claimed: new Set() });
  return verdict(from, ended?.count ?? 0, anchors, anchors.bad ?? ended?.bad ?? ended?.untold);
}

/** An export that begins later than the chain is believed in what it says came before. */
function beginning(link: Link): Digest {
  return link.seq === 1 ? firstPrevious : link.previous;
}

type Found = {
  readonly from: string;
  readonly points: readonly Checkpoint[];
  readonly unread: number;
};

async function keptCheckpoints(client: pg.Client): Promise<Found> {
  const { rows } = await client.query(
    `select 1 as checkpoint, hub, seq::float8 as seq, encode(hash, 'hex') as hash,
      to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, key_id as key,
      translate(encode(signature, 'base64'), E'+/=\\n', '-_') as signature
     from audit_checkpoints order by seq`,
  );
  return { from: 'the database', points: z.array(Checkpoint).parse(rows), unread: 0 };
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
function judge(found: readonly Found[], keys: ReturnType<typeof readKeys>): Judged {
  const good: Anchor[] = [];
  const bad: Finding[] = [];
  for (const { from, points } of found) {
    for (const point of points) {
      const where = `the checkpoint of ${point.at} in ${from}`;
      if (keys.some(({ key }) => isSigned(point, key))) {
        good.push({ seq: point.seq, hash: digestFromHex(point.hash), from: where });
      } else bad.push({ seq: point.seq, sentence: `${where} is not signed with a known key` });
    }
  }
  const warnings = found
    .filter(({ unread }) => unread > 0)
    .map(({ from, unread }) => `${unread} lines of ${from} are no checkpoints.`);
  const first = bad.sort((one, other) => one.seq - other.seq)[0];
  return { good: good.sort((one, other) => one.seq - other.seq), bad: first, warnings };
}

async function tipBefore(client: pg.Client, from: number): Promise<Digest> {
  if (from === 1) return firstPrevious;
  const { rows } = await client.query<{ hash: Buffer }>(
    'select hash from audit_chain where seq = $1',
    [from - 1],
  );
  const [row] = rows;
  if (row === undefined) return refuse('record.unknown', { kind: 'audit entry', id: from - 1 });
  return row.hash.toString('latin1');
}

/** A redaction is committed a moment before its own entry is chained. */
async function redactions(client: pg.Client): Promise<Redactions> {
  const { rows } = await client.query<{ id: string; waits: boolean }>(
    `select replace(subject_id, '-', '') as id,
       exists (select from audit_pending where entry_id = entry.id) as waits
     from audit_entries as entry
     where action = 'audit-entry.redacted' and subject_kind = 'audit entry'`,
  );
  const ids = (some: typeof rows) => new Set(some.map(({ id }) => id));
  return { claimed: ids(rows), underWay: ids(rows.filter(({ waits }) => waits)) };
}

/** Entries that nobody chained: too old to be waiting, or put there past the way all others came. */
async function unchained(client: pg.Client, last: number): Promise<Finding | undefined> {
  await client.query('set local enable_hashjoin = on; set local enable_nestloop = on');
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
