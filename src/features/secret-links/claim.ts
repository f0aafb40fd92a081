// The claim: a reveal is taken in the database, audited and chained, before anything of it is answered.
//
//   claimed --the answer went out--> viewed
//      \----interrupted, or nobody knows--> forfeited
//
// Whoever claims has the only copy in hand: with the last claim the database forgets the content.
import { sql } from 'kysely';
import { nobody } from '#domain/actor.ts';
import { batches } from '#lib/batches.ts';
import type { Clock } from '#lib/clock.ts';
import { newId } from '#lib/ids.ts';
import type { Secret } from '#lib/secret.ts';
import { fastHash, newToken } from '#lib/tokens.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import type { Sealing } from '#store/sealing.ts';
import { contentPlace } from './create.ts';
import { about, linkLimits } from './model.ts';

export type ClaimPorts = {
  readonly db: Db;
  readonly clock: Clock;
  readonly sealing: Sealing;
  /** Resolves when these entries of the trail are numbered and chained; throws when that cannot be. */
  readonly chained: (ids: readonly string[]) => Promise<void>;
};

export type Asked = { readonly token: string; readonly proof: Secret; readonly address: string };

export type Claim = {
  readonly revealId: string;
  readonly linkId: number;
  /** base64url, as the sender encrypted it. */
  readonly content: Secret;
  readonly parts: number;
  /** For a file: what its pieces are asked for with. */
  readonly pass: Secret | undefined;
  readonly left: number;
};

type Wanted = Asked & { readonly revealId: string; readonly pass: Secret };

type Won = {
  readonly reveal_id: string;
  readonly link_id: number;
  readonly token: string;
  readonly label: string;
  readonly ticket_id: number | null;
  readonly user_id: number | null;
  readonly client_id: number | null;
  readonly sealed_content: Buffer;
  readonly parts: number;
  readonly reveals_left: number;
};

export type Claims = {
  /** The content, or undefined when there is none to have. Whoever gets it must settle it. */
  claim(asked: Asked): Promise<Claim | undefined>;
};

export function openClaims(ports: ClaimPorts): Claims {
  const take = batches<Wanted, Won | undefined>({ itemsMax: 500, atOnce: 2 }, (wanted) =>
    takeReveals(ports, wanted),
  );
  return {
    async claim(asked) {
      const wanted = { ...asked, revealId: newId(), pass: newToken() };
      const won = await take(wanted);
      // Each opened for itself: one that was altered is nobody else's loss.
      return won && claimOf(ports, wanted, won);
    },
  };
}

function claimOf({ sealing }: ClaimPorts, { token, pass }: Wanted, won: Won): Claim {
  return {
    revealId: won.reveal_id,
    linkId: won.link_id,
    content: sealing.unseal(contentPlace(token), won.sealed_content),
    parts: won.parts,
    pass: won.parts > 0 ? pass : undefined,
    left: won.reveals_left,
  };
}

async function takeReveals(
  ports: ClaimPorts,
  wanted: readonly Wanted[],
): Promise<readonly (Won | undefined)[]> {
  const now = ports.clock();
  const { rows, entries } = await inTransaction(ports.db, async (tx) => {
    const rows = await takeInOneStatement(tx, wanted, now);
    const addresses = new Map(wanted.map(({ revealId, address }) => [revealId, address]));
    const entries = await audit(
      tx,
      rows.map((row) => ({
        actor: { ...nobody, address: addresses.get(row.reveal_id) ?? 'unknown' },
        action: 'secret-link.revealed',
        ...about({ ...row, id: row.link_id }),
        outcome: 'done' as const,
      })),
    );
    return { rows, entries };
  });
  if (rows.length > 0) await ports.chained(entries);
  const won = new Map(rows.map((row) => [row.reveal_id, row]));
  return wanted.map(({ revealId }) => won.get(revealId));
}

/**
 * However many ask, in whatever process: the row's lock lets them in one after the other, and
 * `reveals_left` counts them out. In one statement, so that nobody sees a claim without its reveal.
 */
async function takeInOneStatement(
  tx: Tx,
  wanted: readonly Wanted[],
  now: Date,
): Promise<readonly Won[]> {
  const tokens = wanted.map(({ token }) => token);
  const hashes = wanted.map(({ proof }) => fastHash(proof.reveal()));
  const ids = wanted.map(({ revealId }) => revealId);
  const passes = wanted.map(({ pass }) => fastHash(pass.reveal()));
  const passUntil = new Date(now.getTime() + linkLimits.passMs);
  const { rows } = await sql<Won>`/* kept: claim */
    with asked as (
      select token, read_hash, reveal_id, pass_hash,
        row_number() over (partition by token, read_hash order by place) as turn
      from unnest(${tokens}::text[], ${hashes}::bytea[], ${ids}::uuid[], ${passes}::bytea[])
        with ordinality as t (token, read_hash, reveal_id, pass_hash, place)
    ), open as materialized (
      select id, token, label, ticket_id, user_id, client_id, read_hash, sealed_content, parts,
        reveals_left
      from secret_links
      where token = any(${tokens}::text[]) and state = 'waiting' and expires_at > ${now}
      order by token for update
    ), won as materialized (
      select asked.reveal_id, asked.pass_hash, open.*
      from asked join open using (token, read_hash)
      where asked.turn <= open.reveals_left
    ), noted as (
      insert into secret_link_reveals (id, link_id, outcome, claimed_at, pass_hash, pass_until)
      select reveal_id, id, 'claimed', ${now},
        case when parts > 0 then pass_hash end, case when parts > 0 then ${passUntil}::timestamptz end
      from won
    ), taken as (
      update secret_links as link set
        reveals_left = link.reveals_left - won.count,
        state = case when link.reveals_left = won.count then 'claimed' else link.state end,
        sealed_content = case when link.reveals_left > won.count then link.sealed_content end,
        bytes = case when link.reveals_left > won.count or link.parts > 0 then link.bytes else 0 end,
        ended_at = case when link.reveals_left = won.count then ${now}::timestamptz end
      from (select id, count(*)::int from won group by id) as won
      where link.id = won.id
      returning link.id, link.reveals_left
    )
    select won.reveal_id, won.id as link_id, won.token, won.label, won.ticket_id, won.user_id,
      won.client_id, won.sealed_content, won.parts, taken.reveals_left
    from won join taken on taken.id = won.id`.execute(tx);
  return rows;
}
