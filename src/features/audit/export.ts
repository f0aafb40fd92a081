// The trail as a stream of lines: NDJSON that proves itself, or CEF for a SIEM.
import { type SqlBool, sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import type { Db } from '#store/db.ts';
import { cefLine } from './cef.ts';
import type { ExportLine } from './export-line.ts';

export const exportFormats = ['ndjson', 'cef'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** Read so many at once: enough to be quick, little enough to hold. */
const batch = 1_000;

export type ExportAsked = {
  readonly format: ExportFormat;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
};

/** In the order of their numbers. Who is bound to a client gets that client's entries alone. */
export async function* exportTrail(
  db: Db,
  actor: Pick<Actor, 'clientId'>,
  asked: ExportAsked,
): AsyncGenerator<string> {
  let from = asked.from ?? 1;
  const to = asked.to ?? Number.MAX_SAFE_INTEGER;
  for (;;) {
    const lines = await linesFrom(db, actor, from, to);
    const last = lines.at(-1);
    if (last === undefined) return;
    const spelt = lines.map((line) =>
      asked.format === 'cef' ? cefLine(line) : JSON.stringify(line),
    );
    yield `${spelt.join('\n')}\n`;
    from = last.seq + 1;
  }
}

async function linesFrom(
  db: Db,
  { clientId }: Pick<Actor, 'clientId'>,
  from: number,
  to: number,
): Promise<readonly ExportLine[]> {
  const rows = await db
    .selectFrom('audit_chain as link')
    .innerJoin('audit_entries as entry', 'entry.id', 'link.entry_id')
    .leftJoin('audit_texts as texts', 'texts.entry_id', 'link.entry_id')
    .selectAll('entry')
    .select(['link.seq', 'link.format', 'link.previous', 'link.hash'])
    .select(['texts.salt', 'texts.before', 'texts.after', 'texts.because', 'texts.subject_name'])
    .select(
      sql<string>`to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`.as(
        'micros',
      ),
    )
    .where('link.seq', '>=', from)
    .where('link.seq', '<=', to)
    .where(
      clientId === undefined ? sql<SqlBool>`true` : sql<SqlBool>`entry.client_id = ${clientId}`,
    )
    .orderBy('link.seq')
    .limit(batch)
    .execute();
  return rows.map((row) => ({
    format: row.format,
    seq: row.seq,
    previous: row.previous.toString('hex'),
    hash: row.hash.toString('hex'),
    id: row.id,
    at: row.micros,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    behind: whoBehind(row),
    address: row.address,
    action: row.action,
    subject: { kind: row.subject_kind, id: row.subject_id, name: row.subject_name },
    field: row.field,
    outcome: row.outcome,
    runId: row.run_id,
    ticketId: row.ticket_id,
    agentId: row.agent_id,
    userId: row.user_id,
    clientId: row.client_id,
    textDigest: row.text_digest.toString('hex'),
    texts: textsOf(row),
  }));
}

function whoBehind(row: {
  readonly behind_kind: string | null;
  readonly behind_id: string | null;
  readonly behind_name: string | null;
}): ExportLine['behind'] {
  const { behind_kind: kind, behind_id: id, behind_name: name } = row;
  return kind === null || id === null ? null : { kind, id, name: name ?? '' };
}

function textsOf(row: {
  readonly salt: Buffer | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly because: string | null;
  readonly subject_name: string | null;
}): ExportLine['texts'] {
  if (row.salt === null) return null;
  const { before, after, because, subject_name: subjectName } = row;
  return { salt: row.salt.toString('hex'), before, after, because, subjectName };
}
