// A secret link hands a secret to whoever holds it, a counted number of times; the hub cannot read it.
import type { Tier } from '#store/attempts.ts';

export const linkStates = [
  'asked',
  'filling',
  'waiting',
  'claimed',
  'viewed',
  'forfeited',
  'burnt',
  'expired',
] as const;
export type LinkState = (typeof linkStates)[number];

export type SecretLink = {
  readonly id: number;
  readonly token: string;
  readonly kind: 'secret' | 'request';
  readonly label: string;
  readonly sender: { readonly kind: string; readonly id: string; readonly name: string };
  readonly senderAgentId: number | undefined;
  readonly clientId: number | undefined;
  readonly ticketId: number | undefined;
  readonly userId: number | undefined;
  readonly state: LinkState;
  readonly hasPassphrase: boolean;
  readonly parts: number;
  readonly hours: number;
  readonly revealsMax: number;
  readonly revealsLeft: number;
  readonly wrongPassphrases: number;
  readonly tellSender: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly viewedAt: Date | undefined;
  readonly endedAt: Date | undefined;
};

export type LinkRules = {
  readonly hours: number;
  readonly hoursMax: number;
  readonly fileBytesMax: number;
  /** Of everything a sender's links keep, and of all links together. */
  readonly senderBytesMax: number;
  readonly hubBytesMax: number;
};

export const linkLimits = {
  labelMax: 200,
  textMax: 100_000,
  passphraseMin: 8,
  passphraseMax: 200,
  revealsMax: 100,
  /** One piece of a file, before it is encrypted. */
  partBytes: 512 * 1024,
  /** An answer that takes longer did not arrive: nobody waits so long for a page. */
  claimMs: 60_000,
  /** So long may the one who took a file fetch its pieces. */
  passMs: 10 * 60_000,
  /** A file whose pieces stop coming is given up. */
  fillingMs: 60 * 60_000,
  /** What became of a link stays visible to its sender for so long. */
  historyMs: 90 * 24 * 3_600_000,
} as const;

const minuteMs = 60_000;

/**
 * Only the holder of the whole link comes so far. `pair` and `place` stop guessing from one place;
 * `link` slows guessing from many, and counts no place's first try: so nobody else's tries, however
 * many, keep the rightful reader out (docs/decisions/0134).
 */
export const passphraseTiers = {
  pair: { name: 'secret-link.pair', triesMax: 5, windowMs: 15 * minuteMs },
  place: { name: 'secret-link.place', triesMax: 50, windowMs: 15 * minuteMs },
  link: { name: 'secret-link.link', triesMax: 30, windowMs: minuteMs },
} as const satisfies Record<string, Tier>;

/** Links that are not there, from one address: 256 random bits are not guessed, but let nobody try. */
export const strangerTier = {
  name: 'secret-link.stranger',
  triesMax: 300,
  windowMs: 15 * minuteMs,
} as const satisfies Tier;

/** What a link is at this moment: a time that ran out counts before anybody has noted it. */
export function stateAt(
  link: Pick<SecretLink, 'state' | 'expiresAt' | 'endedAt'>,
  now: Date,
): LinkState {
  const open = link.state === 'waiting' || link.state === 'asked' || link.state === 'filling';
  if (open && link.expiresAt <= now) return 'expired';
  const lost = link.endedAt !== undefined && now.getTime() - link.endedAt.getTime();
  if (link.state === 'claimed' && lost !== false && lost > linkLimits.claimMs) return 'forfeited';
  return link.state;
}

export function hasEnded(state: LinkState): boolean {
  return state !== 'asked' && state !== 'filling' && state !== 'waiting';
}

/** The columns that an audit entry about a link is made of. */
export const toldColumns = ['id', 'label', 'ticket_id', 'user_id', 'client_id'] as const;

type Told = {
  readonly id: number;
  readonly label: string;
  readonly ticket_id: number | null;
  readonly user_id: number | null;
  readonly client_id: number | null;
};

/** What an audit entry says of the link it is about. */
export function about(row: Told) {
  return {
    subject: { kind: 'secret-link', id: String(row.id), name: row.label },
    ...(row.ticket_id === null ? {} : { ticketId: row.ticket_id }),
    ...(row.user_id === null ? {} : { userId: row.user_id }),
    ...(row.client_id === null ? {} : { clientId: row.client_id }),
  };
}

export function aboutLink(link: SecretLink) {
  const { id, label, ticketId, userId, clientId } = link;
  return about({
    id,
    label,
    ticket_id: ticketId ?? null,
    user_id: userId ?? null,
    client_id: clientId ?? null,
  });
}
