// Makes secret links: of what the hub encrypts for a program, or of what a browser encrypted itself.
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { batches } from '#lib/batches.ts';
import type { Clock } from '#lib/clock.ts';
import type { Secret } from '#lib/secret.ts';
import { fastHash } from '#lib/tokens.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction } from '#store/db.ts';
import type { Place, Sealing } from '#store/sealing.ts';
import { about, type LinkRules, type LinkState, type SecretLink } from './model.ts';
import type { Passphrases } from './passphrases.ts';
import { placeOf } from './queries.ts';
import type { Room } from './room.ts';

export type CreatePorts = {
  readonly db: Db;
  readonly clock: Clock;
  readonly sealing: Sealing;
  readonly rules: LinkRules;
  readonly passphrases: Passphrases;
  readonly room: Room;
};

export type NewLink = {
  readonly token: string;
  readonly kind: 'secret' | 'request';
  readonly label: string;
  readonly proof: Secret;
  readonly giveProof: Secret | undefined;
  readonly passphraseProof: Secret | undefined;
  /** base64url; undefined for a request. */
  readonly content: Secret | undefined;
  readonly parts: number;
  readonly partBytes: number;
  /** Undefined: as the hub's rules have it. */
  readonly hours: number | undefined;
  readonly reveals: number;
  readonly ticketId: number | null;
  readonly userId: number | null;
  readonly tellSender: boolean;
};

/** The link as it was made, without asking for it again. */
export type Made = SecretLink;

type Prepared = { readonly link: NewLink; readonly actor: Actor; readonly row: Row };
type Row = ReturnType<typeof rowOf>;

const hourMs = 3_600_000;

export function contentPlace(token: string): Place {
  return { table: 'secret_links', row: token, column: 'sealed_content' };
}

/** Makes one link; those made at the same moment share a transaction. */
export function linkMaker(ports: CreatePorts): (actor: Actor, link: NewLink) => Promise<Made> {
  const insert = batches<Prepared, Made | undefined>({ itemsMax: 200, atOnce: 2 }, (links) =>
    insertLinks(ports, links),
  );
  return async (actor, link) => {
    const hours = link.hours ?? ports.rules.hours;
    if (hours > ports.rules.hoursMax) {
      const reason = `it lasts at most ${ports.rules.hoursMax} hours here`;
      refuse('secret-link.misfit', { reason });
    }
    const { ticketId, userId } = link;
    const clientId =
      ticketId === null && userId === null
        ? (actor.clientId ?? null)
        : await placeOf(ports.db, actor, { ticketId, userId });
    const bytes = (link.content?.reveal().length ?? 0) + link.partBytes;
    await ports.room.take(actor, bytes);
    const passphraseHash =
      link.passphraseProof === undefined
        ? null
        : await ports.passphrases.hash(link.passphraseProof);
    const row = rowOf(ports, actor, link, { hours, clientId, bytes, passphraseHash });
    return (await insert({ link, actor, row })) ?? refuse('secret-link.token-taken');
  };
}

function rowOf(
  { sealing, clock }: CreatePorts,
  actor: Actor,
  link: NewLink,
  found: {
    readonly hours: number;
    readonly clientId: number | null;
    readonly bytes: number;
    readonly passphraseHash: string | null;
  },
) {
  const now = clock();
  const state: LinkState =
    link.kind === 'request' ? 'asked' : link.parts > 0 ? 'filling' : 'waiting';
  return {
    token: link.token,
    kind: link.kind,
    label: link.label,
    sender_kind: actor.kind,
    sender_id: actor.id,
    sender_name: actor.name,
    sender_agent_id: actor.agentId ?? null,
    client_id: found.clientId,
    ticket_id: link.ticketId,
    user_id: link.userId,
    state,
    read_hash: fastHash(link.proof.reveal()),
    give_hash: link.giveProof === undefined ? null : fastHash(link.giveProof.reveal()),
    passphrase_hash: found.passphraseHash,
    sealed_content:
      link.content === undefined ? null : sealing.seal(contentPlace(link.token), link.content),
    parts: link.parts,
    bytes: found.bytes,
    hours: found.hours,
    reveals_max: link.reveals,
    reveals_left: link.reveals,
    tell_sender: link.tellSender,
    created_at: now,
    expires_at: new Date(now.getTime() + found.hours * hourMs),
  };
}

async function insertLinks(
  { db }: CreatePorts,
  links: readonly Prepared[],
): Promise<readonly (Made | undefined)[]> {
  // Of two links with one token the second finds it taken, also within a batch.
  const made = await inTransaction(db, async (tx) => {
    const rows = await tx
      .insertInto('secret_links')
      .values(links.map(({ row }) => row))
      .onConflict((conflict) => conflict.column('token').doNothing())
      .returning(['id', 'token', 'read_hash'])
      .execute();
    const byToken = new Map(rows.map((row) => [row.token, row]));
    const kept = links.flatMap(({ link, actor, row }) => {
      const found = byToken.get(row.token);
      if (found === undefined || !found.read_hash.equals(row.read_hash)) return [];
      return [{ link, actor, row, id: found.id }];
    });
    await audit(
      tx,
      kept.map(({ link, actor, row, id }) => ({
        actor,
        action: link.kind === 'request' ? 'secret-link.asked' : 'secret-link.created',
        ...about({ ...row, id }),
        outcome: 'done' as const,
      })),
    );
    return new Map(kept.map(({ link, row, id }) => [link, madeOf(id, link, row)]));
  });
  return links.map(({ link }) => made.get(link));
}

function madeOf(id: number, link: NewLink, row: Row): Made {
  return {
    id,
    token: row.token,
    kind: row.kind,
    label: row.label,
    sender: { kind: row.sender_kind, id: row.sender_id, name: row.sender_name },
    senderAgentId: row.sender_agent_id ?? undefined,
    clientId: row.client_id ?? undefined,
    ticketId: link.ticketId ?? undefined,
    userId: link.userId ?? undefined,
    state: row.state,
    hasPassphrase: row.passphrase_hash !== null,
    parts: row.parts,
    hours: row.hours,
    revealsMax: row.reveals_max,
    revealsLeft: row.reveals_left,
    wrongPassphrases: 0,
    tellSender: row.tell_sender,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    viewedAt: undefined,
    endedAt: undefined,
  };
}
