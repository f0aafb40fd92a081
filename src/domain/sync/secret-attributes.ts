// Attributes of a directory whose values are secrets: no sync maps them, shows them or asks for people by them.
import type { LdapFilter } from '#lib/ldap-filter.ts';

/** Passwords, their hashes and histories, and keys: Active Directory, LAPS, Samba, Kerberos, Unix and FreeIPA. */
const secret = new RegExp(
  `^(?:${[
    ...['userPassword', 'authPassword', 'unicodePwd', 'dBCSPwd', 'unixUserPassword'],
    ...['(?:nt|lm|krb)?PwdHistory', 'passwordHistory', 'supplementalCredentials'],
    ...['msDS-ManagedPassword.*', 'ms-Mcs-AdmPwd.*', 'msLAPS-.*', 'msFVE-(?:Recovery|Key).*'],
    ...['msSFU30Password', 'samba(?:NT|LM|Clear|Previous)Password', 'sambaPasswordHistory'],
    ...['(?:trust|initial)Auth(?:Incoming|Outgoing)', 'currentValue', 'priorValue'],
    ...['krbPrincipalKey', 'krbMKey', 'ipaNTHash', 'ipatokenOTPkey', 'userPKCS12'],
  ].join('|')})$`,
  'i',
);

/** With options or without (RFC 4512 §2.5). */
export function isSecretAttribute(name: string): boolean {
  return secret.test(name.split(';')[0] ?? '');
}

/**
 * Why a filter asks by what may be a secret: each answer to `(ms-Mcs-AdmPwd=a*)` would tell a letter of a password.
 * A number (RFC 4512 §1.4) may stand for any attribute, and a rule alone (RFC 4511 §4.5.1.7.7) asks of all of them.
 */
export function secretsIn(filter: LdapFilter): readonly string[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.of.flatMap(secretsIn);
    case 'not':
      return secretsIn(filter.of);
    default:
      return faultsOf(filter.attribute);
  }
}

function faultsOf(attribute: string | undefined): readonly string[] {
  if (attribute === undefined) return ['a rule without an attribute, which secrets may match'];
  if (/^\d/.test(attribute)) return [`the number ${attribute} in it: write the attribute's name`];
  if (!isSecretAttribute(attribute)) return [];
  return [`the secret ${attribute} in it, by which nobody is sought`];
}
