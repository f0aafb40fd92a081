// Simple bind (RFC 4511 §4.2) as Active Directory answers it: by DN, user@domain or DOMAIN\user, over TLS alone.
import { control, never } from './account-rules.ts';
import { countTry, isLocked } from './lockout.ts';
import type { BindRequest } from './messages.ts';
import { isPassword } from './passwords.ts';
import { deny } from './refusals.ts';
import { anonymous, type Session, sessionOf } from './rights.ts';
import type { Service } from './service.ts';
import { bearerOf, type Entry, findByDn, firstOf, type Tree } from './tree.ts';
import { dateOfFileTime } from './values.ts';

/** Win32 codes in the words "data 52e": why a right password did not help. */
const reasons = {
  wrong: '52e',
  disabled: '533',
  expired: '701',
  mustChange: '773',
  locked: '775',
} as const;

export async function bind(
  service: Pick<Service, 'tree' | 'record'>,
  { version, name, password }: BindRequest,
  isEncrypted: boolean,
  now: Date,
): Promise<Session> {
  if (version !== 3) deny('protocol-version');
  if (password === null) return deny('authentication-method');
  // A name without a password signs in as nobody (RFC 4513 §5.1.2); AD lets that pass.
  if (password.length === 0) return anonymous;
  if (!isEncrypted) deny('tls-needed');
  const { tree } = service;
  const entry = findAccount(tree, name);
  // Without an account the hash is derived all the same, so that time tells nothing.
  const right = await isPassword(password.toString('utf8'), entry?.passwords[0]);
  // A locked account is refused whatever is tried, so that nobody goes on trying.
  if (entry !== undefined && isLocked(tree, entry, now)) return refuse('locked');
  if (entry !== undefined) await countTry(service, entry, right);
  if (entry === undefined || !right) return refuse('wrong');
  checkAccount(entry, now);
  return sessionOf(tree, entry);
}

function checkAccount(entry: Entry, now: Date): void {
  const bits = Number(firstOf(entry, 'userAccountControl') ?? 0);
  const expires = firstOf(entry, 'accountExpires') ?? never;
  const ends = expires !== '0' && expires !== never;
  if ((bits & control.disabled) !== 0) refuse('disabled');
  if (ends && dateOfFileTime(expires) <= now) refuse('expired');
  if (firstOf(entry, 'pwdLastSet') === '0') refuse('mustChange');
}

function findAccount(tree: Tree, name: string): Entry | undefined {
  const [domain = '', logon] = name.split('\\');
  if (logon !== undefined) {
    return domain.toUpperCase() === tree.netbiosName ? byLogon(tree, logon) : undefined;
  }
  if (!name.includes('=')) return byPrincipal(tree, name);
  try {
    return findByDn(tree, name);
  } catch {
    return undefined;
  }
}

/** The stored principal name, or the implicit one: log-on name at the domain (MS-ADTS §5.1.1.1.1). */
function byPrincipal(tree: Tree, name: string): Entry | undefined {
  const bearer = bearerOf(tree, 'userPrincipalName', name);
  if (bearer !== undefined) return tree.entries.get(bearer);
  const at = name.lastIndexOf('@');
  const domain = name.slice(at + 1).toLowerCase();
  return at > 0 && domain === tree.dnsDomain ? byLogon(tree, name.slice(0, at)) : undefined;
}

function byLogon(tree: Tree, logon: string): Entry | undefined {
  const id = bearerOf(tree, 'sAMAccountName', logon);
  const entry = id === undefined ? undefined : tree.entries.get(id);
  return entry?.classes.includes('user') ? entry : undefined;
}

function refuse(reason: keyof typeof reasons): never {
  return deny('credentials-wrong', { data: reasons[reason] });
}
