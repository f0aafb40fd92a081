// A small company for a plain LDAP directory, as LDIF: units, a service account, people, and whatever else a test adds.

export const root = 'dc=larkfield,dc=test';
export const people = `ou=People,${root}`;
export const groups = `ou=Groups,${root}`;

/** slapadd does not fill memberOf; nobody here needs it. */
export function companyLdif(...others: readonly string[]): string {
  return [
    `dn: ${root}\nobjectClass: dcObject\nobjectClass: organization\no: Larkfield Optics\ndc: larkfield`,
    `dn: cn=svc-sundog,${root}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: svc-sundog\nuserPassword: Larkfield-Service-1`,
    `dn: ${people}\nobjectClass: organizationalUnit\nou: People`,
    `dn: ${groups}\nobjectClass: organizationalUnit\nou: Groups`,
    ...others,
  ].join('\n\n');
}

export function personLdif(uid: string, below = people, more: readonly string[] = []): string {
  return [
    `dn: uid=${uid},${below}`,
    ...['objectClass: inetOrgPerson', `uid: ${uid}`, `cn: ${uid}`, 'sn: Marlow', ...more],
  ].join('\n');
}

export function groupLdif(cn: string, members: readonly string[]): string {
  const lines = members.map((dn) => `member: ${dn}`);
  return [`dn: cn=${cn},${groups}`, 'objectClass: groupOfNames', `cn: ${cn}`, ...lines].join('\n');
}
