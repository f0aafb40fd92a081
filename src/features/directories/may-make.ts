// Whom somebody may have a sync make: agents and members of boards are an administrator's, as they are by hand.
import type { Actor } from '#domain/actor.ts';
import { allows } from '#domain/permission.ts';
import { refuse } from '#domain/problem.ts';
import type { SyncSettings, SyncTarget } from '#domain/sync/settings.ts';

/** What /api/Agent and /api/Cab ask of whoever changes something there: roles and boards give rights. */
const permission = 'admin';

export function checkMayMake(
  { permissions }: Pick<Actor, 'permissions'>,
  target: SyncTarget,
): void {
  if (target === 'user' || allows(permissions, permission)) return;
  refuse('permission.lacking', { permission });
}

/** Any of the settings may decide who gets into such a place, and with what. */
export function checkMaySet(actor: Actor, ...all: readonly SyncSettings[]): void {
  for (const { target } of all.flatMap(({ places }) => places)) checkMayMake(actor, target);
}
