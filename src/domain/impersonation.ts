// Who may act as whom: rules that are asked before, and at every request while somebody does.
import { allows, type HubRight } from './permission.ts';
import type { Person } from './ports/people.ts';
import type { ProblemCode, ProblemValues } from './problem.ts';

/** OWASP ASVS 5.0 7.3: what is borrowed ends soon, whatever is done meanwhile. */
export const impersonationLimits = {
  tokenSeconds: 60,
  sessionMs: 30 * 60_000,
  reasonLength: { min: 5, max: 500 },
} as const;

export const rightTo = {
  agent: 'impersonate:agents',
  user: 'impersonate:users',
} as const satisfies Record<Person['kind'], HubRight>;

export type Hindrance = { readonly code: ProblemCode; readonly values?: ProblemValues };

/**
 * Why `by` may not act as `target`, or nothing. Nobody gets further up: whoever is acted as may do nothing
 * that the one behind may not, and is no administrator, whoever asks.
 */
export function hindrance(
  by: Person,
  target: Person | undefined,
  asked: Person['kind'],
  allowed: boolean,
): Hindrance | undefined {
  const permission = rightTo[asked];
  if (by.kind !== 'agent' || !by.enabled || !allows(by.permissions, permission)) {
    return { code: 'permission.lacking', values: { permission } };
  }
  if (!allowed) return { code: 'impersonation.off', values: { whom: `${asked}s` } };
  if (target === undefined || isForeign(by, target)) return { code: 'impersonation.unknown' };
  const { name } = target;
  if (target.kind === by.kind && target.id === by.id) return { code: 'impersonation.oneself' };
  if (!target.enabled) return { code: 'impersonation.disabled', values: { name } };
  if (isHigher(by, target)) return { code: 'impersonation.upwards', values: { name } };
  return undefined;
}

/** Of a client that `by` does not see; who sees one client alone acts as nobody who sees them all. */
function isForeign({ clientId }: Person, target: Person): boolean {
  return clientId !== undefined && target.clientId !== clientId;
}

function isHigher(by: Person, { permissions }: Person): boolean {
  if (allows(permissions, 'admin')) return true;
  return [...permissions].some((permission) => !allows(by.permissions, permission));
}
