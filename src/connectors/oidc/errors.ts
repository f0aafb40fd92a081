// What openid-client throws, in words for an administrator; what is a fault of ours goes on as it is.
import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { NoAnswer } from './fetch.ts';
import { shortened } from './said.ts';

/** Throws on what nobody at the provider can have caused. */
export function wordsOf(error: unknown): string {
  if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
    return saidBy(error.error, error.error_description);
  }
  const cause = error instanceof Error ? error.cause : undefined;
  if (error instanceof NoAnswer) return error.message;
  if (cause instanceof NoAnswer) return cause.message;
  if (error instanceof ClientError) {
    const reason = cause instanceof Error ? cause.message : error.message;
    return `The provider’s answer is not as it should be: ${shortened(reason)}.`;
  }
  if (error instanceof Error && error.name === 'WWWAuthenticateChallengeError') {
    return 'The provider asks the hub to prove who it is; check client ID, secret and how it is sent.';
  }
  throw error;
}

export function saidBy(error: string, description: string | undefined): string {
  const more = description === undefined || description === '' ? '' : `: ${shortened(description)}`;
  return `The provider says ${shortened(error)}${more}.`.replace(/\.\.$/, '.');
}
