// An outside address: one that is open to its owner while the account it helps with is locked.
import { z } from 'zod';
import type { Person } from './person.ts';

const Address = z.email().max(254);

/** Why an address will not do, or nothing. */
export function faultOfAddress(address: string, person: Person): string | undefined {
  if (!Address.safeParse(address).success) return 'it is no mail address';
  const domain = domainOf(address);
  const own = ownDomains(person).find((one) => isSameOrBelow(one, domain));
  if (own === undefined) return undefined;
  return `it belongs to ${own}, as does the account: a locked account cannot read it`;
}

export function plainAddress(address: string): string {
  const trimmed = address.normalize('NFKC').trim();
  const at = trimmed.lastIndexOf('@');
  return at < 0 ? trimmed : `${trimmed.slice(0, at)}${trimmed.slice(at).toLowerCase()}`;
}

/** i…w@example.net: enough for its owner to know it again, too little to write to. */
export function maskedAddress(address: string): string {
  const [local = '', domain = ''] = address.split('@', 2);
  return `${local.slice(0, 1)}…${local.length > 3 ? local.slice(-1) : ''}@${domain}`;
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

/** The domains of the mail address, of the login and of the names in directories. */
function ownDomains(person: Person): string[] {
  const addresses = [person.email, person.login].filter((one) => one?.includes('@') === true);
  const names = [person.distinguishedName, person.premiseName].map((name) =>
    [...(name ?? '').matchAll(/(?:^|,)\s*dc\s*=\s*([^,]+)/gi)]
      .map(([, part = '']) => part)
      .join('.'),
  );
  const domains = [...addresses.map((one) => domainOf(one ?? '')), ...names];
  return domains.map((domain) => domain.trim().toLowerCase()).filter((domain) => domain !== '');
}

/** mail.larkfield.test and larkfield.test are of one house, whichever the account has. */
function isSameOrBelow(own: string, domain: string): boolean {
  return own === domain || domain.endsWith(`.${own}`) || own.endsWith(`.${domain}`);
}
