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
    // By their numbers: userPassword (RFC 4519), and what Windows LAPS added.
    ...['2\\.5\\.4\\.35', '1\\.2\\.840\\.113556\\.1\\.6\\.44\\.1\\..*'],
  ].join('|')})$`,
  'i',
);

/** With options or without (RFC 4512 §2.5). */
export function isSecretAttribute(name: string): boolean {
  return secret.test(name.split(';')[0] ?? '');
}

/** Those that a filter asks by: each answer to `(ms-Mcs-AdmPwd=a*)` would tell a letter of a password. */
export function secretsIn(filter: LdapFilter): readonly string[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.of.flatMap(secretsIn);
    case 'not':
      return secretsIn(filter.of);
    default:
      return filter.attribute !== undefined && isSecretAttribute(filter.attribute)
        ? [filter.attribute]
        : [];
  }
}
