// Guards what is stored in the open: no secret goes into a job, a letter or an audit entry.
import { Secret } from '#lib/secret.ts';

const depthMax = 64;

/** Throws when a Secret is anywhere in the value. It is a bug of ours, so it is not a Problem. */
export function refuseSecrets(value: unknown, depth = 0): void {
  if (value instanceof Secret) throw new TypeError('A secret may not be stored in the open.');
  if (typeof value !== 'object' || value === null || value instanceof Date) return;
  if (depth >= depthMax) throw new TypeError('The value is nested too deeply to be stored.');
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) refuseSecrets(inner, depth + 1);
  }
}
