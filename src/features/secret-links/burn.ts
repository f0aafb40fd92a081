// Ends links: burnt by their sender or reader, expired by time; either way the content is destroyed.
import { type Actor, theHub } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import type { Clock } from '#lib/clock.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { about, aboutLink, hasEnded, linkLimits, stateAt, toldColumns } from './model.ts';
import { getLinkForChange, type LockedLink } from './queries.ts';

type Ports = { readonly db: Db; readonly clock: Clock };

const openStates = ['asked', 'filling', 'waiting'] as const;

/** Burns a link of one's own. One that has ended stays as it ended: that is what its sender wants to know. */
export async function burn(ports: Ports, actor: Actor, id: number): Promise<LockedLink> {
  const now = ports.clock();
  return inTransaction(ports.db, async (tx) => {
    const link = await getLinkForChange(tx, actor, id);
    if (hasEnded(stateAt(link, now))) return link;
    await burnInTransaction(tx, link.id, actor, now);
    return getLinkForChange(tx, actor, id);
  });
}

export async function burnInTransaction(
  tx: Tx,
  id: number,
  actor: Actor,
  now: Date,
): Promise<void> {
  const link = await tx
    .updateTable('secret_links')
    .set({ state: 'burnt', sealed_content: null, bytes: 0, ended_at: now })
    .where('id', '=', id)
    .where('state', 'in', openStates)
    .returning(toldColumns)
    .executeTakeFirst();
  if (link === undefined) return;
  await destroyParts(tx, [id]);
  const action = 'secret-link.burnt';
  await audit(tx, [{ actor, action, ...about(link), outcome: 'done' }]);
}

/** A link runs out later or earlier than it was made to: counted from when it was made. */
export async function changeHours(
  ports: Ports & { readonly rules: { readonly hoursMax: number } },
  actor: Actor,
  id: number,
  hours: number,
): Promise<LockedLink> {
  const { hoursMax } = ports.rules;
  if (hours > hoursMax) {
    refuse('secret-link.misfit', { reason: `it lasts at most ${hoursMax} hours here` });
  }
  return inTransaction(ports.db, async (tx) => {
    const link = await getLinkForChange(tx, actor, id);
    if (hours === link.hours) return link;
    if (hasEnded(stateAt(link, ports.clock()))) {
      refuse('secret-link.misfit', { reason: 'it has ended; make a new one' });
    }
    const expiresAt = new Date(link.createdAt.getTime() + hours * 3_600_000);
    await tx
      .updateTable('secret_links')
      .set({ hours, expires_at: expiresAt })
      .where('id', '=', id)
      .execute();
    await audit(tx, [
      {
        actor,
        action: 'secret-link.updated',
        ...aboutLink(link),
        field: 'hours',
        before: String(link.hours),
        after: String(hours),
        outcome: 'done',
      },
    ]);
    return getLinkForChange(tx, actor, id);
  });
}

/** Destroys what ran out, and files that never came whole. Says how many there were. */
export async function expireLinks(ports: Ports, rowsAtOnce: number): Promise<number> {
  const now = ports.clock();
  const stale = new Date(now.getTime() - linkLimits.fillingMs);
  return inTransaction(ports.db, async (tx) => {
    const due = await tx
      .selectFrom('secret_links')
      .select(toldColumns)
      // Said twice: the index of what is open goes by this.
      .where('ended_at', 'is', null)
      .where('state', 'in', openStates)
      .where((row) =>
        row.or([
          row('expires_at', '<=', now),
          row.and([row('state', '=', 'filling'), row('created_at', '<', stale)]),
        ]),
      )
      .limit(rowsAtOnce)
      .forUpdate()
      .skipLocked()
      .execute();
    if (due.length === 0) return 0;
    const ids = due.map(({ id }) => id);
    await tx
      .updateTable('secret_links')
      .set({ state: 'expired', sealed_content: null, bytes: 0, ended_at: now })
      .where((row) => row('id', '=', row.fn.any(row.val(ids))))
      .execute();
    await destroyParts(tx, ids);
    await audit(
      tx,
      due.map((link) => ({
        actor: theHub,
        action: 'secret-link.expired',
        ...about(link),
        outcome: 'done' as const,
      })),
    );
    return due.length;
  });
}

export async function destroyParts(tx: Db | Tx, ids: readonly number[]): Promise<void> {
  await tx
    .deleteFrom('secret_link_parts')
    .where((row) => row('link_id', '=', row.fn.any(row.val([...ids]))))
    .execute();
}

/** Pieces of files whose last pass has run out: nobody may fetch them any more. */
export async function destroyPassedParts({ db, clock }: Ports): Promise<void> {
  const now = clock();
  await inTransaction(db, async (tx) => {
    const ended = await tx
      .updateTable('secret_links')
      .set({ bytes: 0 })
      .where('bytes', '>', 0)
      .where('parts', '>', 0)
      .where('state', 'in', ['claimed', 'viewed', 'forfeited'])
      .where((row) =>
        row.not(
          row.exists(
            row
              .selectFrom('secret_link_reveals as reveal')
              .select('reveal.id')
              .whereRef('reveal.link_id', '=', 'secret_links.id')
              .where('reveal.pass_until', '>', now),
          ),
        ),
      )
      .returning('id')
      .execute();
    if (ended.length > 0) {
      await destroyParts(
        tx,
        ended.map(({ id }) => id),
      );
    }
  });
}

/** What became of a link is told for a while, and then forgotten; the audit trail keeps it. */
export async function forgetOldLinks(ports: Ports, rowsAtOnce: number): Promise<number> {
  const before = new Date(ports.clock().getTime() - linkLimits.historyMs);
  const old = ports.db
    .selectFrom('secret_links')
    .select('id')
    .where('ended_at', '<', before)
    .limit(rowsAtOnce);
  const { numDeletedRows } = await ports.db
    .deleteFrom('secret_links')
    .where('id', 'in', old)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
