// Hashes answers with Argon2id under a pepper, and compares them at one cost whether there are any or not.
import { hash, verify } from '@node-rs/argon2';
import { queueOfTurns } from '#domain/turns.ts';
import { spell, spellingVersion } from './answers.ts';
import type { ResetKeys } from './keys.ts';

/** As for passwords (features/sign-in): OWASP's least. 2 is Argon2id. */
const argon2id = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Each comparison takes 19 MB and a core for some 20 ms: so many at once, so many waiting, then 503. */
const limits = { atOnce: 2, waitingMax: 100 } as const;

export type KeptAnswer = {
  readonly questionId: number;
  readonly spelling: number;
  readonly pepperId: string;
  readonly hash: string;
};

export type AnswerHashing = {
  keep(questionId: number, answer: string): Promise<KeptAnswer>;
  /**
   * Whether every question asked is answered as it was kept. All are compared, whatever the first
   * says, and as many where nothing is kept.
   */
  fit(
    asked: readonly number[],
    kept: readonly KeptAnswer[],
    given: ReadonlyMap<number, string>,
  ): Promise<boolean>;
};

export function openAnswerHashing(keys: ResetKeys): AnswerHashing {
  const turns = queueOfTurns(limits.atOnce, limits.waitingMax);
  let dummy: Promise<KeptAnswer> | undefined;
  const keep = async (questionId: number, answer: string): Promise<KeptAnswer> => {
    const { id: pepperId, key: secret } = await keys.newest();
    const spelt = spell(answer, spellingVersion);
    const made = await hash(spelt, { ...argon2id, secret });
    return { questionId, spelling: spellingVersion, pepperId, hash: made };
  };
  const fitsOne = async (kept: KeptAnswer | undefined, answer: string): Promise<boolean> => {
    dummy ??= keep(0, crypto.randomUUID());
    const against = kept ?? (await dummy);
    const { key: secret } = await keys.pepper(against.pepperId);
    const same = await verify(against.hash, spell(answer, against.spelling), { secret });
    return kept !== undefined && same;
  };
  return {
    keep: (questionId, answer) => turns(() => keep(questionId, answer)),
    fit: (asked, kept, given) =>
      turns(async () => {
        const verdicts: boolean[] = [];
        for (const id of asked) {
          const one = kept.find(({ questionId }) => questionId === id);
          verdicts.push(await fitsOne(one, given.get(id) ?? ''));
        }
        return verdicts.length > 0 && verdicts.every(Boolean);
      }),
  };
}
