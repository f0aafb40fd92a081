// Which attributes and classes the lab's directory knows: the part of Active Directory's schema that people are made of.

/** How a value is written and compared (MS-ADTS §3.1.1.2.2.2). */
export type Syntax =
  | 'text'
  | 'integer'
  | 'large-integer'
  | 'boolean'
  | 'time'
  | 'dn'
  | 'guid'
  | 'sid'
  | 'octets'
  | 'class';

export type AttributeRule = {
  readonly name: string;
  readonly syntax: Syntax;
  readonly single: boolean;
  /** rangeUpper of the schema, in characters or bytes. */
  readonly lengthMax: number | null;
  /** Classes that may have it; '*' is every class. */
  readonly classes: readonly string[];
  /** 'person': anyone with the right; 'server': the server alone; 'sam': owned by the account rules. */
  readonly writer: 'person' | 'server' | 'sam';
  /** Worked out when it is asked for by name; never stored, never part of `*`. */
  readonly constructed: boolean;
};

export type ClassRule = {
  readonly name: string;
  /** From `top` down to the class itself. */
  readonly chain: readonly string[];
  readonly rdn: 'CN' | 'OU' | 'DC';
  /** Classes under which it may stand. */
  readonly under: readonly string[];
  /** The class whose schema object is its objectCategory. */
  readonly category: string;
};

const containers = ['domainDNS', 'organizationalUnit', 'container', 'builtinDomain'];

export const classRules: readonly ClassRule[] = [
  leaf('user', ['top', 'person', 'organizationalPerson', 'user'], 'Person'),
  leaf(
    'inetOrgPerson',
    ['top', 'person', 'organizationalPerson', 'user', 'inetOrgPerson'],
    'Person',
  ),
  leaf('contact', ['top', 'person', 'organizationalPerson', 'contact'], 'Person'),
  leaf('computer', ['top', 'person', 'organizationalPerson', 'user', 'computer'], 'Computer'),
  leaf('group', ['top', 'group'], 'Group'),
  {
    name: 'organizationalUnit',
    chain: ['top', 'organizationalUnit'],
    rdn: 'OU',
    under: ['domainDNS', 'organizationalUnit'],
    category: 'Organizational-Unit',
  },
  leaf('container', ['top', 'container'], 'Container'),
  leaf('builtinDomain', ['top', 'builtinDomain'], 'Builtin-Domain'),
  leaf('configuration', ['top', 'configuration'], 'Configuration'),
  leaf('crossRefContainer', ['top', 'crossRefContainer'], 'Cross-Ref-Container'),
  leaf('crossRef', ['top', 'crossRef'], 'Cross-Ref'),
  {
    name: 'domainDNS',
    chain: ['top', 'domain', 'domainDNS'],
    rdn: 'DC',
    under: [],
    category: 'Domain-DNS',
  },
];

const account = ['user', 'computer', 'inetOrgPerson'];
const person = [...account, 'contact'];
const principal = [...account, 'group'];
const addressed = [...person, 'group'];

/** One line a rule: name, syntax, how many, longest, classes. */
const written: readonly AttributeRule[] = [
  ...texts(['givenName', 'middleName', 'personalTitle', 'generationQualifier'], 64, person),
  ...texts(['initials'], 6, person),
  ...texts(['sn', 'division', 'department', 'company', 'o'], 64, person),
  ...texts(['title', 'physicalDeliveryOfficeName', 'l', 'st'], 128, person),
  ...texts(['displayName', 'displayNamePrintable'], 256, ['*']),
  ...texts(['telephoneNumber', 'mobile', 'homePhone', 'pager', 'ipPhone'], 64, person),
  ...texts(['facsimileTelephoneNumber'], 64, person),
  ...texts(['streetAddress', 'street', 'homePostalAddress'], 1024, [
    ...person,
    'organizationalUnit',
  ]),
  ...texts(['postalCode', 'postOfficeBox'], 40, person),
  ...texts(['co'], 128, person),
  ...texts(['c'], 3, person),
  ...texts(['employeeID'], 16, person),
  ...texts(['employeeNumber'], 512, person),
  ...texts(['employeeType'], 256, person),
  ...texts(['roomNumber', 'departmentNumber', 'carLicense'], null, person).map(multi),
  ...texts(['mail'], 256, addressed),
  ...texts(['mailNickname', 'legacyExchangeDN', 'targetAddress'], 1024, addressed),
  ...texts(
    ['proxyAddresses', 'otherMailbox', 'otherTelephone', 'otherMobile'],
    1123,
    addressed,
  ).map(multi),
  ...texts(['otherHomePhone', 'url'], 2048, person).map(multi),
  ...texts(['wWWHomePage'], 2048, addressed),
  ...texts(['info', 'comment', 'adminDescription', 'adminDisplayName'], 1024, ['*']),
  ...texts(['description'], 1024, ['*']).map(multi),
  ...texts(['sAMAccountName'], 256, principal),
  ...texts(['userPrincipalName'], 1024, account),
  ...texts(['servicePrincipalName'], null, account).map(multi),
  ...texts(
    ['homeDirectory', 'homeDrive', 'profilePath', 'scriptPath', 'userWorkstations'],
    1024,
    account,
  ),
  ...texts(['preferredLanguage', 'uid', 'unixHomeDirectory', 'loginShell', 'gecos'], 1024, account),
  ...range(15).flatMap((n) => texts([`extensionAttribute${n}`], 1024, addressed)),
  ...range(20).flatMap((n) => texts([`msDS-cloudExtensionAttribute${n}`], null, person)),
  ...texts(['msExchAssistantName', 'msExchExtensionCustomAttribute1'], null, person),
  ...texts(['ou', 'nETBIOSName', 'dnsRoot'], 64, ['organizationalUnit', 'crossRef']),
  attribute('msExchHideFromAddressLists', 'boolean', addressed),
  attribute('isCriticalSystemObject', 'boolean', ['*'], { writer: 'server' }),
  attribute('showInAdvancedViewOnly', 'boolean', ['*']),
  attribute('thumbnailPhoto', 'octets', person, { lengthMax: 102_400 }),
  attribute('jpegPhoto', 'octets', person, { single: false }),
  attribute('userCertificate', 'octets', person, { single: false, lengthMax: 32_768 }),
  attribute('logonHours', 'octets', account, { lengthMax: 21 }),
  attribute('mS-DS-ConsistencyGuid', 'octets', ['*'], { lengthMax: 16 }),
  attribute('unicodePwd', 'octets', account),
  attribute('userAccountControl', 'integer', account),
  attribute('countryCode', 'integer', account),
  attribute('codePage', 'integer', account),
  attribute('primaryGroupID', 'integer', account),
  attribute('uidNumber', 'integer', principal),
  attribute('gidNumber', 'integer', principal),
  attribute('groupType', 'integer', ['group']),
  attribute('adminCount', 'integer', ['*']),
  attribute('accountExpires', 'large-integer', account),
  attribute('pwdLastSet', 'large-integer', account),
  attribute('lockoutTime', 'large-integer', account),
  // The domain's rules for passwords stand on its head, and its administrators write them.
  ...['minPwdLength', 'pwdHistoryLength', 'pwdProperties', 'lockoutThreshold'].map((name) =>
    attribute(name, 'integer', ['domainDNS']),
  ),
  ...['minPwdAge', 'maxPwdAge', 'lockoutDuration', 'lockOutObservationWindow'].map((name) =>
    attribute(name, 'large-integer', ['domainDNS']),
  ),
  attribute('member', 'dn', ['group'], { single: false }),
  attribute('manager', 'dn', person),
  attribute('secretary', 'dn', person, { single: false }),
  attribute('managedBy', 'dn', ['group', 'organizationalUnit', 'computer']),
  attribute('objectCategory', 'text', ['*']),
  attribute('objectClass', 'class', ['*'], { single: false }),
];

/** What the server alone writes or works out. */
const kept: readonly AttributeRule[] = [
  served('cn', 'text', { lengthMax: 64 }),
  served('name', 'text'),
  served('dc', 'text'),
  served('distinguishedName', 'dn'),
  served('objectGUID', 'guid'),
  served('objectSid', 'sid', { writer: 'sam' }),
  served('whenCreated', 'time'),
  served('whenChanged', 'time'),
  served('uSNCreated', 'large-integer'),
  served('uSNChanged', 'large-integer'),
  served('instanceType', 'integer'),
  served('systemFlags', 'integer'),
  served('sAMAccountType', 'integer', { writer: 'sam' }),
  served('badPwdCount', 'integer', { writer: 'sam' }),
  served('logonCount', 'integer', { writer: 'sam' }),
  served('badPasswordTime', 'large-integer', { writer: 'sam' }),
  served('lastLogon', 'large-integer', { writer: 'sam' }),
  served('lastLogoff', 'large-integer', { writer: 'sam' }),
  served('nCName', 'text'),
  served('memberOf', 'dn', { single: false, writer: 'sam' }),
  served('directReports', 'dn', { single: false }),
  served('managedObjects', 'dn', { single: false }),
  ...(['canonicalName', 'parentGUID', 'structuralObjectClass'] as const).map((name) =>
    served(name, name === 'parentGUID' ? 'guid' : 'text', { constructed: true }),
  ),
  served('createTimeStamp', 'time', { constructed: true }),
  served('modifyTimeStamp', 'time', { constructed: true }),
  served('primaryGroupToken', 'integer', { constructed: true }),
  served('tokenGroups', 'sid', { constructed: true, single: false }),
  served('msDS-User-Account-Control-Computed', 'integer', { constructed: true }),
  served('msDS-UserPasswordExpiryTimeComputed', 'large-integer', { constructed: true }),
  served('msDS-PrincipalName', 'text', { constructed: true }),
  served('allowedAttributes', 'text', { constructed: true, single: false }),
  served('allowedAttributesEffective', 'text', { constructed: true, single: false }),
  served('allowedChildClasses', 'text', { constructed: true, single: false }),
  served('allowedChildClassesEffective', 'text', { constructed: true, single: false }),
];

export const attributeRules: readonly AttributeRule[] = [...written, ...kept];

/** Links by attribute, with the attribute that shows them at their other end. */
export const backlinks: Readonly<Record<string, string>> = {
  member: 'memberOf',
  manager: 'directReports',
  managedBy: 'managedObjects',
};

const rulesByName = new Map(attributeRules.map((rule) => [rule.name.toLowerCase(), rule]));
const classesByName = new Map(classRules.map((rule) => [rule.name.toLowerCase(), rule]));

/** Attribute names are compared without case (RFC 4512 §2.5). */
export function findAttribute(name: string): AttributeRule | undefined {
  return rulesByName.get(name.toLowerCase());
}

export function findClass(name: string): ClassRule | undefined {
  return classesByName.get(name.toLowerCase());
}

export function mayHave(rule: AttributeRule, structuralClass: string): boolean {
  return rule.classes.includes('*') || rule.classes.includes(structuralClass);
}

type Differences = Partial<Omit<AttributeRule, 'name' | 'syntax' | 'classes'>>;

function attribute(
  name: string,
  syntax: Syntax,
  classes: readonly string[],
  differs: Differences = {},
): AttributeRule {
  const usual = { single: true, lengthMax: null, writer: 'person', constructed: false } as const;
  return { name, syntax, classes, ...usual, ...differs };
}

function texts(
  names: readonly string[],
  lengthMax: number | null,
  classes: readonly string[],
): AttributeRule[] {
  return names.map((name) => attribute(name, 'text', classes, { lengthMax }));
}

function served(name: string, syntax: Syntax, differs: Differences = {}): AttributeRule {
  return attribute(name, syntax, ['*'], { writer: 'server', ...differs });
}

function multi(rule: AttributeRule): AttributeRule {
  return { ...rule, single: false };
}

function leaf(name: string, chain: readonly string[], category: string): ClassRule {
  return { name, chain, rdn: 'CN', under: [...containers, 'crossRefContainer'], category };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
