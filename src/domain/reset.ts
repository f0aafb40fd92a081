// Resetting and unlocking, the pure part: whose account is left alone, what a plan changes, what a fresh look decides.
import { z } from 'zod';
import { dateOfFileTime } from '#lib/file-time.ts';
import type { Account } from './account.ts';
import { valuesOf } from './apply.ts';
import type { Change } from './change.ts';
import type { ProblemCode, ProblemValues } from './problem.ts';

/** What an account must be read with before anybody resets or unlocks it. */
export const resetAttributes = [
  ...['sAMAccountName', 'userPrincipalName', 'userAccountControl', 'servicePrincipalName'],
  ...['pwdLastSet', 'lockoutTime', 'accountExpires', 'msDS-User-Account-Control-Computed'],
  ...['adminCount', 'displayName'],
] as const;

/** Which accounts belong to a service and not to a person; part of the plan, so that apply judges by the same. */
export const ResetRules = z.object({
  /** Log-on names, `*` standing for anything. */
  serviceNames: z
    .array(z.string().min(1).max(100))
    .max(50)
    .default(['svc-*', 'svc_*', 'sa-*', 'service-*'])
    .describe('Log-on names of service accounts, which are never reset; * stands for anything'),
});
export type ResetRules = z.infer<typeof ResetRules>;
export const usualResetRules: ResetRules = ResetRules.parse({});

export type Obstacle = { readonly code: ProblemCode; readonly values: ProblemValues };

/** Bits of userAccountControl (MS-ADTS §2.2.16); `locked` stands only in the computed attribute. */
const bits = {
  locked: 0x10,
  interdomainTrust: 0x800,
  workstation: 0x1000,
  server: 0x2000,
  smartCard: 0x4_0000,
  trustedForDelegation: 0x8_0000,
  trustedToAuthenticate: 0x100_0000,
} as const;

const machines = bits.interdomainTrust | bits.workstation | bits.server;
const trusted = bits.trustedForDelegation | bits.trustedToAuthenticate;

/** Why the account is left alone, or nothing. Asked when it is planned and again before it is written. */
export function obstacleTo(
  account: Account,
  person: string,
  { isProtected, rules }: { readonly isProtected: boolean; readonly rules: ResetRules },
  now: Date,
): Obstacle | undefined {
  const marked = one(account, 'adminCount');
  // Whatever is not plainly 0 counts as marked (AdminSDHolder writes 1).
  if (isProtected || (marked !== undefined && marked !== '0')) {
    return { code: 'reset.privileged', values: { person } };
  }
  const reason = serviceReason(account, rules);
  if (reason !== undefined) return { code: 'reset.service-account', values: { person, reason } };
  if (!account.enabled) return { code: 'reset.disabled', values: { person } };
  const control = numberOf(account, 'userAccountControl');
  if ((control & bits.smartCard) !== 0) return { code: 'reset.smart-card', values: { person } };
  if (hasExpired(account, now)) return { code: 'reset.expired', values: { person } };
  return undefined;
}

function serviceReason(account: Account, { serviceNames }: ResetRules): string | undefined {
  const control = numberOf(account, 'userAccountControl');
  if ((control & machines) !== 0) return 'it belongs to a machine';
  if ((control & trusted) !== 0) return 'it is trusted for delegation';
  if (valuesOf(account.attributes, 'servicePrincipalName').length > 0) {
    return 'it has a service principal name';
  }
  const logon = one(account, 'sAMAccountName') ?? '';
  const rule = serviceNames.find((pattern) => fits(logon, pattern));
  return rule === undefined ? undefined : `its name is like ${rule}`;
}

/** `svc-*` and the like, letter case aside; every other character means itself. */
function fits(text: string, pattern: string): boolean {
  const parts = pattern.toLowerCase().split('*');
  const [first = '', ...rest] = parts;
  const name = text.toLowerCase();
  if (rest.length === 0) return name === first;
  const last = rest.pop() ?? '';
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}

/** Whether too many wrong passwords have locked it: a lock whose time is over still stands in lockoutTime. */
export function isLocked(account: Account): boolean {
  const since = one(account, 'lockoutTime') ?? '0';
  if (since === '0') return false;
  const computed = one(account, 'msDS-User-Account-Control-Computed');
  return computed === undefined || (Number(computed) & bits.locked) !== 0;
}

export type ResetStep =
  | { readonly do: 'write' }
  /** Something is as our own write would have left it: whether it was ours, only the password tells. */
  | { readonly do: 'verify' }
  | { readonly do: 'skip'; readonly because: string }
  | { readonly do: 'conflict'; readonly because: string };

/**
 * What to do about a reset or an unlock after a fresh look. A password set by somebody else since the plan
 * was made stays: it may be the one that the person has in mind by now.
 */
export function decideReset(change: Change, present: Account, intended: boolean): ResetStep {
  if (change.kind === 'unlock') return decideUnlock(change, present);
  const before = change.before.pwdLastSet?.[0] ?? '0';
  const now = one(present, 'pwdLastSet') ?? '0';
  if (!intended) {
    return now === before
      ? { do: 'write' }
      : { do: 'conflict', because: 'the password was changed since the plan was made' };
  }
  // Must be changed at the next logon reads 0 before and after: such a write left no trace of itself.
  return now === before && before !== '0' ? { do: 'write' } : { do: 'verify' };
}

function decideUnlock(change: Change, present: Account): ResetStep {
  const before = change.before.lockoutTime?.[0];
  const now = one(present, 'lockoutTime') ?? '0';
  if (now === '0') return { do: 'skip', because: 'it is not locked any more' };
  return now === before
    ? { do: 'write' }
    : { do: 'conflict', because: 'it was locked again since the plan was made' };
}

/** Whether the time the password was set lies between the intent and now, clocks being what they are. */
export function wasSetSince(present: Account, since: Date, now: Date): boolean {
  const set = one(present, 'pwdLastSet') ?? '0';
  if (!/^\d+$/.test(set) || set === '0') return false;
  const at = dateOfFileTime(set).getTime();
  return at >= since.getTime() - clockSkewMs && at <= now.getTime() + clockSkewMs;
}

/** How far the clocks of directory and hub may be apart (Kerberos allows 5 minutes). */
const clockSkewMs = 5 * 60_000;

const never = '9223372036854775807';

function hasExpired(account: Account, now: Date): boolean {
  const text = one(account, 'accountExpires') ?? '0';
  if (!/^\d+$/.test(text) || text === '0' || text === never) return false;
  return dateOfFileTime(text) <= now;
}

function one(account: Account, name: string): string | undefined {
  return valuesOf(account.attributes, name)[0];
}

function numberOf(account: Account, name: string): number {
  return Number(one(account, name) ?? 0);
}
