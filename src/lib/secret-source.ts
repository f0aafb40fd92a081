// A secret that is had when it is needed: it may be another one the next time.
import type { Secret } from './secret.ts';

export type SecretSource = {
  current(): Promise<Secret>;
  /** Fetched anew past every cache, after a refusal; undefined where that gives the same as before. */
  renewed(refused: Secret): Promise<Secret | undefined>;
};

/** One that stays what it is. */
export function fixed(secret: Secret): SecretSource {
  return { current: async () => secret, renewed: async () => undefined };
}

/** Does the work with the secret; where that is refused and there is a newer one, once more with that. */
export async function withSecret<T>(
  source: SecretSource,
  work: (secret: Secret) => Promise<T>,
  isRefusal: (error: unknown) => boolean,
): Promise<T> {
  const secret = await source.current();
  try {
    return await work(secret);
  } catch (error) {
    const newer = isRefusal(error) ? await source.renewed(secret) : undefined;
    if (newer === undefined) throw error;
    return await work(newer);
  }
}
