// Keeps the token for one vault: asked for once at a time, renewed before it ends, forgotten when it is refused.
import type { VaultIdentity } from '#domain/vault.ts';
import { Secret } from '#lib/secret.ts';
import { applicationCall, applicationToken, type Token } from './application-token.ts';
import { call, type Line } from './call.ts';
import type { Challenge } from './challenge.ts';
import { type Desk, machineToken } from './managed-identity.ts';

export type Tokens = {
  /** A token that is good for a while yet; the challenge says where and for what. */
  current(challenge: Challenge, signal?: AbortSignal): Promise<Secret>;
  /** The one that is held, if it is good for a while yet. */
  held(): Secret | undefined;
  forget(token: Secret): void;
  /** What must never be shown. */
  secrets(): readonly Secret[];
};

type Held = { readonly token: Secret; readonly renewAt: number };

const secretsKeptMax = 3;

export function keepTokens(
  identity: VaultIdentity,
  line: Line,
  /** For a managed identity: where this machine is asked, and the line that may go there. */
  machine: { readonly desk: Desk; readonly line: Line } | undefined,
): Tokens {
  const { clock, limits } = line;
  let kept: Held | undefined;
  let underWay: Promise<Held> | undefined;
  const seen: Secret[] = 'proof' in identity ? [identity.proof] : [];
  const ask = async (challenge: Challenge, signal?: AbortSignal): Promise<Token> => {
    const askedAt = clock().getTime();
    if ('proof' in identity) {
      const asked = await applicationCall(identity, challenge, clock);
      const reply = await call(asked, 'login', line, signal);
      return applicationToken(reply, identity, asked.url, askedAt);
    }
    if (machine === undefined) throw new TypeError('a managed identity has a desk');
    const asked = machine.desk.call(challenge.resource);
    const reply = await call(asked, 'identity', machine.line, signal);
    return machineToken(reply, asked.url, seen);
  };
  const renew = async (challenge: Challenge, signal?: AbortSignal): Promise<Held> => {
    const askedAt = clock().getTime();
    const { text, expiresAt } = await ask(challenge, signal);
    const lifeMs = expiresAt - askedAt;
    const renewAt = askedAt + Math.max(lifeMs * 0.9, lifeMs - limits.renewBeforeMs);
    kept = { token: new Secret(text), renewAt };
    seen.splice(1, Number.POSITIVE_INFINITY, kept.token, ...seen.slice(1, secretsKeptMax));
    return kept;
  };
  const held = () =>
    kept !== undefined && clock().getTime() < kept.renewAt ? kept.token : undefined;
  return {
    held,
    async current(challenge, signal) {
      const good = held();
      if (good !== undefined) return good;
      underWay ??= renew(challenge, signal).finally(() => {
        underWay = undefined;
      });
      return (await underWay).token;
    },
    forget(token) {
      if (kept?.token === token) kept = undefined;
    },
    secrets: () => seen,
  };
}
