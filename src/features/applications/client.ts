// Which application asks at /auth/token, and whether it proves it (RFC 6749 §2.3.1).
import { timingSafeEqual } from 'node:crypto';
import { refuse } from '#domain/problem.ts';
import type { RequestHeaders } from '#http/route.ts';
import { fastHash } from '#lib/tokens.ts';
import { attemptKey, secondsClosed, secondsLeft, type Tier, takeAttempt } from '#store/attempts.ts';
import type { Db } from '#store/db.ts';
import type { Application } from './model.ts';
import { findClient } from './queries.ts';

export type Presented = {
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
};

/** A secret of 244 bits is not guessed; the limit keeps the noise of trying out of the database. */
export const clientTier: Tier = {
  name: 'token.client',
  triesMax: 30,
  windowMs: 5 * 60_000,
};

/** The enabled application that proves itself; refuses all others alike with invalid_client. */
export async function proveClient(
  db: Db,
  presented: Presented,
  ip: string,
  now: Date,
): Promise<Application> {
  const attempt = { tier: clientTier, who: `${presented.clientId ?? ''}\0${ip}` };
  const known = await findClient(db, presented.clientId ?? '', attemptKey(attempt));
  const seconds =
    known === undefined
      ? await secondsClosed(db, attempt, now)
      : secondsLeft(attempt, known.tried, now);
  if (seconds > 0) refuse('sign-in.too-many', { seconds });
  const proven =
    known?.secretHash === undefined
      ? presented.clientSecret === undefined || presented.clientSecret === ''
      : timingSafeEqual(fastHash(presented.clientSecret ?? ''), known.secretHash);
  if (known === undefined || !proven || !known.application.enabled) {
    await takeAttempt(db, attempt, now);
    refuse('oauth.invalid-client');
  }
  return known.application;
}

/** From the form, or from HTTP Basic, whose two parts are form-encoded first; never from both. */
export function presentedBy(
  headers: RequestHeaders,
  form: { readonly client_id?: string | undefined; readonly client_secret?: string | undefined },
): Presented {
  const header = headers.authorization;
  if (typeof header !== 'string' || !/^basic /i.test(header)) {
    return { clientId: form.client_id, clientSecret: form.client_secret };
  }
  if (form.client_secret !== undefined) {
    refuse('oauth.invalid-request', { reason: 'the client proves itself in two ways at once' });
  }
  const text = Buffer.from(header.slice('basic '.length), 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) refuse('oauth.invalid-client');
  return {
    clientId: formDecoded(text.slice(0, colon)),
    clientSecret: formDecoded(text.slice(colon + 1)),
  };
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
