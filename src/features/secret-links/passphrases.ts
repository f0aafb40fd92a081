// Whether a passphrase is the right one: asked of its holder alone, slowly, and never so that others lock them out.
import { hash, verify } from '@node-rs/argon2';
import { refuse } from '#domain/problem.ts';
import type { Secret } from '#lib/secret.ts';
import { slots } from '#lib/slots.ts';
import {
  type Attempt,
  forgetAttempts,
  giveBackAttempt,
  secondsClosed,
  takeAttempt,
} from '#store/attempts.ts';
import type { Db } from '#store/db.ts';
import { passphraseTiers } from './model.ts';

/** OWASP's least for Argon2id. The package's enum is empty under type stripping: 2 is Argon2id. */
const argon2id = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const atOnce = 2;
const waitingMax = 200;
/** A crowd at one link keeps no one waiting at another. */
const waitingAtOneLink = 40;

export type Passphrases = {
  hash(proof: Secret): Promise<string>;
  fits(token: string, hash: string, proof: Secret): Promise<boolean>;
};

export function openPassphrases(): Passphrases {
  const turns = slots(atOnce);
  const waitingAt = new Map<string, number>();
  let waiting = 0;
  const inTurn = async <T>(token: string, work: () => Promise<T>): Promise<T> => {
    const here = waitingAt.get(token) ?? 0;
    if (waiting >= waitingMax || here >= waitingAtOneLink) refuse('hub.busy', { seconds: 3 });
    waiting += 1;
    waitingAt.set(token, here + 1);
    try {
      return await turns.run(work);
    } finally {
      waiting -= 1;
      const left = (waitingAt.get(token) ?? 1) - 1;
      if (left === 0) waitingAt.delete(token);
      else waitingAt.set(token, left);
    }
  };
  return {
    hash: (proof) => inTurn('', () => hash(proof.reveal(), argon2id)),
    fits: (token, known, proof) => inTurn(token, () => verify(known, proof.reveal())),
  };
}

/** A try that may be made, until it is known what became of it. */
export type PassphraseTry = {
  /** It was the right one: nothing of it counts against its holder. */
  succeeded(): Promise<void>;
  /** The hub was too busy to make it: it does not count. */
  notMade(): Promise<void>;
};

/**
 * Counts before it is tried. A place's first try at a link is never slowed by what other places try, so
 * the rightful reader comes in whatever a crowd does; every further one waits its turn with the crowd.
 */
export async function takePassphraseTry(
  db: Db,
  given: { readonly token: string; readonly place: string; readonly now: Date },
): Promise<PassphraseTry> {
  const { token, place, now } = given;
  const who = `${token}\0${place}`;
  const first = { tier: { ...passphraseTiers.pair, name: 'secret-link.first', triesMax: 1 }, who };
  const pair = { tier: passphraseTiers.pair, who };
  const everyLink = { tier: passphraseTiers.place, who: place };
  const isFirst = await takeAttempt(db, first, now);
  await take(db, pair, now);
  await take(db, everyLink, now);
  if (!isFirst) await take(db, { tier: passphraseTiers.link, who: token }, now);
  return {
    async succeeded() {
      await forgetAttempts(db, first);
      await forgetAttempts(db, pair);
      await giveBackAttempt(db, everyLink);
    },
    async notMade() {
      for (const attempt of [pair, everyLink]) await giveBackAttempt(db, attempt);
      if (isFirst) await forgetAttempts(db, first);
    },
  };
}

async function take(db: Db, attempt: Attempt, now: Date): Promise<void> {
  if (await takeAttempt(db, attempt, now)) return;
  refuse('secret-link.slow-down', { seconds: Math.max(1, await secondsClosed(db, attempt, now)) });
}
