// What became of a claim: the answer went out, or nobody can say so; the sender is told either way, once.
import { theHub } from '#domain/actor.ts';
import { batches } from '#lib/batches.ts';
import type { Clock } from '#lib/clock.ts';
import type { Log } from '#lib/log.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { about, linkLimits, toldColumns } from './model.ts';

/** Posts a letter to the sender of a link, in the transaction of what it tells. */
export type TellSender = (
  tx: Tx,
  letter: {
    readonly key: string;
    readonly agentId: number;
    readonly subject: string;
    readonly sentence: string;
  },
) => Promise<void>;

export type SettlePorts = {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  readonly tellSender: TellSender;
};

export type Outcome = 'viewed' | 'forfeited';

type Settled = { readonly revealId: string; readonly outcome: Outcome };

/** Never throws: what is not settled here, housekeeping settles as forfeited. */
export type Settle = (revealId: string, outcome: Outcome) => Promise<void>;

export function openSettling(ports: SettlePorts): Settle {
  const settle = batches<Settled, undefined>({ itemsMax: 1_000, atOnce: 1 }, async (settled) => {
    for (const outcome of ['viewed', 'forfeited'] as const) {
      const ids = settled.filter((one) => one.outcome === outcome).map(({ revealId }) => revealId);
      if (ids.length > 0) await settleClaims(ports, ids, outcome);
    }
    return settled.map(() => undefined);
  });
  return async (revealId, outcome) => {
    try {
      await settle({ revealId, outcome });
    } catch (error) {
      ports.log.warn('A reveal was not settled', { revealId, outcome, error });
    }
  };
}

/** Each claim is settled once: the first word on it stands. */
export async function settleClaims(
  ports: Pick<SettlePorts, 'db' | 'clock' | 'tellSender'>,
  revealIds: readonly string[],
  outcome: Outcome,
): Promise<number> {
  const now = ports.clock();
  return inTransaction(ports.db, async (tx) => {
    const settled = await tx
      .updateTable('secret_link_reveals')
      .set({ outcome })
      .where((row) => row('id', '=', row.fn.any(row.val([...revealIds]))))
      .where('outcome', '=', 'claimed')
      .returning(['id', 'link_id'])
      .execute();
    if (settled.length === 0) return 0;
    const linkIds = [...new Set(settled.map((row) => row.link_id))];
    const links = await tx
      .updateTable('secret_links')
      .set((row) => ({
        viewed_at: outcome === 'viewed' ? now : row.ref('viewed_at'),
        state: row.case().when('state', '=', 'claimed').then(outcome).else(row.ref('state')).end(),
      }))
      .where((row) => row('id', '=', row.fn.any(row.val(linkIds))))
      .returning([...toldColumns, 'tell_sender', 'sender_agent_id', 'reveals_left'])
      .execute();
    const byId = new Map(links.map((link) => [link.id, link]));
    for (const { id, link_id: linkId } of settled) {
      const link = byId.get(linkId);
      if (link?.tell_sender !== true || link.sender_agent_id === null) continue;
      const agentId = link.sender_agent_id;
      const told = sentences[outcome](link.label, link.reveals_left);
      await ports.tellSender(tx, { key: `secret-link:${id}`, agentId, ...told });
    }
    if (outcome === 'forfeited') {
      await audit(
        tx,
        links.map((link) => ({
          actor: theHub,
          action: 'secret-link.forfeited',
          ...about(link),
          outcome: 'failed' as const,
          because: 'it was claimed, but the answer did not go out whole',
        })),
      );
    }
    return settled.length;
  });
}

/** Claims whose process died, or whose answer hung: nobody can say that they arrived. */
export async function forfeitOldClaims(
  ports: Pick<SettlePorts, 'db' | 'clock' | 'tellSender'>,
  rowsAtOnce: number,
): Promise<number> {
  const before = new Date(ports.clock().getTime() - linkLimits.claimMs);
  const rows = await ports.db
    .selectFrom('secret_link_reveals')
    .select('id')
    .where('outcome', '=', 'claimed')
    .where('claimed_at', '<', before)
    .limit(rowsAtOnce)
    .execute();
  if (rows.length === 0) return 0;
  return settleClaims(
    ports,
    rows.map(({ id }) => id),
    'forfeited',
  );
}

const sentences = {
  viewed: (label: string, left: number) => ({
    subject: `Your secret was read: ${label}`,
    sentence:
      left === 0
        ? `The secret "${label}" was read just now and is destroyed.`
        : `The secret "${label}" was read just now; it can be read ${left} more times.`,
  }),
  forfeited: (label: string, left: number) => ({
    subject: `Your secret was asked for and lost: ${label}`,
    sentence:
      `The secret "${label}" was asked for, but the answer was interrupted and may not have arrived. ` +
      (left === 0 ? 'It is destroyed; send a new one.' : `It can be read ${left} more times.`),
  }),
} as const;
