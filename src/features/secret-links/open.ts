// What the holder of a link may do with it: look, read, and destroy it.
import { nobody } from '#domain/actor.ts';
import { type ProblemCode, refuse } from '#domain/problem.ts';
import { networkOf } from '#lib/network.ts';
import type { Secret } from '#lib/secret.ts';
import { fastHash } from '#lib/tokens.ts';
import { secondsClosed, takeAttempt } from '#store/attempts.ts';
import { audit } from '#store/audit.ts';
import { inTransaction } from '#store/db.ts';
import { burnInTransaction } from './burn.ts';
import type { Claim, ClaimPorts, Claims } from './claim.ts';
import { aboutLink, type LinkState, stateAt, strangerTier } from './model.ts';
import { type Passphrases, takePassphraseTry } from './passphrases.ts';
import type { LockedLink } from './queries.ts';
import type { SettlePorts } from './settle.ts';

export type OpenPorts = ClaimPorts &
  Pick<SettlePorts, 'tellSender'> & {
    readonly passphrases: Passphrases;
    readonly claims: Claims;
    readonly findByToken: (token: string) => Promise<LockedLink | undefined>;
  };

/** What the page sends: it proves that the fragment is known, without telling it. */
export type Holder = {
  readonly token: string;
  readonly proof: Secret;
  readonly passphraseProof: Secret | undefined;
  readonly address: string;
};

export type Look =
  | { readonly mode: 'give'; readonly sender: string; readonly expiresAt: Date }
  | { readonly mode: 'read'; readonly sender: string; readonly passphrase: true }
  | {
      readonly mode: 'read';
      readonly sender: string;
      readonly passphrase: false;
      readonly expiresAt: Date;
      readonly left: number;
    };

/**
 * What the page has to ask for. Changes nothing. Where there is a passphrase it tells nothing of what
 * became of the secret, because whoever looks has not shown to be its reader.
 */
export async function look(ports: OpenPorts, holder: Holder): Promise<Look> {
  const { link, mode } = await findHeld(ports, holder);
  const sender = link.sender.name;
  const state = stateAt(link, ports.clock());
  if (mode === 'give') {
    if (state !== 'asked') refuseGiving(link, state);
    return { mode, sender, expiresAt: link.expiresAt };
  }
  if (link.hasPassphrase) return { mode, sender, passphrase: true };
  if (state !== 'waiting') refuseReading(link, state);
  const { expiresAt, revealsLeft: left } = link;
  return { mode, sender, passphrase: false, expiresAt, left };
}

/** One reveal. Whoever gets it must settle it; every way to a secret's content leads through here. */
export async function reveal(ports: OpenPorts, holder: Holder): Promise<Claim> {
  const link = await findUnlocked(ports, holder);
  const state = stateAt(link, ports.clock());
  if (state !== 'waiting') refuseReading(link, state);
  const { token, proof, address } = holder;
  const claim = await ports.claims.claim({ token, proof, address });
  if (claim !== undefined) return claim;
  const now = await ports.findByToken(token);
  if (now === undefined) refuse('secret-link.unknown');
  return refuseReading(now, stateAt(now, ports.clock()));
}

/** Whoever may read it may also destroy it, so that the rest of its reveals are nobody's. */
export async function burnAsHolder(ports: OpenPorts, holder: Holder): Promise<void> {
  const link = await findUnlocked(ports, holder);
  const actor = { ...nobody, address: holder.address };
  await inTransaction(ports.db, (tx) => burnInTransaction(tx, link.id, actor, ports.clock()));
}

/** The link whose fragment the holder knows, to read it or to answer it. */
export async function findHeld(
  { db, clock, findByToken }: Pick<OpenPorts, 'db' | 'clock' | 'findByToken'>,
  { token, proof, address }: Pick<Holder, 'token' | 'proof' | 'address'>,
): Promise<{ readonly link: LockedLink; readonly mode: 'read' | 'give' }> {
  const link = await findByToken(token);
  const shown = fastHash(proof.reveal());
  if (link?.locks.readHash.equals(shown)) return { link, mode: 'read' };
  if (link?.locks.giveHash?.equals(shown)) return { link, mode: 'give' };
  const attempt = { tier: strangerTier, who: networkOf(address) };
  const now = clock();
  if (!(await takeAttempt(db, attempt, now))) {
    const seconds = Math.max(1, await secondsClosed(db, attempt, now));
    refuse('secret-link.slow-down', { seconds });
  }
  return refuse('secret-link.unknown');
}

async function findUnlocked(ports: OpenPorts, holder: Holder): Promise<LockedLink> {
  const { link, mode } = await findHeld(ports, holder);
  if (mode === 'give') refuse('secret-link.unknown');
  const { passphraseHash } = link.locks;
  if (passphraseHash === undefined) return link;
  const { token, address, passphraseProof } = holder;
  if (passphraseProof === undefined) return refuse('secret-link.passphrase-needed');
  const tried = { token, place: networkOf(address), now: ports.clock() };
  const attempt = await takePassphraseTry(ports.db, tried);
  const fits = await ports.passphrases
    .fits(token, passphraseHash, passphraseProof)
    .catch(async (error: unknown) => {
      await attempt.notMade();
      throw error;
    });
  if (!fits) {
    await noteWrongPassphrase(ports, link, address);
    return refuse('secret-link.passphrase-wrong');
  }
  await attempt.succeeded();
  return link;
}

/** So many wrong ones, and the sender is told: a reader mistypes, a thief guesses. */
const guessesUntilTold = 20;

async function noteWrongPassphrase(
  { db, tellSender }: Pick<OpenPorts, 'db' | 'tellSender'>,
  link: LockedLink,
  address: string,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const { wrong_passphrases: wrong } = await tx
      .updateTable('secret_links')
      .set((row) => ({ wrong_passphrases: row('wrong_passphrases', '+', 1) }))
      .where('id', '=', link.id)
      .returning('wrong_passphrases')
      .executeTakeFirstOrThrow();
    const actor = { ...nobody, address };
    const action = 'secret-link.passphrase-refused';
    await audit(tx, [{ actor, action, ...aboutLink(link), outcome: 'refused' }]);
    if (wrong !== guessesUntilTold || link.senderAgentId === undefined) return;
    await tellSender(tx, {
      key: `secret-link:guessed:${link.id}`,
      agentId: link.senderAgentId,
      subject: `Somebody guesses at your secret: ${link.label}`,
      sentence:
        `${wrong} wrong passphrases were tried at the secret "${link.label}", by somebody who has ` +
        'the link. Burn it and send a new one unless you know who it is.',
    });
  });
}

const spentStates = {
  claimed: 'secret-link.claimed',
  viewed: 'secret-link.viewed',
  forfeited: 'secret-link.forfeited',
  burnt: 'secret-link.burnt',
  expired: 'secret-link.expired',
} as const satisfies Partial<Record<LinkState, ProblemCode>>;

export function refuseReading(link: LockedLink, state: LinkState): never {
  if (state === 'asked') refuse('secret-link.not-given');
  if (state === 'filling') refuse('secret-link.not-ready');
  // Lost to another reader while others may still follow: try again is the truth.
  if (state === 'waiting') refuse('hub.busy', { seconds: 1 });
  const at = state === 'expired' ? link.expiresAt : (link.endedAt ?? link.expiresAt);
  return refuse(spentStates[state], { when: spoken(at) });
}

export function refuseGiving(link: LockedLink, state: LinkState): never {
  if (state === 'expired' || state === 'burnt') {
    const at = state === 'expired' ? link.expiresAt : (link.endedAt ?? link.expiresAt);
    refuse(spentStates[state], { when: spoken(at) });
  }
  return refuse('secret-link.answered');
}

const times = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'UTC',
});

function spoken(time: Date): string {
  return `${times.format(time)} UTC`;
}
