// What Active Directory's account rules (SAM) make of users and groups: control bits, names, types, time stamps.
import { randomBytes } from 'node:crypto';
import { deny } from './refusals.ts';
import { bearerOf, type Entry, type Tree, type UniqueName, uniqueNames } from './tree.ts';
import { fileTime, type Value } from './values.ts';

/** userAccountControl (MS-ADTS §2.2.16). */
export const control = {
  disabled: 0x2,
  lockedOut: 0x10,
  passwordNotRequired: 0x20,
  normalAccount: 0x200,
  workstation: 0x1000,
  passwordExpired: 0x80_0000,
} as const;

/** Bits that hand out trust: for domain administrators alone. */
const trusting = 0x8_0000 | 0x100_0000 | 0x400_0000 | 0x2000;

/** Bits the server works out: taken and forgotten when written. */
const computed = control.lockedOut | control.passwordExpired;

export const never = '9223372036854775807';

export type Draft = Record<string, readonly Value[]>;

/** Fills in what a new user has without asking, and refuses what cannot be. */
export function completeUser(draft: Draft, hasPassword: boolean, rid: number, now: Date): Draft {
  const asked = draft.userAccountControl?.[0];
  const usual = control.normalAccount | control.disabled | control.passwordNotRequired;
  const bits = asked === undefined ? usual : cleanControl(Number(asked));
  if (!hasPassword) refuseEnabledWithoutPassword(bits);
  const logon = draft.sAMAccountName ?? [`$${randomBytes(6).toString('hex').toUpperCase()}`];
  checkLogonName(logon[0] ?? '', 20);
  return {
    accountExpires: [never],
    badPasswordTime: ['0'],
    badPwdCount: ['0'],
    codePage: ['0'],
    countryCode: ['0'],
    lastLogoff: ['0'],
    lastLogon: ['0'],
    logonCount: ['0'],
    ...draft,
    sAMAccountName: logon,
    userAccountControl: [String(bits)],
    pwdLastSet: [pwdLastSet(draft.pwdLastSet?.[0], hasPassword, hasPassword, '0', now)],
    primaryGroupID: ['513'],
    sAMAccountType: ['805306368'],
    objectSid: [String(rid)],
  };
}

export function completeGroup(draft: Draft, rid: number): Draft {
  const kind = Number(draft.groupType?.[0] ?? -2_147_483_646);
  const logon = draft.sAMAccountName ?? [`$${randomBytes(6).toString('hex').toUpperCase()}`];
  checkLogonName(logon[0] ?? '', 256);
  const local = (kind & 0x4) !== 0;
  const secure = kind < 0;
  const type = local ? (secure ? 536_870_912 : 536_870_913) : secure ? 268_435_456 : 268_435_457;
  return {
    ...draft,
    groupType: [String(kind)],
    sAMAccountName: logon,
    sAMAccountType: [String(type)],
    objectSid: [String(rid)],
  };
}

/** Judges a changed account: `before` is what it was, `draft` what the request made of it. */
export function reviseUser(
  before: Entry,
  draft: Draft,
  password: { readonly isSet: boolean; readonly isNew: boolean },
  asked: ReadonlySet<string>,
  now: Date,
): Draft {
  for (const needed of ['sAMAccountName', 'userAccountControl', 'objectSid']) {
    if ((draft[needed] ?? []).length === 0) deny('parameter-wrong');
  }
  if (asked.has('sAMAccountName')) checkLogonName(draft.sAMAccountName?.[0] ?? '', 20);
  if (asked.has('primaryGroupID')) deny('owned-by-sam');
  if (asked.has('lockoutTime') && draft.lockoutTime?.some((value) => value !== '0')) {
    deny('parameter-wrong');
  }
  const bits = cleanControl(Number(draft.userAccountControl?.[0]));
  if (!password.isSet) refuseEnabledWithoutPassword(bits);
  const wanted = asked.has('pwdLastSet') ? draft.pwdLastSet?.[0] : undefined;
  const old = before.values.pwdLastSet?.[0] ?? '0';
  return {
    ...draft,
    // Whoever unlocks an account forgets the wrong tries, too (MS-SAMR §3.1.1.8.4).
    ...(asked.has('lockoutTime') ? { badPwdCount: ['0'] } : {}),
    userAccountControl: [String(bits)],
    pwdLastSet: [pwdLastSet(wanted, password.isSet, password.isNew, old, now)],
  };
}

/** Whether a change of control bits hands out trust that only administrators may. */
export function grantsTrust(before: number, after: number): boolean {
  return ((before ^ after) & trusting) !== 0;
}

/** sAMAccountName is unique in the domain, userPrincipalName in the forest. */
export function checkUnique(tree: Tree, id: string, draft: Draft, isGroup: boolean): void {
  for (const name of uniqueNames) {
    for (const value of draft[name] ?? []) {
      const bearer = bearerOf(tree, name, value);
      if (bearer !== undefined && bearer !== id) deny(takenRefusal(name, isGroup));
    }
  }
}

function takenRefusal(name: UniqueName, isGroup: boolean) {
  if (name === 'userPrincipalName') return 'upn-taken';
  return isGroup ? 'group-exists' : 'account-exists';
}

/** Without a kind of account it is a normal one; computed bits are not kept. */
function cleanControl(bits: number): number {
  const kinds = control.normalAccount | control.workstation | 0x2000 | 0x800 | 0x100;
  const clean = bits & ~computed;
  const kind = clean & kinds;
  if (kind === 0) return clean | control.normalAccount;
  if (kind !== control.normalAccount && kind !== control.workstation) deny('parameter-wrong');
  return clean;
}

function refuseEnabledWithoutPassword(bits: number): void {
  if ((bits & (control.disabled | control.passwordNotRequired)) === 0) deny('password-refused');
}

function checkLogonName(name: string, lengthMax: number): void {
  const wrong = name.length > lengthMax || /["/\\[\]:;|=,+*?<>]|\.$/.test(name) || name === '';
  if (wrong) deny('account-name-wrong');
}

/** Only 0 (must change at next logon) and -1 (as if just set) may be written (MS-ADTS §3.1.1.5.3.2). */
function pwdLastSet(
  wanted: Value | undefined,
  isSet: boolean,
  isNew: boolean,
  old: Value,
  now: Date,
): Value {
  if (wanted === '0') return '0';
  if (wanted === undefined) return isNew ? fileTime(now) : old;
  if (wanted !== '-1') return deny('argument-wrong');
  return isSet ? fileTime(now) : '0';
}
