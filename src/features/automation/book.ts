// The book of a run: what is about to be written, set down before it is, and what became of it, right after;
// of several people at once, as a statement costs the same for one of them as for many.
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Change } from '#domain/change.ts';
import type { Link } from '#domain/link.ts';
import type { Outcome } from '#domain/outcome.ts';
import { batches } from '#lib/batches.ts';
import type { Clock } from '#lib/clock.ts';
import { audited } from '#store/audit.ts';
import { type Db, given, inTransaction, type Tx } from '#store/db.ts';
import type { Intents, PasswordHandovers } from '#store/tables.ts';
import { runBell } from './events.ts';
import { linkRow } from './links.ts';
import { changeEntry, outcomeEntries, type RunFacts } from './work.ts';

export type Intention = {
  readonly change: Change;
  /** Only the first time is an entry of the audit trail. */
  readonly first: boolean;
  /** What is to be known again after a crash. */
  readonly intent?: Omit<Selectable<Intents>, 'run_id' | 'change_id'>;
  /** What else belongs to it, in the same transaction. */
  readonly also?: (tx: Tx) => Promise<void>;
};

export type Settlement = {
  readonly change: Change;
  readonly outcome: Outcome;
  /** For what is not a failure and has a code all the same. */
  readonly code?: string;
  /** What a creation leaves: the link for ever, and the password handed over. */
  readonly made?: { readonly link: Link; readonly handover: Selectable<PasswordHandovers> };
  readonly also?: (tx: Tx) => Promise<void>;
};

/** For those who work on people of a run at the same time: what they write is written together. */
export type Book = {
  intend(intention: Intention): Promise<void>;
  settle(settlement: Settlement): Promise<void>;
  /** Whether the person was given an account since the plan was made, or another run is about to. */
  lookUp(change: Change): Promise<Standing>;
};

export type Standing = { readonly linked: boolean; readonly intended: boolean };

/** One at a time: whoever comes while one is under way shares the next. */
const limits = { itemsMax: 100, atOnce: 1, againAlone: true } as const;

export function bookOf(db: Db, run: RunFacts, clock: Clock): Book {
  return {
    intend: batches(limits, (all: readonly Intention[]) => intend(db, run, all, clock())),
    settle: batches(limits, (all: readonly Settlement[]) => settle(db, run, all, clock())),
    lookUp: batches(limits, (all: readonly Change[]) => lookUp(db, run, all)),
  };
}

/** Writes down that writes are about to be made, before they are. */
export async function intend(
  db: Db,
  run: RunFacts,
  intentions: readonly Intention[],
  now: Date,
): Promise<undefined[]> {
  const firsts = intentions.filter(({ first }) => first).map(({ change }) => change);
  const intents = intentions.flatMap(({ change, intent }) =>
    intent === undefined ? [] : [{ run_id: run.id, change_id: change.id, ...intent }],
  );
  const columns = intentColumns;
  const write = (on: Db | Tx) =>
    audited(
      on,
      firsts.map((change) => changeEntry(run, change, 'intent')),
    )
      .with('intended', (cte) =>
        cte
          .updateTable('outcomes')
          .set({ intended_at: now })
          .where('run_id', '=', run.id)
          .where(isOneOf(firsts)),
      )
      .insertInto('intents')
      .columns(columns)
      .expression((from) => from.selectFrom(given('intents', intents, 'row')).select(columns))
      .onConflict((conflict) =>
        conflict.columns(['run_id', 'change_id']).doUpdateSet((row) => ({
          attempt: row.ref('excluded.attempt'),
          dn: row.ref('excluded.dn'),
          marker: row.ref('excluded.marker'),
          sealed_password: row.ref('excluded.sealed_password'),
          created_at: row.ref('excluded.created_at'),
        })),
      )
      .execute();
  return withAlso(db, intentions, write);
}

const intentColumns = [
  ...(['run_id', 'change_id', 'attempt', 'dn', 'marker'] as const),
  ...(['sealed_password', 'created_at'] as const),
];

/**
 * Records what became of changes, with the audit entries and whatever follows from it, all or nothing; a
 * password that was sealed for one is forgotten. Who watches the run is told.
 */
export async function settle(
  db: Db,
  run: RunFacts,
  settlements: readonly Settlement[],
  now: Date,
): Promise<undefined[]> {
  const outcomes = settlements.map((settlement) => outcomeRow(settlement, now));
  const settled = settlements.filter(({ outcome }) => outcome.result !== 'waiting');
  const made = settlements.flatMap((settlement) => settlement.made ?? []);
  const links = made.map(({ link }) => linkRow(link));
  const handovers = made.map(({ handover }) => handover);
  const entries = settlements.flatMap(({ change, outcome }) =>
    outcomeEntries(run, change, outcome),
  );
  const write = (on: Db | Tx) =>
    audited(on, entries)
      .with('settled', (cte) =>
        cte
          .updateTable('outcomes')
          .from(given('outcomes', outcomes, 'row'))
          .set((row) => ({
            result: row.ref('row.result'),
            because: row.ref('row.because'),
            code: row.ref('row.code'),
            target_id: row.ref('row.target_id'),
            settled_at: row.ref('row.settled_at'),
            until: row.ref('row.until'),
          }))
          .where('outcomes.run_id', '=', run.id)
          .whereRef('outcomes.change_id', '=', 'row.change_id'),
      )
      .with('forgotten', (cte) =>
        cte
          .updateTable('intents')
          .set({ sealed_password: null })
          .where('run_id', '=', run.id)
          .where(isOneOf(settled.map(({ change }) => change))),
      )
      .with('linked', (cte) =>
        cte
          .insertInto('links')
          .columns(linkColumns)
          .expression((from) => from.selectFrom(given('links', links, 'row')).select(linkColumns)),
      )
      .with('handed_over', (cte) =>
        cte
          .insertInto('password_handovers')
          .columns(handoverColumns)
          .expression((from) =>
            from.selectFrom(given('password_handovers', handovers, 'row')).select(handoverColumns),
          ),
      )
      .selectNoFrom(sql`pg_notify(${runBell}, '')`.as('rung'))
      .execute();
  return withAlso(db, settlements, write);
}

const linkColumns = [
  ...(['source_connection_id', 'directory_connection_id', 'person_key', 'person_name'] as const),
  ...(['account_id', 'origin', 'disabled_by_us', 'created_by_run', 'last_seen'] as const),
];

const handoverColumns = [
  ...(['run_id', 'change_id', 'account_id', 'account_name', 'state'] as const),
  ...(['sealed', 'expires_at'] as const),
];

function outcomeRow({ change, outcome, code }: Settlement, now: Date) {
  const waits = outcome.result === 'waiting';
  return {
    change_id: change.id,
    result: outcome.result,
    because: outcome.result === 'done' ? (outcome.note ?? null) : outcome.because,
    code: outcome.result === 'failed' ? outcome.code : (code ?? null),
    target_id: outcome.result === 'done' ? (outcome.targetId ?? null) : null,
    settled_at: waits ? null : now,
    until: waits ? outcome.until : null,
  };
}

async function lookUp(
  db: Db,
  run: RunFacts,
  changes: readonly Change[],
): Promise<readonly Standing[]> {
  const people = changes.map(({ personKey }) => personKey);
  const connections = changes.map(({ connectionId }) => connectionId);
  const { rows } = await sql<Standing>`
    select exists (
        select 1 from links
        where source_connection_id = ${run.sourceConnectionId} and person_key = asked.person
          and directory_connection_id = asked.connection
      ) as linked, exists (
        select 1 from outcomes join intents using (run_id, change_id)
        where person_key = asked.person and kind = 'create' and intended_at is not null
          and settled_at is null
          and run_id <> ${run.id}
      ) as intended
    from unnest(${people}::text[], ${connections}::uuid[])
      with ordinality as asked (person, connection, position)
    order by asked.position`.execute(db);
  return rows;
}

/** One statement, and a transaction only where something else belongs to it. */
async function withAlso(
  db: Db,
  all: readonly { readonly also?: (tx: Tx) => Promise<void> }[],
  write: (on: Db | Tx) => Promise<unknown>,
): Promise<undefined[]> {
  const others = all.flatMap(({ also }) => also ?? []);
  if (others.length === 0) await write(db);
  else {
    await inTransaction(db, async (tx) => {
      await write(tx);
      for (const also of others) await also(tx);
    });
  }
  return all.map(() => undefined);
}

function isOneOf(changes: readonly Change[]) {
  return sql<boolean>`change_id = any(${changes.map(({ id }) => id)}::text[])`;
}
