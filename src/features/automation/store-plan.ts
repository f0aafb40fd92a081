// Keeps a plan: its changes go to PostgreSQL by COPY as they come, hashed on the way, shown when whole.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Actor } from '#domain/actor.ts';
import type { Change } from '#domain/change.ts';
import type { Link } from '#domain/link.ts';
import type { Notice } from '#domain/notice.ts';
import type { GuardVerdict, PersonGroup, PersonNote, Situation } from '#domain/plan.ts';
import { startPlanHash } from '#domain/plan-hash.ts';
import type { SourceFacts, SourceRecord } from '#domain/record.ts';
import { newId } from '#lib/ids.ts';
import { audit } from '#store/audit.ts';
import { inTransaction, json } from '#store/db.ts';
import type { LookPorts } from './ports.ts';

export type PlannedFor = {
  readonly key: string;
  readonly name: string;
  readonly situation: Situation;
  readonly group: PersonGroup;
  readonly changes: readonly Change[];
  readonly notes: readonly PersonNote[];
};

export type NewPlan = {
  readonly of:
    | { readonly kind: 'automation'; readonly id: string; readonly version: number }
    | { readonly kind: 'outbound-webhook'; readonly id: string }
    /** Asked for by self-service: the version is that of the policy which says yes. */
    | { readonly kind: 'password-reset'; readonly id: string; readonly version: number };
  readonly digest: string;
  readonly title: string;
  readonly clientId: number | null;
  readonly sentence: string;
  readonly undoesRunId: string | null;
  readonly personKey: string | null;
  readonly sourceConnectionId: string | null;
  readonly source: SourceFacts;
  readonly guards: readonly GuardVerdict[];
  /** How many accounts the guards took their shares of; judged again when the plan is applied. */
  readonly accounts: number;
  readonly needsApproval: boolean;
  readonly people: readonly PlannedFor[];
  readonly links: readonly Link[];
  /** What the source said of a person, kept for whoever has changes: told requests speak of it. */
  record(key: string): SourceRecord | undefined;
};

/** A plan is true for a day; then the world has moved on. */
export const planLivesMs = 24 * 60 * 60_000;

export async function storePlan(
  ports: Pick<LookPorts, 'db' | 'pool' | 'clock' | 'notify'>,
  plan: NewPlan,
  actor: Actor,
  { quiet }: { readonly quiet: boolean } = { quiet: false },
): Promise<{ readonly id: string; readonly hash: string; readonly changeCount: number }> {
  const now = ports.clock();
  const id = newId(now);
  const expiresAt = new Date(now.getTime() + planLivesMs);
  const changes = plan.people.flatMap((person) => person.changes);
  const version = plan.of.kind === 'outbound-webhook' ? 1 : plan.of.version;
  const hash = startPlanHash({ automationId: plan.of.id, automationVersion: version });
  await ports.db
    .insertInto('plans')
    .values(rowOf(plan, id, version, actor, now, expiresAt))
    .execute();
  const client = await ports.pool.connect();
  try {
    await copy(client, 'plan_changes', changeColumns, changeRows(id, changes, hash));
    await copy(client, 'plan_people', personColumns, personRows(id, plan));
    await copy(client, 'plan_links', linkColumns, linkRows(id, plan.links));
  } finally {
    client.release();
  }
  const finished = hash.finish({
    expiresAt,
    guards: plan.guards,
    sourceDigest: plan.source.digest,
  });
  await inTransaction(ports.db, async (tx) => {
    await tx
      .updateTable('plans')
      .set({ state: 'waiting', hash: finished, change_count: changes.length })
      .where('id', '=', id)
      .execute();
    const subject = { kind: 'plan', id, name: plan.title };
    await audit(tx, [
      {
        actor,
        action: 'plan.made',
        subject,
        outcome: 'done',
        after: finished,
        clientId: plan.clientId,
        because: plan.sentence,
      },
    ]);
    if (plan.needsApproval && changes.length > 0 && !quiet) {
      await ports.notify(tx, waitingNotice({ ...plan, id }));
    }
  });
  return { id, hash: finished, changeCount: changes.length };
}

export function waitingNotice(
  plan: Pick<NewPlan, 'clientId' | 'title' | 'sentence'> & { readonly id: string },
): Notice {
  const { id, clientId, title, sentence } = plan;
  const key = `plan.waits:${id}`;
  return {
    event: 'plan.waits',
    key,
    clientId,
    title: `A plan waits: ${title}`,
    sentence,
    path: `/plans/${id}`,
  };
}

/** Plans whose writing broke off are nobody's. */
export async function sweepUnfinished({
  db,
  clock,
}: Pick<LookPorts, 'db' | 'clock'>): Promise<void> {
  await db
    .deleteFrom('plans')
    .where('state', '=', 'planning')
    .where('created_at', '<', new Date(clock().getTime() - planLivesMs))
    .execute();
}

function rowOf(
  plan: NewPlan,
  id: string,
  version: number,
  actor: Actor,
  now: Date,
  expiresAt: Date,
) {
  const verdicts = plan.guards.map(({ verdict }) => verdict);
  const worst = (['stop', 'review'] as const).find((verdict) => verdicts.includes(verdict));
  return {
    id,
    automation_id: plan.of.kind === 'automation' ? plan.of.id : null,
    automation_version: version,
    outbound_webhook_id: plan.of.kind === 'outbound-webhook' ? plan.of.id : null,
    reset_connection_id: plan.of.kind === 'password-reset' ? plan.of.id : null,
    definition_digest: plan.digest,
    title: plan.title,
    client_id: plan.clientId,
    state: 'planning' as const,
    needs_approval: plan.needsApproval,
    sentence: plan.sentence,
    hash: '',
    undoes_run_id: plan.undoesRunId,
    person_key: plan.personKey,
    source_connection_id: plan.sourceConnectionId,
    source: json(plan.source),
    guards: json(plan.guards),
    verdict: worst ?? ('pass' as const),
    account_count: plan.accounts,
    change_count: 0,
    created_at: now,
    created_by_kind: actor.kind,
    created_by_id: actor.id,
    created_by: actor.name,
    expires_at: expiresAt,
  };
}

const changeColumns = 'plan_id, position, change_id, person_key, kind, connection_id, document';

function* changeRows(
  planId: string,
  changes: Iterable<Change>,
  hash: { add(change: Change): void },
): Generator<Row> {
  let position = 0;
  for (const change of changes) {
    hash.add(change);
    const { id, personKey, kind, connectionId } = change;
    yield [planId, String(position), id, personKey, kind, connectionId, JSON.stringify(change)];
    position += 1;
  }
}

const personColumns =
  'plan_id, position, person_key, person_name, situation, in_group, change_count, notes, record';

function* personRows(planId: string, plan: NewPlan): Generator<Row> {
  for (const [position, person] of plan.people.entries()) {
    const record = person.changes.length > 0 ? plan.record(person.key) : undefined;
    yield [
      ...[planId, String(position), person.key, person.name, person.situation, person.group],
      ...[String(person.changes.length), JSON.stringify(person.notes)],
      record === undefined ? null : JSON.stringify(record),
    ];
  }
}

const linkColumns = 'plan_id, person_key, document';

function* linkRows(planId: string, links: readonly Link[]): Generator<Row> {
  for (const link of links) yield [planId, link.personKey, JSON.stringify(link)];
}

type Row = readonly (string | null)[];

/** Rows are sent in pieces of about this many characters. */
const pieceLength = 65_536;

async function copy(
  client: pg.PoolClient,
  table: string,
  columns: string,
  rows: Iterable<Row>,
): Promise<void> {
  const stream = client.query(copyFrom(`copy ${table} (${columns}) from stdin`));
  await pipeline(Readable.from(pieces(rows)), stream);
}

function* pieces(rows: Iterable<Row>): Generator<string> {
  let piece = '';
  for (const row of rows) {
    piece += `${row.map(spelt).join('\t')}\n`;
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** COPY's text format: a backslash, a tab and line ends are escaped, \N is null. */
function spelt(value: string | null): string {
  if (value === null) return '\\N';
  return value.replace(/[\\\t\n\r]/g, (one) => escapes[one] ?? one);
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
};
