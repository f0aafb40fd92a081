// Where the console shows what became of sign-ons.

export const attemptsPath = '/sign-in-attempts';

export function attemptPath(id: number): string {
  return `${attemptsPath}/${id}`;
}
