// Reads the code of an error that Node or PostgreSQL threw: EACCES, 23505 ...

export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The sentence of an error that was made for people to read: ours carry a code such as
 * `connection.refused`. Of any other the message may quote what nobody should see.
 */
export function publicSentence(error: unknown): string | undefined {
  return error instanceof Error && /^[a-z-]+(\.[a-z-]+)+$/.test(errorCode(error) ?? '')
    ? error.message
    : undefined;
}
