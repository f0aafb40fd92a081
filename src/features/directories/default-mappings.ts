// What a new LDAPConnection maps when it brings no mappings of its own: the usual attributes of Active Directory.

const ofBoth = [
  ['cn', 'name'],
  ['givenName', 'firstName'],
  ['sn', 'surname'],
  ['mail', 'email'],
  ['userPrincipalName', 'login'],
  ['title', 'title'],
  ['department', 'department'],
  ['distinguishedName', 'distinguishedName'],
  ['manager', 'manager'],
] as const;

const ofUsers = [
  ['telephoneNumber', 'phone'],
  ['mobile', 'mobile'],
  ['homePhone', 'homePhone'],
  ['sAMAccountName', 'samAccountName'],
] as const;

/** Without ids: they are given as the rows are saved. */
export function defaultMappings(target: 'user' | 'agent') {
  const pairs = target === 'user' ? [...ofBoth, ...ofUsers] : ofBoth;
  return pairs.map(([from, to]) => ({ target, from, to }));
}
